import type { Attributes, GenerationSchema, ImageId, Label, ReadyRecord, VectorRecord } from '#core';

/** Two small vectors, so that searches have two stages, an attribute of each type and every field. */
export const SCHEMA: GenerationSchema = {
  log: 'test-log',
  encoder: { name: 'test', fingerprint: 'test-encoder', trained: false, manifest: {} },
  vectors: [
    { name: 'fc', size: 16, datatype: 'float32', role: 'searched' },
    { name: 'fine', size: 8, datatype: 'float32', role: 'rescored' },
  ],
  attributes: {
    title: 'string',
    Title: 'string',
    'shot.year': 'number',
    colour: 'boolean',
    tags: 'strings',
    taken: 'date',
    // As a field is called.
    width: 'string',
  },
  fields: ['width', 'height', 'sizeBytes', 'mediaType', 'eventTime', 'labels'],
  greyCopies: true,
  filtersFailed: true,
  settings: {},
};

export const idOf = (text: string) => text as ImageId;

/** Numbers in -1 to 1, the same for the same seed (mulberry32). */
export function seededVector(seed: number, size = 16): Float32Array {
  let state = (seed + 1) * 0x9e3779b9;
  return Float32Array.from({ length: size }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1;
  });
}

interface ReadyOptions {
  readonly seed?: number;
  readonly attributes?: Attributes;
  readonly vectors?: ReadyRecord['vectors'];
  readonly labels?: readonly Label[];
}

export function ready(id: string, version: number, options: ReadyOptions = {}): ReadyRecord {
  const seed = options.seed ?? version;
  return {
    ...head(id, version),
    state: 'ready',
    image: image(options.attributes),
    vectors: options.vectors ?? { fc: seededVector(seed), fine: seededVector(seed + 7, 8) },
    perceptualHash: 'fedcba9876543210',
    width: 640 + version,
    height: 480,
    thumbnail: 'cd'.repeat(32),
    ...(options.labels && { labels: options.labels }),
    // As of records that were made before they were kept.
    ...(seed % 2 === 0 && { greyCopy: { width: 2, height: 1, pixels: Uint8Array.of(version % 256, 255) } }),
  };
}

export function failed(id: string, version: number, attributes: Attributes = {}): VectorRecord {
  const reason = { code: 'picture-damaged', message: `It's "broken" \\ at byte ${version}.` } as const;
  return { ...head(id, version), state: 'failed', image: image(attributes), reason };
}

export function deleted(id: string, version: number): VectorRecord {
  return { ...head(id, version), state: 'deleted' };
}

function head(id: string, version: number) {
  return { imageId: idOf(id), version, eventTimeMs: 1_700_000_000_000 + version };
}

function image(attributes: Attributes = {}): ReadyRecord['image'] {
  const sha256 = 'ab'.repeat(32);
  return { uri: `blob:${sha256}`, sha256, sizeBytes: 12_345, mediaType: 'image/jpeg', attributes };
}
