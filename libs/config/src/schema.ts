import { availableParallelism } from 'node:os';
import type { SchemaObj } from 'convict';
import type { AttributeType } from '#core';
import { ACCESS_SCHEMA } from './access-schema.js';
import { COLLECTION_SCHEMA } from './collection-schema.js';
import { apiKey, httpUrl, oneOf, optionalHttpUrl, optionalText, share, text, wholeNumber } from './entry.js';
import { KAFKA_SCHEMA } from './kafka-schema.js';
import { LINKS_SCHEMA } from './links-schema.js';
import { QDRANT_SCHEMA } from './qdrant-schema.js';
import { ROLES, type Role } from './roles.js';
import { S3_SCHEMA } from './s3-schema.js';

/**
 * No upload limit may be larger. What was accepted under an earlier, larger limit is still read, so whatever reads
 * stored pictures keeps to this one.
 */
export const MAX_PICTURE_BYTES = 1_073_741_824;

/**
 * Every setting there is, by purpose. A setting that nothing reads must not be here. After a change run
 * `npm run build && node scripts/write-settings-page.mjs`.
 */
export const SCHEMA = {
  server: {
    host: text(
      'LOOKALIKE_HOST',
      '127.0.0.1',
      'Address the server listens on. Beyond loopback it needs `LOOKALIKE_API_KEYS`.',
      'a host name or IP address',
    ),
    port: wholeNumber('LOOKALIKE_PORT', 8080, [0, 65_535], 'Port the server listens on; 0 takes any free one.'),
    shutdownTimeoutSeconds: wholeNumber(
      'LOOKALIKE_SHUTDOWN_TIMEOUT_SECONDS',
      30,
      [1, 3600],
      'How long a stop waits for requests under way before it cuts them off, and then as long again for the batches of the ' +
        'stages. Leaving the log and closing what is open come on top.',
    ),
    maxUploadBytes: wholeNumber(
      'LOOKALIKE_MAX_UPLOAD_BYTES',
      33_554_432,
      [1024, MAX_PICTURE_BYTES],
      'Largest picture that is taken.',
    ),
    maxUploadsAtOnce: wholeNumber(
      'LOOKALIKE_MAX_UPLOADS_AT_ONCE',
      16,
      [1, 1024],
      'How many pictures are received at the same time; further ones are told to come again.',
    ),
    bodyStallSeconds: wholeNumber(
      'LOOKALIKE_BODY_STALL_SECONDS',
      10,
      [1, 600],
      'How long the body of a request may stay below 4 kB/s before it is cut off. Streams of lines may be silent for two ' +
        'minutes.',
    ),
  },
  access: ACCESS_SCHEMA,
  storage: {
    dataFolder: text('LOOKALIKE_DATA_DIR', './data', 'Folder of the log, the index and the pictures.', 'a folder'),
    blobs: oneOf('LOOKALIKE_BLOBS', ['folder', 's3'], 'folder', 'Where applications that run apart keep the pictures.'),
    blobsFolder: optionalText(
      'LOOKALIKE_BLOBS_DIR',
      'Folder of the pictures. Applications that run apart must share it.',
      'a folder',
      '`blobs` in the data folder',
    ),
    partitions: wholeNumber(
      'LOOKALIKE_PARTITIONS',
      8,
      [1, 1024],
      'Partitions of the topics. Fixed once the log exists: the order of the events of an image depends on it.',
    ),
  },
  collection: COLLECTION_SCHEMA,
  pictures: {
    maxPixels: wholeNumber(
      'LOOKALIKE_MAX_PICTURE_PIXELS',
      100_000_000,
      [1, 1_000_000_000],
      'Most pixels (width × height) of a picture that is decoded.',
    ),
    decodeBytes: wholeNumber(
      'LOOKALIKE_DECODE_BYTES',
      301_989_888,
      [16_777_216, 1_099_511_627_776],
      'Memory for decoding pictures, as estimated from their headers. A picture that takes more by itself is refused: an ' +
        'AVIF takes 24 bytes a pixel, a GIF or a lossless WebP 4, an interlaced PNG or a progressive JPEG 3 to 8, others less. ' +
        'With the default an import takes about 1 GB at most.',
    ),
    timeoutSeconds: wholeNumber(
      'LOOKALIKE_PICTURE_TIMEOUT_SECONDS',
      20,
      [1, 600],
      'How long decoding one picture may take.',
    ),
  },
  encoder: {
    name: text(
      'LOOKALIKE_ENCODER',
      'vgg16-fc2',
      'What turns pictures into vectors in the first generation of the index: the name of a shipped encoder, or the path of a manifest. A reindex changes it.',
      'a name or a path',
    ),
    modelsFolder: optionalText(
      'LOOKALIKE_MODELS_DIR',
      'Folder of the model files.',
      'a folder',
      '`models` in the data folder',
    ),
    modelFile: optionalText(
      'LOOKALIKE_MODEL_FILE',
      "Model file to use instead of one in the models folder; its hash must be the manifest's.",
      'a path',
      'none',
    ),
    modelMirrors: {
      env: 'LOOKALIKE_MODEL_MIRRORS',
      format: 'http-urls',
      default: [],
      // An address may carry a password or a token.
      sensitive: true,
      doc: "Base addresses tried for a model file before the manifest's own.",
      allowed: 'http or https addresses, separated by commas',
      defaultText: 'none',
    } as SchemaObj<readonly string[]>,
    threads: {
      ...wholeNumber('LOOKALIKE_ENCODER_THREADS', availableParallelism(), [1, 256], 'Threads one inference runs on.'),
      defaultText: 'the number of CPUs',
    },
    batch: wholeNumber('LOOKALIKE_ENCODER_BATCH', 8, [1, 64], 'Most pictures in one inference.'),
  },
  embed: {
    batch: wholeNumber('LOOKALIKE_EMBED_BATCH', 32, [1, 1024], 'Most events the embed stage takes at once.'),
    batchesAhead: wholeNumber(
      'LOOKALIKE_EMBED_BATCHES_AHEAD',
      3,
      [1, 64],
      'How many batches the embed stage works on before the first of them is committed.',
    ),
    cacheBytes: wholeNumber(
      'LOOKALIKE_EMBED_CACHE_BYTES',
      67_108_864,
      [0, 17_179_869_184],
      'Memory for vectors of pictures seen before; 0 keeps none.',
    ),
  },
  index: {
    batch: wholeNumber('LOOKALIKE_INDEX_BATCH', 128, [1, 4096], 'Most records the index stage applies at once.'),
    cacheBytes: wholeNumber(
      'LOOKALIKE_INDEX_CACHE_BYTES',
      268_435_456,
      [16_777_216, 1_099_511_627_776],
      'Memory for the search graph. 4096 numbers an image take about 4.5 kB of it; what does not fit is read from disk.',
    ),
    attributes: {
      env: 'LOOKALIKE_ATTRIBUTES',
      format: 'attribute-types',
      default: [],
      doc: 'Attributes that searches can filter by. Ingest takes them with this type only; indexed when a generation is built.',
      allowed: '`name:type` separated by commas; the types are `string`, `number`, `boolean`, `strings` and `date`',
      defaultText: 'none',
    } as SchemaObj<readonly (readonly [name: string, type: AttributeType])[]>,
  },
  search: {
    maxAtOnce: wholeNumber('LOOKALIKE_MAX_SEARCHES_AT_ONCE', 8, [1, 1024], 'How many searches run at the same time.'),
    maxWaiting: wholeNumber(
      'LOOKALIKE_MAX_SEARCHES_WAITING',
      64,
      [0, 10_000],
      'How many more searches may wait for their turn; further ones are told to come again.',
    ),
    timeoutSeconds: wholeNumber(
      'LOOKALIKE_SEARCH_TIMEOUT_SECONDS',
      30,
      [1, 600],
      'How long a search may take, waiting included.',
    ),
    secondLookThreads: wholeNumber(
      'LOOKALIKE_SECOND_LOOK_THREADS',
      1,
      [1, 64],
      'Threads that compare pictures with the one that is asked about.',
    ),
    matchPrecision: share(
      'LOOKALIKE_MATCH_PRECISION',
      0.99,
      'Of the images that a search calls the same picture, the share that shall be it. The fewer may be wrong, the more copies go unnoticed.',
    ),
  },
  check: {
    queryUrl: optionalHttpUrl(
      'LOOKALIKE_QUERY_URL',
      'Where ingest asks whether a picture is in the collection already, when applications run apart: query. Without it no upload ' +
        'can be checked.',
      'none',
    ),
    queryKey: apiKey('LOOKALIKE_QUERY_KEY', 'Key that ingest shows there; it needs the scope `search`.'),
  },
  embedder: {
    roles: {
      env: 'LOOKALIKE_ROLES',
      format: 'roles',
      default: ROLES,
      doc: 'Stages that an embedder runs: `embed` needs the model, `index` only writes to the index, `duplicates` looks for copies of what is new in it.',
      allowed: 'some of `embed`, `index` and `duplicates`, separated by commas',
      defaultText: 'embed,index,duplicates',
    } as SchemaObj<readonly Role[]>,
  },
  links: LINKS_SCHEMA,
  kafka: KAFKA_SCHEMA,
  qdrant: QDRANT_SCHEMA,
  s3: S3_SCHEMA,
  logging: {
    level: oneOf(
      'LOOKALIKE_LOG_LEVEL',
      ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
      'info',
      'Least severe messages that are written.',
    ),
  },
  client: {
    url: httpUrl(
      'LOOKALIKE_URL',
      'http://127.0.0.1:8080',
      'The server that the `lookalike` command talks to: standalone, or query where applications run apart.',
    ),
    ingestUrl: optionalHttpUrl(
      'LOOKALIKE_INGEST_URL',
      'Where the `lookalike` command sends pictures.',
      '`LOOKALIKE_URL`',
    ),
    embedderUrl: optionalHttpUrl(
      'LOOKALIKE_EMBEDDER_URL',
      'Where the `lookalike` command asks how far the stages are.',
      '`LOOKALIKE_URL`',
    ),
    apiKey: apiKey('LOOKALIKE_API_KEY', 'Key that the `lookalike` command shows to these servers.'),
  },
};
