import { LookalikeError, type PreparePicture, returnableBytes } from '#core';
import { PictureEmbedder } from '#pipeline';
import { eventually, MemoryBlobStore, PixelEncoder, plainPicture, preparePlainPicture, stateOf } from '#testkit';

/** Prepares a picture when it is told to, and counts those whose bytes it holds. */
class HeldPictures {
  readonly #held: (() => void)[] = [];

  get count(): number {
    return this.#held.length;
  }

  readonly prepare: PreparePicture = async (bytes) => {
    await new Promise<void>((go) => this.#held.push(go));
    return preparePlainPicture(bytes);
  };

  letGo(): void {
    for (const go of this.#held.splice(0)) go();
  }
}

describe('encoded bytes in memory', () => {
  const pictures = ['a', 'b', 'c', 'd', 'e'].map((seed) => plainPicture(seed));
  const sizeBytes = pictures[0]?.length ?? 0;
  let blobs: MemoryBlobStore;
  let held: HeldPictures;

  beforeEach(async () => {
    blobs = new MemoryBlobStore();
    held = new HeldPictures();
    for (const picture of pictures) await blobs.put(picture, { maxBytes: 1_000_000 });
  });

  const embedAll = (maxEncodedBytes: number) => {
    const embedder = new PictureEmbedder({
      blobs,
      preparePicture: held.prepare,
      encoder: new PixelEncoder(),
      cacheBytes: 0,
      maxPictureBytes: 1_000_000,
      maxEncodedBytes,
    });
    return Promise.all(pictures.map((picture) => embedder.embed(stateOf(picture))));
  };

  test('are those that fit: the next picture is read when one before it is prepared', async () => {
    const all = embedAll(2 * sizeBytes + 1);
    const seen: number[] = [];
    while (seen.reduce((sum, count) => sum + count, 0) < pictures.length) {
      await eventually(() => expect(held.count).toBeGreaterThan(0));
      // What would be read too many is read by then.
      await new Promise(setImmediate);
      seen.push(held.count);
      held.letGo();
    }
    expect(seen).toEqual([2, 2, 1]);
    expect(await all).toHaveLength(pictures.length);
  });

  test('are those of one picture alone when it is larger than all that may be', async () => {
    const all = embedAll(1);
    for (let prepared = 0; prepared < pictures.length; prepared++) {
      await eventually(() => expect(held.count).toBe(1));
      held.letGo();
    }
    expect(await all).toHaveLength(pictures.length);
  });

  test.each(['prepared', 'refused'])('are given back as soon as the picture is %s', async (how) => {
    const read: Uint8Array[] = [];
    const asRead = blobs.read.bind(blobs);
    blobs.read = async (...args) => {
      const bytes = await asRead(...args);
      const returnable = returnableBytes(bytes.length);
      returnable.set(bytes);
      read.push(returnable);
      return Buffer.from(returnable.buffer);
    };
    const embedder = new PictureEmbedder({
      blobs,
      preparePicture: async (bytes) => {
        if (how === 'refused') throw new LookalikeError('picture-damaged', 'The picture is damaged.');
        return preparePlainPicture(bytes);
      },
      encoder: new PixelEncoder(),
      cacheBytes: 0,
      maxPictureBytes: 1_000_000,
      maxEncodedBytes: 1_000_000,
    });
    await embedder.embed(stateOf(pictures[0] ?? plainPicture('a'))).catch(() => {});
    expect(read.map(({ length }) => length)).toEqual([0]);
  });
});

test('a picture that is not there takes no room', async () => {
  const embedder = new PictureEmbedder({
    blobs: new MemoryBlobStore(),
    preparePicture: preparePlainPicture,
    encoder: new PixelEncoder(),
    cacheBytes: 0,
    maxPictureBytes: 1000,
    maxEncodedBytes: 1,
  });
  const lost = stateOf(plainPicture('lost'));
  await expect(embedder.embed(lost)).rejects.toMatchObject({ code: 'blob-missing' });
  await expect(embedder.embed(lost)).rejects.toMatchObject({ code: 'blob-missing' });
});
