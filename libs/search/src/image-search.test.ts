import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type Generation,
  type ImageId,
  LookalikeError,
  type PreparedPicture,
  type PreparePicture,
  parseImageId,
  type ReadyRecord,
  type RunningEncoder,
  type SearchRequest,
} from '#core';
import { ImageSearch, type ImageSearchOptions, searchBy, shippedModel, takeLooks } from '#search';
import {
  MemoryBlobStore,
  MemoryVectorIndex,
  noLinks,
  oneEncoder,
  PixelEncoder,
  plainPicture,
  preparePlainPicture,
  stateOf,
} from '#testkit';

const VECTORS = [{ name: 'fc', size: 192, datatype: 'float32', role: 'searched' }] as const;
const PICTURE = plainPicture('a');
const BY_PICTURE = { by: 'picture', bytes: PICTURE } as const;

describe('an image search', () => {
  const encoder = new PixelEncoder();
  const schema = { log: 'test', encoder: encoder.info, vectors: VECTORS, attributes: {}, settings: {} };
  let index: MemoryVectorIndex;
  let blobs: MemoryBlobStore;

  beforeEach(async () => {
    [index, blobs] = [new MemoryVectorIndex(), new MemoryBlobStore()];
    await index.createGeneration('first', schema);
    await index.makeLive('first');
  });

  const searchWith = (options: Partial<ImageSearchOptions> = {}) =>
    new ImageSearch({
      index,
      encoders: oneEncoder(encoder, preparePlainPicture),
      blobs,
      fetchLink: noLinks,
      looks: { look: async (task) => takeLooks(task) },
      models: { modelOf: async (generation, name) => shippedModel(generation.schema.encoder, name) },
      duplicates: { copiesAmong: async () => new Map(), toldApartFrom: async () => new Set() },
      precision: 0.99,
      maxBytes: 1_000_000,
      maxSearches: 1,
      maxWaiting: 1,
      timeoutMs: 10_000,
      ...options,
    });
  const add = async (id: string, vector: Float32Array, more: Partial<ReadyRecord> = {}, generation = 'first') => {
    const record = {
      imageId: parseImageId(id),
      version: 1,
      eventTimeMs: 0,
      state: 'ready',
      image: stateOf(plainPicture(id)),
      vectors: { fc: vector },
      perceptualHash: '0'.repeat(16),
      width: 640,
      height: 480,
      thumbnail: 'a'.repeat(64),
      ...more,
    } as const;
    await index.apply(generation, [record]);
  };
  /** The numbers first, zeros after. */
  const vector = (...numbers: number[]) => Float32Array.from({ length: 192 }, (_, at) => numbers[at] ?? 0);
  const byVector = (...numbers: number[]) => ({ by: 'vector', values: vector(...numbers) }) as const;
  const byImage = (id: string) => ({ by: 'image', imageId: id as ImageId }) as const;
  const embedded = async (picture: Uint8Array) =>
    (await encoder.encode([await preparePlainPicture(picture)]))[0]?.vectors.fc ?? vector();
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
  const idsOf = async (search: Promise<{ results: readonly { imageId: ImageId }[] }>) =>
    (await search).results.map(({ imageId }) => imageId as string);

  test.each([
    ['balanced', 10, { limit: 11, ef: 128, oversampling: 2 }],
    ['balanced', 100, { limit: 101, ef: 202, oversampling: 2 }],
    ['fast', 10, { limit: 11, ef: 64, oversampling: 1 }],
    ['fast', 100, { limit: 101, ef: 101, oversampling: 1 }],
    ['exact', 10, { limit: 11, exact: true }],
  ] as const)('%s for %d results asks the index for %j', async (mode, limit, stage) => {
    const asked: SearchRequest[] = [];
    jest.spyOn(index, 'search').mockImplementation(async (request) => {
      asked.push(request);
      return { generation: 'first', hits: [] };
    });
    const { steps } = await searchWith().search(searchBy(BY_PICTURE, { limit, mode }));
    expect(asked).toEqual([{ generation: 'first', stages: [{ vector: 'fc', query: expect.anything(), ...stage }] }]);
    expect(steps).toEqual([
      { name: 'query', tookMs: expect.any(Number) },
      {
        name: 'candidates',
        images: 0,
        stages: [{ vector: 'fc', limit: stage.limit, exact: mode === 'exact' }],
        tookMs: expect.any(Number),
      },
      { name: 'match', tookMs: expect.any(Number) },
    ]);
  });

  test.each([
    [{ limit: 0 }, 'limit'],
    [{ limit: 101 }, 'limit'],
    [{ limit: 1.5 }, 'limit'],
    [{ limit: Number.NaN }, 'limit'],
    [{ mode: 'quick' as 'fast' }, 'mode'],
    [{ minScore: 1.1 }, 'minScore'],
    [{ minScore: Number.NaN }, 'minScore'],
    [{ diversity: -0.1 }, 'diversity'],
    [{ diversity: 0.5, cursor: 'x' }, 'cursor'],
    [{ negatives: Array(1_000).fill({ by: 'image', imageId: 'a' }) }, 'negatives'],
    [{ negatives: [{ ...BY_PICTURE, region: { left: 0.5, top: 0, width: 1, height: 1 } }] }, 'negatives.0.region'],
  ])('case %# is refused for its field', async (options, field) => {
    await expect(searchWith().search(searchBy(BY_PICTURE, options))).rejects.toMatchObject({
      code: 'invalid-request',
      facts: { field },
    });
  });

  describe('by vectors and images', () => {
    beforeEach(async () => {
      await add('a', vector(1, 0, 0));
      await add('b', vector(0.9, 0.4, 0));
      await add('c', vector(0.9, 0, 0.4));
      await add('d', vector(0, 1, 0));
    });

    test('of several positive examples finds what lies between them, and none of the examples', async () => {
      const query = { ...searchBy(byImage('b')), positives: [byImage('b'), byImage('c')] };
      expect(await idsOf(searchWith().search(query))).toEqual(['a', 'd']);
    });

    test('moves away from negative examples, and leaves them out', async () => {
      const near = searchBy(byVector(1, 0.1, 0.3));
      expect(await idsOf(searchWith().search(near))).toEqual(['c', 'a', 'b', 'd']);
      expect(await idsOf(searchWith().search({ ...near, negatives: [byVector(0, 0, 1)] }))).toEqual([
        'a',
        'b',
        'c',
        'd',
      ]);
      expect(await idsOf(searchWith().search({ ...near, negatives: [byImage('c')] }))).toEqual(['a', 'b', 'd']);
    });

    test('of examples that cancel each other out is refused', async () => {
      const query = { ...searchBy(byVector(1)), positives: [byVector(1), byVector(-1)] };
      await expect(searchWith().search(query)).rejects.toMatchObject({ code: 'invalid-vector' });
    });

    test.each([
      ['a wrong size', { by: 'vector', values: new Float32Array(3).fill(1) }],
      ['NaN', { by: 'vector', values: vector(Number.NaN) }],
      ['zeros', { by: 'vector', values: vector() }],
      ['an unknown name', { by: 'vector', values: vector(1), name: 'pooled' }],
    ] as const)('with a vector of %s is refused', async (_, example) => {
      await expect(searchWith().search(searchBy(example))).rejects.toMatchObject({ code: 'invalid-vector' });
    });

    test('with a vector of a name compares by the one that is called so', async () => {
      const pooled = { name: 'pooled', size: 2, datatype: 'float32', role: 'searched' } as const;
      await index.createGeneration('two', { ...schema, vectors: [...VECTORS, pooled] });
      await index.makeLive('two');
      const by = (...numbers: number[]) => Float32Array.from(numbers);
      await add('by layer', vector(1), { vectors: { fc: vector(1), pooled: by(0, 1) } }, 'two');
      await add('by pooled', vector(0, 1), { vectors: { fc: vector(0, 1), pooled: by(1, 0) } }, 'two');
      const search = searchWith();
      expect(await idsOf(search.search(searchBy(byVector(1))))).toEqual(['by layer', 'by pooled']);
      const named = searchBy({ by: 'vector', values: by(1, 0), name: 'pooled' });
      const answer = await search.search(named);
      expect(answer.results.map(({ imageId }) => imageId)).toEqual(['by pooled', 'by layer']);
      expect(answer.steps).toContainEqual(
        expect.objectContaining({ stages: [expect.objectContaining({ vector: 'pooled' })] }),
      );
    });

    test('keeps what scores at least so much', async () => {
      const query = searchBy(byVector(1), { minScore: 0.95 });
      expect(await searchWith().search(query)).toMatchObject({
        results: [{ imageId: 'a', score: 1 }],
        nextCursor: null,
      });
    });

    test('gives vectors when they are asked for', async () => {
      const { results } = await searchWith().search(searchBy(byVector(1), { limit: 1, withVectors: true }));
      expect(results).toMatchObject([{ imageId: 'a', width: 640, height: 480, vectors: { fc: vector(1) } }]);
    });

    test('prefers what differs when that is wanted', async () => {
      await add('a copy', vector(1, 0.01, 0));
      const found = (diversity: number) => idsOf(searchWith().search(searchBy(byVector(1), { limit: 3, diversity })));
      expect(await found(0)).toEqual(['a', 'a copy', 'b']);
      expect(await found(0.8)).toEqual(['a', 'd', 'b']);
    });

    test('says why an image cannot be searched by', async () => {
      const reason = { code: 'picture-damaged', message: 'It is damaged.' } as const;
      const [head, image] = [{ version: 2, eventTimeMs: 0 }, stateOf(PICTURE)];
      await index.apply('first', [
        { ...head, imageId: parseImageId('broken'), state: 'failed', image, reason },
        { ...head, imageId: parseImageId('gone'), state: 'deleted' },
      ]);
      const search = (id: string) => searchWith().search(searchBy(byImage(id)));
      await expect(search('broken')).rejects.toMatchObject({ code: 'image-not-searchable', facts: { reason } });
      await expect(search('gone')).rejects.toMatchObject({ facts: { imageId: 'gone', state: 'deleted' } });
      await expect(search('nobody')).rejects.toMatchObject({ code: 'image-unknown', facts: { imageId: 'nobody' } });
    });
  });

  describe('of pictures elsewhere and their regions', () => {
    const region = { left: 0.5, top: 0, width: 0.5, height: 1 };
    let prepared: [text: string, region: unknown][];
    const preparePicture: PreparePicture = async (bytes, part) => {
      prepared.push([Buffer.from(bytes).toString(), part]);
      return preparePlainPicture(bytes);
    };
    const encoders = oneEncoder(encoder, preparePicture);

    beforeEach(async () => {
      prepared = [];
      await add('a', await embedded(PICTURE), { image: stateOf(PICTURE) });
      await add('b', await embedded(plainPicture('b')));
    });

    test('a link is fetched with its limits', async () => {
      const asked: unknown[] = [];
      const fetchLink: ImageSearchOptions['fetchLink'] = async (uri, expected) => {
        asked.push([uri, expected.maxBytes]);
        return { bytes: Buffer.from(PICTURE), mediaType: null };
      };
      const search = searchWith({ fetchLink }).search(searchBy({ by: 'link', uri: 'https://photos.example/a.jpg' }));
      expect((await search).results[0]).toMatchObject({ imageId: 'a', score: expect.closeTo(1, 5) });
      expect(asked).toEqual([['https://photos.example/a.jpg', 1_000_000]]);
    });

    test('a region of an image is read from its picture, and does not find the image itself', async () => {
      await blobs.put(PICTURE, { maxBytes: PICTURE.length });
      const search = searchWith({ encoders }).search(searchBy({ ...byImage('a'), region }));
      expect(await idsOf(search)).toEqual(['b']);
      expect(prepared).toEqual([['plain:a', region]]);
    });

    test('a region of an image whose picture is gone fails so', async () => {
      const search = searchWith({ encoders }).search(searchBy({ ...byImage('a'), region }));
      expect(await codeOf(search)).toBe('blob-missing');
    });

    test('copies of an image are found though its picture is gone, which is said', async () => {
      const search = searchWith({ encoders });
      const query = searchBy(byImage('a'), { minMatch: 'same-picture', mode: 'balanced' });
      const copy = { image: stateOf(PICTURE) };
      await add('copy', await embedded(PICTURE), copy);
      const found = await search.search(query);
      expect(found).toMatchObject({ results: [{ imageId: 'copy' }], warnings: [{ code: 'not-turned' }] });
      await blobs.put(PICTURE, { maxBytes: PICTURE.length });
      expect(await search.search(query)).toMatchObject({ results: [{ imageId: 'copy' }], warnings: [] });
    });

    test('several pictures are fetched two at a time', async () => {
      let [underWay, most] = [0, 0];
      const fetchLink: ImageSearchOptions['fetchLink'] = async () => {
        most = Math.max(most, ++underWay);
        await nextTurn();
        underWay -= 1;
        return { bytes: Buffer.from(PICTURE), mediaType: null };
      };
      const links = ['a', 'b', 'c'].map((it) => ({ by: 'link', uri: `https://photos.example/${it}.jpg` }) as const);
      await searchWith({ fetchLink }).search({ ...searchBy(BY_PICTURE), positives: links });
      expect(most).toBe(2);
    });

    test('a picture that was searched by lately is not embedded again, but for another region', async () => {
      const search = searchWith({ encoders });
      await search.search(searchBy(BY_PICTURE, { limit: 1 }));
      await search.search(searchBy(BY_PICTURE, { limit: 2 }));
      await search.search(searchBy({ ...BY_PICTURE, region }));
      expect(prepared).toEqual([
        ['plain:a', undefined],
        ['plain:a', region],
      ]);
    });
  });

  describe('page by page', () => {
    const COUNT = 30;
    const QUERY = searchBy(byVector(1), { limit: 7 });
    beforeEach(async () => {
      for (let at = 0; at < COUNT; at++) {
        // Every score three times, so that pages end within ties.
        await add(`i${String(at).padStart(2, '0')}`, vector(1, Math.floor(at / 3)));
      }
    });

    const pages = async (
      search: ImageSearch,
      between: (page: number) => Promise<unknown> = async () => {},
      query = QUERY,
    ) => {
      const ids: string[][] = [];
      let cursor: string | null = null;
      do {
        const page = await search.search({ ...query, ...(cursor !== null && { cursor }) });
        ids.push(page.results.map(({ imageId }) => imageId));
        cursor = page.nextCursor;
        await between(ids.length);
      } while (cursor !== null);
      return ids;
    };

    test('gives every image once, in order', async () => {
      const found = await pages(searchWith());
      expect(found.map(({ length }) => length)).toEqual([7, 7, 7, 7, 2]);
      const { results } = await searchWith().search({ ...QUERY, limit: COUNT });
      expect(found.flat()).toEqual(results.map(({ imageId }) => imageId));
    });

    test('repeats and leaves out nothing when images come and go between pages', async () => {
      const before = (await searchWith().search({ ...QUERY, limit: COUNT })).results.map(({ imageId }) => imageId);
      const last = before[6] as ImageId;
      const found = await pages(searchWith(), async (page) => {
        if (page > 1) return;
        await add('new and best', vector(1));
        await index.apply('first', [{ imageId: last, version: 2, eventTimeMs: 0, state: 'deleted' }]);
      });
      expect(found.flat()).toEqual(before);
    });

    test('goes on to the end however many images come in above between pages', async () => {
      const before = (await searchWith().search({ ...QUERY, limit: COUNT })).results.map(({ imageId }) => imageId);
      const comes = async (page: number) => {
        if (page > 2) return;
        for (let at = 0; at < 40; at++) await add(`new on page ${page}, ${at}`, vector(1));
      };
      const found = (await pages(searchWith(), comes, { ...QUERY, limit: 2 })).flat();
      expect(found.filter((it) => !it.startsWith('new'))).toEqual(before);
      expect(new Set(found).size).toBe(found.length);
    });

    describe('of an index that finds more where more is asked for', () => {
      beforeEach(() => {
        const whole = index.search.bind(index);
        jest.spyOn(index, 'search').mockImplementation(async (request) => {
          const { limit } = request.stages[0];
          const { hits } = await whole({ ...request, stages: [{ ...request.stages[0], limit: 1_000, ef: 1_000 }] });
          // Of every three images one is found by more than 3 candidates only, another one by more than 12.
          const found = hits.filter(({ imageId }) => limit > ([0, 3, 12][Number(imageId.slice(1)) % 3] ?? 0));
          return { generation: 'first', hits: found.slice(0, limit) };
        });
      });

      test('gives every image once, those that were missed at first on a later page', async () => {
        const found = (await pages(searchWith(), async () => {}, { ...QUERY, limit: 2 })).flat();
        expect(found.slice(0, 6)).toEqual(['i00', 'i03', 'i01', 'i04', 'i06', 'i07']);
        expect(found.slice(10, 12)).toEqual(['i02', 'i05']);
        expect(new Set(found).size).toBe(COUNT);
        expect(found).toHaveLength(COUNT);
      });

      test('repeats nothing when images come between pages', async () => {
        const comes = async (page: number) => {
          for (let at = 0; at < 5; at++) await add(`new on page ${page}, ${at}`, vector(1, at / 100));
        };
        const found = (await pages(searchWith(), comes, { ...QUERY, limit: 2 })).flat();
        expect(new Set(found).size).toBe(found.length);
      });
    });

    test('makes few walks of the index, as wide as they have to be', async () => {
      const searched = jest.spyOn(index, 'search');
      const limitsOf = async (query: typeof QUERY) => {
        searched.mockClear();
        await pages(searchWith(), async () => {}, query);
        return searched.mock.calls.map(([{ stages }]) => stages[0].limit);
      };
      // The walk of the first page is made again for those that are taken from a wider one.
      expect(await limitsOf(QUERY)).toEqual([8, ...Array(3).fill([32, 8]).flat(), 128, 8, 32]);
      expect(await limitsOf({ ...QUERY, mode: 'exact' })).toEqual([8, ...Array(4).fill([1_000, 8]).flat()]);
    });

    test('stays in its generation after a switch, and says so when that is gone', async () => {
      const search = searchWith();
      const { nextCursor, generation } = await search.search(QUERY);
      await index.createGeneration('second', schema);
      await index.makeLive('second');
      const next = { ...QUERY, cursor: nextCursor ?? '' };
      expect(await search.search(next)).toMatchObject({ generation, results: { length: 7 } });
      expect(await search.search(QUERY)).toMatchObject({ generation: 'second', results: [] });
      await index.dropGeneration('first');
      await expect(search.search(next)).rejects.toMatchObject({ code: 'cursor-expired', facts: { generation } });
    });

    test('says that its generation is gone when the encoder of it is closed on the way', async () => {
      const one = new PixelEncoder();
      let isDropped = false;
      const preparePicture: PreparePicture = async (bytes) => {
        if (isDropped) {
          await index.createGeneration('second', schema);
          await index.makeLive('second');
          await index.dropGeneration('first');
          await one.close();
        }
        return preparePlainPicture(bytes);
      };
      const search = searchWith({ encoders: oneEncoder(one, preparePicture) });
      const { nextCursor } = await search.search(searchBy(BY_PICTURE, { limit: 7 }));
      isDropped = true;
      // Another process has not embedded the picture yet.
      const other = searchWith({ encoders: oneEncoder(one, preparePicture) });
      const next = searchBy(BY_PICTURE, { limit: 7, cursor: nextCursor ?? '' });
      await expect(other.search(next)).rejects.toMatchObject({
        code: 'cursor-expired',
        facts: { generation: 'first' },
      });
    });

    test('refuses the cursor of another query, and what is none', async () => {
      const search = searchWith();
      const { nextCursor } = await search.search(QUERY);
      const cursor = nextCursor ?? '';
      const forged = (results: number, ...walks: readonly unknown[]) =>
        Buffer.from(JSON.stringify(['first', 'x', results, walks])).toString('base64url');
      for (const other of [
        { ...QUERY, cursor, positives: [byVector(1, 1)] },
        { ...QUERY, cursor, mode: 'exact' as const },
        { ...QUERY, cursor, filter: { not: { all: [] } } },
        { ...QUERY, cursor: 'x' },
        { ...QUERY, cursor: '' },
        { ...QUERY, cursor: cursor.slice(0, -4) },
        ...[[7, null, 'a'], [0, 1, 'a'], [1_001, 1, 'a'], null].map((it) => ({ ...QUERY, cursor: forged(7, it) })),
        { ...QUERY, cursor: forged(7) },
        { ...QUERY, cursor: forged(7, ...Array(7).fill([8, 1, 'a'])) },
        { ...QUERY, cursor: forged(1_000, [8, 1, 'a']) },
      ]) {
        expect(await codeOf(search.search(other))).toBe('invalid-cursor');
      }
      expect(await codeOf(search.search({ ...QUERY, cursor, limit: 3 }))).toBe('answered');
    });

    test('ends at its depth', async () => {
      const hits = Array.from({ length: 1_001 }, (_, at) => ({
        imageId: `h${String(at).padStart(4, '0')}` as ImageId,
        score: 1 - at / 2_000,
        record: { version: 1, image: stateOf(PICTURE), width: 1, height: 1 } as never,
      }));
      jest.spyOn(index, 'search').mockImplementation(async ({ stages: [{ limit }] }) => {
        return { generation: 'first', hits: hits.slice(0, limit) };
      });
      let [cursor, count]: [string | null, number] = [null, 0];
      do {
        const page = await searchWith().search({ ...QUERY, limit: 90, ...(cursor !== null && { cursor }) });
        cursor = page.nextCursor;
        count += page.results.length;
      } while (cursor !== null);
      expect(count).toBe(1_000);
    });
  });

  test('runs as many as it may, lets as many wait as it may, and sends the rest away', async () => {
    const { open, encoders } = gated();
    const search = searchWith({ encoders });
    const searches = [1, 2, 3].map(() => codeOf(search.search(searchBy(BY_PICTURE))));
    expect(await searches[2]).toBe('too-many-requests');
    open();
    expect(await Promise.all(searches)).toEqual(['answered', 'answered', 'too-many-requests']);
    expect(await codeOf(search.search(searchBy(BY_PICTURE)))).toBe('answered');
  });

  test('one that overruns is timed out and keeps its place until it ends; those behind it are called in', async () => {
    const { open, started, encoders } = gated();
    const search = searchWith({ encoders, maxWaiting: 2, timeoutMs: 60 });
    const searches = [1, 2].map((at) =>
      codeOf(search.search(searchBy({ by: 'picture', bytes: plainPicture(`${at}`) }))),
    );
    expect(await Promise.all(searches)).toEqual(['timed-out', 'timed-out']);
    expect(started).toHaveLength(1);
    const next = codeOf(search.search(searchBy(BY_PICTURE)));
    open();
    expect(await next).toBe('answered');
    // The one that was given up while it waited was never begun.
    expect(started).toHaveLength(2);
  });

  test('starts over when its generation is replaced and dropped on the way', async () => {
    await index.createGeneration('second', schema);
    await add('a', await embedded(PICTURE), {}, 'second');
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
    const answer = await searchWith().search(searchBy(BY_PICTURE));
    expect(answer).toMatchObject({ generation: 'second', results: [{ imageId: 'a', score: expect.closeTo(1, 4) }] });
  });

  test('starts over when the encoder of its generation is closed on the way, since that is not live any more', async () => {
    await index.createGeneration('second', schema);
    await add('a', await embedded(PICTURE), {}, 'second');
    const [one, other] = [new PixelEncoder(), encoder];
    const encoders = {
      running: async () => {
        const isSecond = (await index.live())?.name === 'second';
        const preparePicture: PreparePicture = async (bytes) => {
          if (!isSecond) {
            await index.makeLive('second');
            await one.close();
          }
          return preparePlainPicture(bytes);
        };
        const current = isSecond ? other : one;
        return { encoder: current, interactive: current, preparePicture };
      },
    };
    expect(await searchWith({ encoders }).search(searchBy(BY_PICTURE))).toMatchObject({
      generation: 'second',
      warnings: [],
    });
  });

  test('does not start over after a fault, which its caller is told of', async () => {
    const failing = jest.spyOn(index, 'search').mockRejectedValue(new LookalikeError('index-unavailable', 'No.'));
    expect(await codeOf(searchWith().search(searchBy(BY_PICTURE)))).toBe('index-unavailable');
    expect(failing).toHaveBeenCalledTimes(1);
  });

  test('does not decode a picture for an index that cannot answer', async () => {
    const { started, encoders } = gated();
    const search = searchWith({ index: new MemoryVectorIndex(), encoders });
    expect(await codeOf(search.search(searchBy(BY_PICTURE)))).toBe('no-live-generation');
    expect(started).toEqual([]);
  });

  describe('whose new encoder does not open', () => {
    const other = { ...encoder.info, name: 'other', fingerprint: '0'.repeat(16) };
    let isMissing = true;
    const encoders = {
      running: async ({ fingerprint }: { fingerprint: string }): Promise<RunningEncoder> => {
        const running = { encoder, interactive: encoder, preparePicture: preparePlainPicture };
        if (fingerprint === other.fingerprint && isMissing)
          throw new LookalikeError('model-download-failed', 'No network.');
        return running;
      },
    };

    beforeEach(async () => {
      isMissing = true;
      await add('a', await embedded(PICTURE));
      await index.createGeneration('second', { ...schema, encoder: other });
    });

    test('is answered by the generation before as long as that is kept, and says so', async () => {
      const search = searchWith({ encoders });
      await search.search(searchBy(BY_PICTURE));
      await index.makeLive('second');
      expect(await search.search(searchBy(BY_PICTURE))).toMatchObject({
        generation: 'first',
        encoder: { name: encoder.info.name },
        results: [{ imageId: 'a' }],
        warnings: [{ code: 'earlier-generation' }],
      });
      isMissing = false;
      expect(await search.search(searchBy(BY_PICTURE))).toMatchObject({ generation: 'second', warnings: [] });
      isMissing = true;
      await index.dropGeneration('first');
      expect(await codeOf(search.search(searchBy(BY_PICTURE)))).toBe('model-download-failed');
    });

    test('fails where there was none before', async () => {
      await index.makeLive('second');
      expect(await codeOf(searchWith({ encoders }).search(searchBy(BY_PICTURE)))).toBe('model-download-failed');
    });
  });
});
