import { parseImageId, type VectorRecord } from '#core';

const SHA256 = 'a'.repeat(64);

/** A ready record of a vector, and of nothing else. */
export function record(at: number, vector: Float32Array): VectorRecord {
  return {
    state: 'ready',
    imageId: idOf(at),
    version: at,
    eventTimeMs: 0,
    image: { uri: `blob:${SHA256}`, sha256: SHA256, sizeBytes: 1, mediaType: 'image/jpeg', attributes: {} },
    vectors: { fc: vector },
    perceptualHash: '0'.repeat(16),
    width: 500,
    height: 375,
    thumbnail: SHA256,
  };
}

export function idOf(at: number) {
  return parseImageId(`image-${at}`);
}
