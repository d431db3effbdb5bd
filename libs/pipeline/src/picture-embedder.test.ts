import {
  type FetchedPicture,
  type ImageState,
  type LinkExpectation,
  LookalikeError,
  type PreparePicture,
  returnableBytes,
} from '#core';
import { PictureEmbedder, type PictureEmbedderOptions } from '#pipeline';
import {
  eventually,
  MemoryBlobStore,
  noLinks,
  PixelEncoder,
  plainPicture,
  preparePlainPicture,
  stateOf,
} from '#testkit';

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
      fetchLink: noLinks,
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
      fetchLink: noLinks,
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
    fetchLink: noLinks,
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

describe('pictures that are referred to by link', () => {
  const picture = plainPicture('boat');
  const link: ImageState = { ...stateOf(picture), uri: 'https://pictures.example/boat.jpg' };
  let blobs: MemoryBlobStore;
  let fetched: { uri: string; expected: LinkExpectation }[];
  let answer: () => Promise<FetchedPicture>;

  beforeEach(() => {
    blobs = new MemoryBlobStore();
    fetched = [];
    answer = async () => ({ bytes: Buffer.from(picture), mediaType: 'image/jpeg' });
  });

  const embedder = (options: Partial<PictureEmbedderOptions> = {}) =>
    new PictureEmbedder({
      blobs,
      fetchLink: (uri, expected) => {
        fetched.push({ uri, expected });
        return answer();
      },
      preparePicture: preparePlainPicture,
      encoder: new PixelEncoder(),
      cacheBytes: 1_000_000,
      maxPictureBytes: 1000,
      maxEncodedBytes: 1_000_000,
      ...options,
    });

  test('are fetched as they were declared, and embedded as if they were blobs', async () => {
    await blobs.put(picture, { maxBytes: 1000 });
    const byBlob = await embedder().embed(stateOf(picture));
    expect(await embedder().embed(link)).toEqual(byBlob);
    const { sha256, sizeBytes } = link;
    expect(fetched).toEqual([{ uri: link.uri, expected: { maxBytes: 1000, sizeBytes, sha256 } }]);
  });

  test('are fetched once while their embedding is kept, from wherever', async () => {
    const it = embedder();
    await Promise.all([it.embed(link), it.embed(link)]);
    await it.embed({ ...link, uri: 'http://mirror.example/boat.jpg' });
    expect(fetched).toHaveLength(1);
  });

  test.each(['http://pictures.example/a', 'HTTPS://pictures.example/a', 's3://pictures/a b#1.jpg'])(
    '%s is one',
    async (uri) => {
      await embedder().embed({ ...link, uri });
      expect(fetched).toMatchObject([{ uri }]);
    },
  );

  test('fail as the fetch fails, and no other reference to the same bytes with them', async () => {
    await blobs.put(picture, { maxBytes: 1000 });
    const gone = new LookalikeError('link-gone', 'The picture is not there (404).');
    const away = new LookalikeError('link-unavailable', 'The server does not give the picture now (503).');
    const it = embedder();
    const other = { ...link, uri: 'https://mirror.example/boat.jpg' };
    let failures: Error[] = [gone, away];
    answer = async () => {
      throw failures.shift();
    };
    const results = await Promise.allSettled([it.embed(link), it.embed(other), it.embed(stateOf(picture))]);
    expect(results).toMatchObject([
      { status: 'rejected', reason: gone },
      { status: 'rejected', reason: away },
      { status: 'fulfilled' },
    ]);
    failures = [gone];
    // The bytes are known by now, wherever they are said to be.
    expect(await it.embed(link)).toBe(await it.embed(stateOf(picture)));
  });

  test('take the room of their declared size while they are fetched', async () => {
    const underWay: (() => void)[] = [];
    answer = async () => {
      await new Promise<void>((go) => underWay.push(go));
      return { bytes: Buffer.from(picture), mediaType: null };
    };
    const it = embedder({ cacheBytes: 0, maxEncodedBytes: 2 * picture.length + 1 });
    const names = ['a', 'b', 'c'];
    const all = Promise.all(names.map((name) => it.embed({ ...link, uri: `https://pictures.example/${name}` })));
    const seen: number[] = [];
    while (seen.reduce((sum, count) => sum + count, 0) < names.length) {
      await eventually(() => expect(underWay.length).toBeGreaterThan(0));
      // What would be fetched too many is fetched by then.
      await new Promise(setImmediate);
      seen.push(underWay.length);
      for (const go of underWay.splice(0)) go();
    }
    expect(seen).toEqual([2, 1]);
    await all;
  });

  test.each(['ftp://pictures.example/a', 'file:///etc/passwd', '/a.jpg', 'blob'])('%s is none', async (uri) => {
    await expect(embedder().embed({ ...link, uri })).rejects.toMatchObject({ code: 'uri-not-supported' });
    expect(fetched).toEqual([]);
  });
});
