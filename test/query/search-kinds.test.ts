import sharp from 'sharp';
import { LookalikeError } from '#core';
import { QueryServer } from './query-server.js';
import { samplePicture } from './sample-pictures.js';

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the test says what it expects
  readonly body: any;
}

/** Of the cat's 1024 × 510 pixels. */
const MIDDLE = { left: 256, top: 100, width: 600, height: 300 };

describe('a search', () => {
  let server: QueryServer;
  let cat: Buffer;
  let boats: Buffer;

  beforeAll(async () => {
    [cat, boats] = await Promise.all([samplePicture('locomotion-house-cat'), samplePicture('nagasaki-boats')]);
    server = await new QueryServer().start();
    await server.makeLive();
    await server.addPicture('cat', cat, { album: 'pets' });
    await server.addPicture('boats', boats);
    await server.addPicture('flower', await samplePicture('allium-oreophilum'));
    await server.addPicture('canyon', await samplePicture('black-canyon'));
  });
  afterAll(() => server.stop());

  const ask = async (path: string, init?: RequestInit): Promise<Answer> => {
    const response = await fetch(`${server.url}/v1/${path}`, init);
    return { status: response.status, body: await response.json() };
  };
  const json = (body: unknown, path = 'search') =>
    ask(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  const form = (picture: Uint8Array, fields: Record<string, unknown> = {}) => {
    const data = new FormData();
    for (const [name, value] of Object.entries(fields)) {
      data.append(name, typeof value === 'string' ? value : JSON.stringify(value));
    }
    data.append('file', new Blob([Uint8Array.from(picture)]), 'picture.jpg');
    return ask('search', { method: 'POST', body: data });
  };
  const scoresOf = ({ body }: Answer) =>
    body.results.map(({ imageId, score }: { imageId: string; score: number }) => [imageId, score]);
  const idsOf = ({ body }: Answer) => body.results.map(({ imageId }: { imageId: string }) => imageId);

  test('by a link answers as one by its picture', async () => {
    server.fetchLink = async (uri) => {
      if (uri !== 'https://photos.example/cat.jpg') throw new LookalikeError('link-gone', 'The server answered 404.');
      return { bytes: Buffer.from(cat), mediaType: 'image/jpeg' };
    };
    const byLink = await json({ link: 'https://photos.example/cat.jpg' });
    expect(byLink.body.results).toEqual((await form(cat)).body.results);
    expect(await json({ link: 'https://photos.example/none.jpg' })).toMatchObject({ body: { code: 'link-gone' } });
  });

  test('by a vector of an answer finds its image', async () => {
    const { body } = await json({ imageId: 'cat', limit: 1, include: ['vectors'] });
    expect(body.results[0]).toEqual(expect.not.objectContaining({ attributes: expect.anything() }));
    const [{ imageId, vectors }] = body.results;
    const again = await json({ vector: vectors.fc, minScore: 0.999 });
    expect(again.body.results).toMatchObject([{ imageId, score: expect.closeTo(1, 5) }]);
  });

  test('by a vector says which one of its encoder that is, and nothing else has a name', async () => {
    const { body } = await json({ imageId: 'cat', limit: 1, include: ['vectors'] });
    const [{ imageId, vectors }] = body.results;
    const named = await json({ positives: [{ vector: vectors.fc, vectorName: 'fc' }], limit: 1 });
    expect(idsOf(named)).toEqual([imageId]);
    const unknown = await json({ vector: vectors.fc, vectorName: 'pooled' });
    expect(unknown).toMatchObject({ status: 400, body: { code: 'invalid-vector', wanted: ['fc'], given: ['pooled'] } });
    for (const refused of [await json({ imageId: 'cat', vectorName: 'fc' }), await form(cat, { vectorName: 'fc' })]) {
      expect(refused).toMatchObject({ status: 400, body: { errors: [{ field: 'vectorName' }] } });
    }
  });

  test('by examples beside the picture leaves out those that are images', async () => {
    expect(idsOf(await form(cat, { positives: [{ imageId: 'boats' }], negatives: [{ imageId: 'canyon' }] }))).toEqual([
      'cat',
      'flower',
    ]);
    expect(idsOf(await json({ positives: [{ imageId: 'boats' }, { imageId: 'cat' }], limit: 1 }))).toHaveLength(1);
  });

  test('by a region of a picture, and of an image, answers as one by that part', async () => {
    const region = { left: 0, top: 0, width: 1, height: 1 };
    const byWhole = await form(cat);
    const byAllOfIt = await form(cat, { region });
    // A region is no file, so none is identical with it.
    expect(byWhole.body.results[0].match).toBe('identical');
    expect(byAllOfIt.body.results[0].match).toBe('same-picture');
    expect(scoresOf(byAllOfIt)).toEqual(scoresOf(byWhole));
    const upper = { ...region, height: 0.5 };
    const byUpper = await form(cat, { region: upper });
    expect(byUpper.body.results[0].score).toBeLessThan(byWhole.body.results[0].score);
    await server.blobs.put(cat, { maxBytes: cat.length });
    const ofImage = await json({ imageId: 'cat', region: upper });
    expect(ofImage.body.results).toEqual(
      byUpper.body.results.filter(({ imageId }: { imageId: string }) => imageId !== 'cat'),
    );
  });

  describe('for copies', () => {
    const edited = () => sharp(cat).rotate(90).resize(300).jpeg({ quality: 60 }).toBuffer();

    test('finds an edited one, says how it was turned, and nothing else', async () => {
      const { body } = await form(await edited(), { minMatch: 'same-picture', include: 'explanation' });
      expect(body.results).toMatchObject([
        {
          imageId: 'cat',
          match: 'same-picture',
          probability: expect.closeTo(1, 2),
          hash: { turn: 'rotate-270' },
          explanation: { alignment: { turn: 'rotate-270', scale: expect.closeTo(1, 1) } },
        },
      ]);
      expect(body.nextCursor).toBeNull();
      expect(body.steps.map(({ name }: { name: string }) => name)).toEqual(['query', 'candidates', 'match']);
    });

    test('finds a part of a picture, by the picture as it is in the fast mode', async () => {
      const [part, fields] = [
        await sharp(cat).extract(MIDDLE).jpeg().toBuffer(),
        { minMatch: 'same-picture', mode: 'fast' },
      ];
      const { body } = await form(part, { ...fields, include: 'explanation' });
      expect(body.results).toMatchObject([{ imageId: 'cat', explanation: { alignment: { turn: 'none' } } }]);
      const { scale, common } = body.results[0].explanation.alignment;
      expect(scale).toBeCloseTo(MIDDLE.width / 1024, 1);
      expect(common.candidate.width).toBeCloseTo(MIDDLE.width / 1024, 1);
      expect(common.query.width).toBeCloseTo(1, 1);
    });

    test('by a link reads it once, in whatever turns it is searched by', async () => {
      const fetchLink = jest.fn(async () => ({ bytes: await edited(), mediaType: 'image/jpeg' }));
      server.fetchLink = fetchLink;
      const { body } = await json({ link: 'https://photos.example/turned.jpg', minMatch: 'same-picture' });
      expect(idsOf({ status: 200, body })).toEqual(['cat']);
      expect(fetchLink).toHaveBeenCalledTimes(1);
    });

    test('only identical ones leaves out what was edited', async () => {
      expect(idsOf(await form(cat, { minMatch: 'identical' }))).toEqual(['cat']);
      expect(idsOf(await form(await edited(), { minMatch: 'identical' }))).toEqual([]);
      expect(idsOf(await json({ imageId: 'cat', minMatch: 'same-picture', mode: 'fast' }))).toEqual([]);
    });

    test('of an image of the collection are the others that were made from it', async () => {
      await server.addPicture('cat turned', await edited());
      const duplicates = (await ask('images/cat/duplicates?include=')).body.results;
      expect(duplicates).toMatchObject([{ imageId: 'cat turned', match: 'same-picture' }]);
      expect((await ask('images/cat/duplicates?minMatch=identical')).body.results).toEqual([]);
      expect(await ask('images/cat/duplicates?cursor=x')).toMatchObject({
        status: 400,
        body: { errors: [{ field: 'cursor' }] },
      });
      expect(await ask('images/cat/duplicates?vector=[1]')).toMatchObject({ status: 400 });
      await server.addDeleted('cat turned');
    });

    test.each([
      [{ minMatch: 'alike' }, 'minMatch'],
      [{ minMatch: 'identical', cursor: 'x' }, 'cursor'],
      [{ minMatch: 'identical', diversity: '0.5' }, 'diversity'],
      [{ minMatch: 'identical', negatives: [{ imageId: 'boats' }] }, 'minMatch'],
    ])('with %p is refused', async (fields, field) => {
      expect(await form(cat, fields)).toMatchObject({ status: 400, body: { errors: [{ field }] } });
    });
  });

  test('page by page gives every image once', async () => {
    const pages = [await form(cat, { limit: '3', mode: 'exact' })];
    expect(pages[0]?.body).toMatchObject({ mode: 'exact', nextCursor: expect.any(String) });
    pages.push(await form(cat, { limit: '3', mode: 'exact', cursor: pages[0]?.body.nextCursor }));
    expect(pages[1]?.body.nextCursor).toBeNull();
    expect(pages.flatMap(idsOf)).toEqual(idsOf(await form(cat)));
    expect(await form(boats, { cursor: pages[0]?.body.nextCursor })).toMatchObject({
      status: 400,
      body: { code: 'invalid-cursor', errors: [{ field: 'cursor' }] },
    });
  });

  test('of what is similar to an image takes parameters', async () => {
    const wanted = await json({
      imageId: 'cat',
      limit: 2,
      mode: 'fast',
      filter: { not: { attribute: 'album', exists: true } },
    });
    const filter = encodeURIComponent('{"not":{"attribute":"album","exists":true}}');
    const found = await ask(`images/cat/similar?limit=2&mode=fast&include=&filter=${filter}`);
    expect(idsOf(found)).toEqual(idsOf(wanted));
    expect(found.body).toMatchObject({ mode: 'fast', results: { length: 2 } });
    expect(found.body.results[0]).not.toHaveProperty('attributes');
    expect(await ask('images/nobody/similar')).toMatchObject({ status: 404, body: { code: 'image-unknown' } });
    for (const other of ['imageId=boats', 'link=https://photos.example/a.jpg', 'vector=[1]']) {
      expect(await ask(`images/cat/similar?${other}`)).toMatchObject({
        status: 400,
        body: { errors: [{ field: other.split('=')[0], rule: 'cannot stand here: the path names the image' }] },
      });
    }
    expect(await ask('images/cat/similar?more=1')).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'more' }] },
    });
    expect(await ask('images/cat/similar?limit=1&limit=2')).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'limit' }] },
    });
  });

  test('of a batch is answered, or refused, by itself', async () => {
    const searches = [
      { imageId: 'cat', limit: 1 },
      { imageId: 'nobody' },
      { limit: 1 },
      { imageId: 'cat', filter: {} },
    ];
    const { status, body } = await json({ searches }, 'search/batch');
    expect(status).toBe(200);
    expect(body.answers).toMatchObject([
      { status: 200, results: { length: 1 } },
      { status: 404, code: 'image-unknown', imageId: 'nobody' },
      { status: 400, code: 'invalid-request' },
      { status: 400, code: 'invalid-filter' },
    ]);
    for (const wrong of [{}, { searches: {} }, { searches: [1] }, { searches: Array(17).fill(searches[0]) }]) {
      expect(await json(wrong, 'search/batch')).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
    }
  });

  const near = (more: object) => ({ imageId: 'cat', ...more });
  test.each<[string, unknown, string, string]>([
    ['nothing', {}, 'invalid-request', 'imageId'],
    ['two things', near({ vector: [1] }), 'invalid-request', 'imageId'],
    ['an example of nothing', near({ negatives: [{}] }), 'invalid-request', 'negatives.0.imageId'],
    [
      'a region of a vector',
      { vector: [1], region: { left: 0, top: 0, width: 1, height: 1 } },
      'invalid-request',
      'region',
    ],
    ['a region outside', near({ region: { left: 0.5, top: 0, width: 0.6, height: 1 } }), 'invalid-request', 'region'],
    [
      'a region of an example outside',
      { positives: [{ imageId: 'cat', region: { left: 0.5, top: 0, width: 0.6, height: 1 } }] },
      'invalid-request',
      'positives.0.region',
    ],
    ['a region without a width', near({ region: { left: 0, top: 0, height: 1 } }), 'invalid-request', 'region.width'],
    ['a vector that is short', { vector: [1, 2, 3] }, 'invalid-vector', ''],
    ['a vector of texts', { vector: ['1'] }, 'invalid-request', 'vector'],
    ['a vector with null', { vector: [1, null] }, 'invalid-request', 'vector'],
    [
      'a thousand examples',
      near({ negatives: Array(1_000).fill({ imageId: 'boats' }) }),
      'invalid-request',
      'negatives',
    ],
    ['nine examples', near({ positives: Array(8).fill({ imageId: 'boats' }) }), 'invalid-request', 'negatives'],
    ['an unknown mode', near({ mode: 'slow' }), 'invalid-request', 'mode'],
    ['a limit of a billion', near({ limit: 1e9 }), 'invalid-request', 'limit'],
    ['a score over 1', near({ minScore: 1.01 }), 'invalid-request', 'minScore'],
    ['a diversity of -1', near({ diversity: -1 }), 'invalid-request', 'diversity'],
    ['something else to include', near({ include: ['all'] }), 'invalid-request', 'include'],
    ['a forged cursor', near({ cursor: 'bm9uc2Vuc2U' }), 'invalid-cursor', 'cursor'],
    ['a number for a cursor', near({ cursor: 7 }), 'invalid-request', 'cursor'],
    [
      'a field that this generation is too old for',
      near({ filter: { field: 'width', exists: true } }),
      'invalid-filter',
      'width',
    ],
    ['a null filter', near({ filter: null }), 'invalid-request', 'filter'],
  ])('with %s is refused', async (_, body, code, field) => {
    const errors = field === '' ? {} : { errors: expect.arrayContaining([expect.objectContaining({ field })]) };
    expect(await json(body)).toMatchObject({ status: 400, body: { code, ...errors } });
  });

  test.each([
    ['JSON that is cut off', { region: '{"left":0' }, 'region'],
    ['another subject', { imageId: 'cat' }, 'imageId'],
    ['a number for a list', { positives: '7' }, 'positives'],
  ])('by a form with %s is refused', async (_, fields, field) => {
    expect(await form(cat, fields)).toMatchObject({
      status: 400,
      body: { code: 'invalid-request', errors: expect.arrayContaining([expect.objectContaining({ field })]) },
    });
  });

  test('by a region of a few pixels is refused', async () => {
    const region = { left: 0, top: 0, width: 0.01, height: 0.5 };
    expect(await form(cat, { region })).toMatchObject({ status: 400, body: { code: 'region-too-small', least: 16 } });
  });
});
