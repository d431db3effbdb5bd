import { type Generation, LookalikeError, type PreparedPicture, parseImageId, type SearchRequest } from '#core';
import { ImageSearch, type ImageSearchOptions } from '#search';
import { MemoryVectorIndex, oneEncoder, PixelEncoder, plainPicture, preparePlainPicture, stateOf } from '#testkit';

const VECTORS = [{ name: 'fc', size: 192, datatype: 'float32', role: 'searched' }] as const;
const PICTURE = plainPicture('a');

describe('an image search', () => {
  const encoder = new PixelEncoder();
  const schema = { log: 'test', encoder: encoder.info, vectors: VECTORS, attributes: {}, settings: {} };
  let index: MemoryVectorIndex;

  beforeEach(async () => {
    index = new MemoryVectorIndex();
    await index.createGeneration('first', schema);
    await index.makeLive('first');
  });

  const searchWith = (options: Partial<ImageSearchOptions> = {}) =>
    new ImageSearch({
      index,
      encoders: oneEncoder(encoder, preparePlainPicture),
      maxSearches: 1,
      maxWaiting: 1,
      timeoutMs: 10_000,
      ...options,
    });
  /** Pictures that are prepared when the gate opens. */
  const gated = () => {
    let open = () => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const started: Uint8Array[] = [];
    const preparePicture = async (bytes: Uint8Array): Promise<PreparedPicture> => {
      started.push(bytes);
      await opened;
      return preparePlainPicture(bytes);
    };
    return { open, started, encoders: oneEncoder(encoder, preparePicture) };
  };
  const codeOf = (search: Promise<unknown>) =>
    search.then(
      () => 'answered',
      ({ code }: { code: string }) => code,
    );

  test('walks the graph broadly enough for what is asked', async () => {
    const asked: SearchRequest[] = [];
    jest.spyOn(index, 'search').mockImplementation(async (request) => {
      asked.push(request);
      return { generation: 'first', hits: [] };
    });
    await searchWith().byPicture(PICTURE, { limit: 10 });
    await searchWith().byPicture(PICTURE, { limit: 100 });
    expect(asked.map(({ generation, stages: [stage] }) => ({ ...stage, query: generation }))).toEqual([
      { vector: 'fc', query: 'first', limit: 10, ef: 128, oversampling: 2 },
      { vector: 'fc', query: 'first', limit: 100, ef: 200, oversampling: 2 },
    ]);
  });

  test.each([0, 101, 1.5, Number.NaN])('refuses the limit %d', async (limit) => {
    await expect(searchWith().byPicture(PICTURE, { limit })).rejects.toMatchObject({
      code: 'invalid-request',
      facts: { field: 'limit' },
    });
  });

  test('runs as many as it may, lets as many wait as it may, and sends the rest away', async () => {
    const { open, encoders } = gated();
    const search = searchWith({ encoders });
    const searches = [1, 2, 3].map(() => codeOf(search.byPicture(PICTURE, { limit: 1 })));
    expect(await searches[2]).toBe('overloaded');
    open();
    expect(await Promise.all(searches)).toEqual(['answered', 'answered', 'overloaded']);
    expect(await codeOf(search.byPicture(PICTURE, { limit: 1 }))).toBe('answered');
  });

  test('one that overruns is timed out and keeps its place until it ends; those behind it are called in', async () => {
    const { open, started, encoders } = gated();
    const search = searchWith({ encoders, maxWaiting: 2, timeoutMs: 60 });
    expect(await Promise.all([1, 2].map(() => codeOf(search.byPicture(PICTURE, { limit: 1 }))))).toEqual([
      'timed-out',
      'timed-out',
    ]);
    expect(started).toHaveLength(1);
    const next = codeOf(search.byPicture(PICTURE, { limit: 1 }));
    open();
    expect(await next).toBe('answered');
    // The one that was given up while it waited was never begun.
    expect(started).toHaveLength(2);
  });

  test('starts over when its generation is replaced and dropped on the way', async () => {
    const picture = await preparePlainPicture(PICTURE);
    const [features = {}] = await encoder.encode([picture]);
    await index.createGeneration('second', schema);
    await index.apply('second', [
      {
        imageId: parseImageId('a'),
        version: 1,
        eventTimeMs: 0,
        state: 'ready',
        image: stateOf(PICTURE),
        vectors: features,
        perceptualHash: picture.perceptualHash,
        width: 1,
        height: 1,
        thumbnail: 'a'.repeat(64),
      },
    ]);
    const live = index.live.bind(index);
    let calls = 0;
    jest.spyOn(index, 'live').mockImplementation(async (): Promise<Generation | null> => {
      const found = await live();
      if (++calls === 1) {
        await index.makeLive('second');
        await index.dropGeneration('first');
      }
      return found;
    });
    const answer = await searchWith().byPicture(PICTURE, { limit: 5 });
    expect(answer).toMatchObject({ generation: 'second', results: [{ imageId: 'a', score: expect.closeTo(1, 4) }] });
  });

  test('does not start over after a fault, which its caller is told of', async () => {
    const failing = jest.spyOn(index, 'search').mockRejectedValue(new LookalikeError('index-unavailable', 'No.'));
    expect(await codeOf(searchWith().byPicture(PICTURE, { limit: 1 }))).toBe('index-unavailable');
    expect(failing).toHaveBeenCalledTimes(1);
  });

  test('does not decode a picture for an index that cannot answer', async () => {
    const { started, encoders } = gated();
    expect(
      await codeOf(searchWith({ index: new MemoryVectorIndex(), encoders }).byPicture(PICTURE, { limit: 1 })),
    ).toBe('no-live-generation');
    expect(started).toEqual([]);
  });
});
