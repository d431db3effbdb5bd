import { httpUrl, optionalSecret, text, wholeNumber } from './entry.js';

/** The index of the applications that run apart; standalone has one of its own. */
export const QDRANT_SCHEMA = {
  url: httpUrl('LOOKALIKE_QDRANT_URL', 'http://127.0.0.1:6333', 'The Qdrant server, 1.17 or newer.'),
  apiKey: optionalSecret('LOOKALIKE_QDRANT_API_KEY', 'Key that the Qdrant server asks for.'),
  prefix: text(
    'LOOKALIKE_QDRANT_PREFIX',
    'lookalike',
    'How the names of collections begin: one server may hold several indexes.',
    '1 to 64 of a-z, 0-9 and -',
  ),
  expectedImages: wholeNumber(
    'LOOKALIKE_QDRANT_EXPECTED_IMAGES',
    1_000_000,
    [1, 1_000_000_000],
    'Images some years ahead. It decides how large segments may grow; used when a generation of the index is made.',
  ),
  shards: wholeNumber('LOOKALIKE_QDRANT_SHARDS', 1, [1, 1024], 'Shards of a collection that is made.'),
  replicationFactor: wholeNumber(
    'LOOKALIKE_QDRANT_REPLICATION',
    1,
    [1, 100],
    'Copies of each shard, of a collection that is made.',
  ),
  writeConsistencyFactor: wholeNumber(
    'LOOKALIKE_QDRANT_WRITE_CONSISTENCY',
    1,
    [1, 100],
    'Copies that must have a write before it counts; at most `LOOKALIKE_QDRANT_REPLICATION`.',
  ),
  hnswM: wholeNumber('LOOKALIKE_QDRANT_HNSW_M', 16, [4, 256], 'Edges per node of the search graph.'),
  hnswEfConstruct: wholeNumber(
    'LOOKALIKE_QDRANT_HNSW_EF_CONSTRUCT',
    128,
    [4, 10_000],
    'Neighbours that are looked at while the search graph is built.',
  ),
  requestTimeoutSeconds: wholeNumber(
    'LOOKALIKE_QDRANT_REQUEST_TIMEOUT_SECONDS',
    15,
    [1, 600],
    'How long Qdrant may take for one request.',
  ),
  retries: wholeNumber('LOOKALIKE_QDRANT_RETRIES', 3, [0, 20], 'How often a request to Qdrant is repeated.'),
};
