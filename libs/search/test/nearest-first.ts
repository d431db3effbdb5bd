import {
  type Generation,
  type Hit,
  type ImageId,
  parseImageId,
  type ReadyRecord,
  type SearchRequest,
  type VectorIndex,
  type VectorSpec,
} from '#core';

export const ENCODER = { name: 'test', fingerprint: 'test', trained: false, manifest: {} };
export const GREY_COPY = { width: 2, height: 1, pixels: Uint8Array.of(0, 255) };

/** A live generation that is searched by these vectors. */
export function generationOf(sizes: Readonly<Record<string, number>>): Generation {
  const vectors = Object.entries(sizes).map(
    ([name, size]): VectorSpec => ({ name, size, datatype: 'float32', role: 'searched' }),
  );
  const schema = { log: 'test', encoder: ENCODER, vectors, attributes: {}, settings: {}, greyCopies: true };
  return { name: 'g', schema, live: true };
}

export const shaOf = (picture: number): string => String(picture).padStart(64, '0');
export const idOf = (at: number): ImageId => parseImageId(`image-${at}`);

/** An image that shows the picture of its number, or another one. */
export function readyImage(at: number, picture = at, vectors: ReadyRecord['vectors'] = {}): ReadyRecord {
  return {
    imageId: idOf(at),
    version: 0,
    eventTimeMs: 0,
    state: 'ready',
    image: { uri: 'blob:x', sha256: shaOf(picture), sizeBytes: 1, mediaType: 'image/png', attributes: {} },
    vectors,
    perceptualHash: 'fedcba9876543210',
    width: 2,
    height: 1,
    thumbnail: 'a'.repeat(64),
    greyCopy: GREY_COPY,
  };
}

/** An index of `images` images that finds those `stored` in their order, whatever is asked for, and keeps what was asked. */
export function nearestFirst(
  stored: readonly ReadyRecord[],
  images: number,
  scoreAt: (at: number) => number = () => 0.5,
) {
  const asked: SearchRequest[] = [];
  const index: Pick<VectorIndex, 'count' | 'fetch' | 'search'> = {
    count: async () => ({ ready: images, failed: 0, deleted: 0 }),
    fetch: async (ids) => ids.flatMap((it) => stored.find(({ imageId }) => imageId === it) ?? []),
    search: async (request) => {
      asked.push(request);
      const { limit = 0 } = request.stages.at(-1) ?? {};
      const hits = stored
        .slice(0, limit)
        .map((it, at): Hit => ({ imageId: it.imageId, score: scoreAt(at), record: it }));
      return { generation: 'g', hits };
    },
  };
  return { asked, index };
}
