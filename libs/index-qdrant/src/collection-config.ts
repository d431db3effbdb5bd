import type { Schemas } from '@qdrant/js-client-rest';
import { type AttributeType, type GenerationSchema, LookalikeError, type VectorSpec } from '#core';
import { fieldsOf, HAS_FIELD, isText } from './filter-fields.js';
import { generationSettings, type OfCollections } from './generation-settings.js';
import { HASH_BITS, HASH_VECTOR } from './point-vectors.js';
import type { QdrantSettings } from './qdrant-settings.js';

/** Each segment has a graph of its own, and a search walks all of them: many double its time. */
const SEGMENTS = 2;
/** The server's own default; a segment of fewer bytes of vectors is compared one by one. */
export const INDEXING_THRESHOLD_KB = 10_000;
/** Of what is expected: replaced versions take space until a segment is rebuilt. */
const SEGMENT_SLACK = 1.5;
const MIN_SEGMENT_KB = 200_000;

/**
 * Without graphs at first: built again and again, as segments are merged, they would cost a load several times what they do
 * when all is there. The originals are on disk in any case, so waiting for them takes no memory.
 * @throws `invalid-request` for a vector that has the hash's name, `invalid-setting`.
 */
export function collectionConfig(schema: GenerationSchema, ofProcess: QdrantSettings): Schemas['CreateCollection'] {
  const settings = generationSettings(schema.settings, ofProcess);
  if (schema.vectors.some((it) => it.name === HASH_VECTOR)) {
    const facts = { field: 'vectors', rule: `must not be named ${HASH_VECTOR}` };
    throw new LookalikeError('invalid-request', `Vectors must not be named ${HASH_VECTOR}.`, { facts });
  }
  const vectors = schema.vectors.map((it) => [it.name, vectorParams(it, settings)] as const);
  return {
    vectors: { ...Object.fromEntries(vectors), [HASH_VECTOR]: HASH_PARAMS },
    on_disk_payload: true,
    shard_number: settings.shards,
    replication_factor: settings.replicationFactor,
    write_consistency_factor: settings.writeConsistencyFactor,
    optimizers_config: {
      default_segment_number: schema.settings.segments ?? SEGMENTS,
      max_segment_size: maxSegmentKb(schema, settings),
      indexing_threshold: 0,
    },
  };
}

/** Originals on disk; what is searched has a graph, and is in memory as a byte per number. */
function vectorParams({ size, datatype, role }: VectorSpec, settings: OfCollections): Schemas['VectorParams'] {
  const originals = { size, distance: 'Cosine', datatype, on_disk: true } as const;
  if (role === 'rescored') return { ...originals, hnsw_config: { m: 0 } };
  return {
    ...originals,
    hnsw_config: { m: settings.hnswM, ef_construct: settings.hnswEfConstruct },
    quantization_config: { scalar: { type: 'int8', always_ram: true } },
  };
}

/** Without a graph: 64 bytes an image are compared one by one fast enough. */
const HASH_PARAMS: Schemas['VectorParams'] = {
  size: HASH_BITS,
  distance: 'Manhattan',
  datatype: 'uint8',
  on_disk: true,
  hnsw_config: { m: 0 },
};

/** The server measures a segment by the largest of its named vectors. */
function maxSegmentKb({ vectors }: GenerationSchema, { expectedImages, shards }: OfCollections): number {
  const imageBytes = Math.max(...vectors.map((it) => it.size * (it.datatype === 'float16' ? 2 : 4)));
  return Math.max(MIN_SEGMENT_KB, Math.ceil((SEGMENT_SLACK * expectedImages * imageBytes) / shards / 1024));
}

/** By field. They must be there before the first graph is built: a graph made without them loses recall under filters. */
export function payloadIndexes(schema: GenerationSchema): ReadonlyMap<string, Schemas['PayloadSchemaParams']> {
  const indexes = new Map<string, Schemas['PayloadSchemaParams']>([
    ['version', { type: 'integer', lookup: false, range: true }],
    ['state', { type: 'keyword' }],
    ['imageId', { type: 'keyword', on_disk: true }],
    [HAS_FIELD, { type: 'keyword' }],
  ]);
  for (const { type, value, prefixes } of fieldsOf(schema).values()) {
    indexes.set(value, { type: INDEX_TYPES[type] });
    if (isText(type)) indexes.set(prefixes, { type: 'keyword', on_disk: true });
  }
  return indexes;
}

const INDEX_TYPES = {
  string: 'keyword',
  strings: 'keyword',
  number: 'float',
  date: 'float',
  boolean: 'bool',
} as const satisfies Record<AttributeType, string>;
