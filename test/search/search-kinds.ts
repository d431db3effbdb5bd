import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import sharp from 'sharp';
import type { Accepted, Collection } from '../e2e/collection.js';
import type { Env } from '../e2e/server-process.js';
import { type Answer, form, json, send } from '../ingest/requests.js';
import { samplePicture } from '../query/sample-pictures.js';

interface Named {
  readonly imageId: string;
}

type Sample = Parameters<typeof samplePicture>[0];

const IMAGES: readonly (readonly [sample: Sample, attributes: object])[] = [
  ['locomotion-house-cat', { album: 'pets', year: 1887, tags: ['cat', 'motion'], taken: '1887-01-31' }],
  ['allium-oreophilum', { album: 'plants', year: 2008, tags: ['flower'], public: true }],
  ['nagasaki-boats', { album: 'trips', year: 1890, taken: '1890-07-01T12:00:00+09:00', public: false }],
  ['black-canyon', { album: 'trips', year: 1871 }],
  ['french-alpine-landscape', { year: 1890, tags: [] }],
  ['acanthus-mollis', { album: 'plants' }],
];

export interface Searched {
  readonly collection: Collection;
  readonly queryUrl: string;
  close(): Promise<void>;
}

/** Every kind of query, filter and mode, on real applications that `start` begins with the settings given. */
export function searchKinds(start: (settings: Env) => Promise<Searched>): void {
  let searched: Searched;
  let pictures: Server;
  let cat: Buffer;

  beforeAll(async () => {
    cat = await samplePicture('locomotion-house-cat');
    pictures = createServer(({ url }, response) =>
      url === '/cat.jpg' ? response.end(cat) : response.writeHead(404).end(),
    );
    await new Promise<void>((resolve) => pictures.listen(0, '127.0.0.1', resolve));
    searched = await start({
      LOOKALIKE_ATTRIBUTES: 'album:string,year:number,tags:strings,taken:date,public:boolean',
      LOOKALIKE_LINK_HTTP_PORTS: String(port()),
      LOOKALIKE_LINK_ALLOWED_NETWORKS: '127.0.0.1/32',
    });
    const added: Accepted[] = [];
    for (const [sample, attributes] of IMAGES) {
      added.push(await searched.collection.add(sample, await samplePicture(sample), attributes));
    }
    for (const it of added) expect(await searched.collection.visible(it)).toMatchObject({ state: 'ready' });
  });
  afterAll(async () => {
    pictures?.close();
    await searched?.close();
  });

  const port = () => (pictures.address() as AddressInfo).port;
  const search = (body: object) => send(`${searched.queryUrl}/v1/search`, json('POST', body));
  const byPicture = (picture: Uint8Array, fields: Readonly<Record<string, string>> = {}) =>
    send(`${searched.queryUrl}/v1/search`, {
      method: 'POST',
      body: form(...Object.entries(fields), ['file', picture]),
    });
  const idsOf = ({ body }: Answer): string[] => body.results.map(({ imageId }: Named) => imageId);
  const [CAT, , BOATS, CANYON] = IMAGES.map(([sample]) => sample) as [Sample, Sample, Sample, Sample];

  test.each(['fast', 'balanced', 'exact'])(
    'in mode %s finds the picture itself first, and all in order',
    async (mode) => {
      const answer = await byPicture(cat, { mode, limit: '100' });
      expect(answer.body).toMatchObject({ mode, nextCursor: null });
      expect(idsOf(answer)).toHaveLength(IMAGES.length);
      expect(idsOf(answer)[0]).toBe(CAT);
      const scores = answer.body.results.map(({ score }: { score: number }) => score);
      expect(scores).toEqual(scores.toSorted((a: number, b: number) => b - a));
      expect(scores[0]).toBeCloseTo(1, 3);
    },
  );

  test('by a link answers as one by its picture, and not by one to a private host', async () => {
    const byLink = await search({ link: `http://127.0.0.1:${port()}/cat.jpg` });
    expect(byLink.body.results).toEqual((await byPicture(cat)).body.results);
    for (const [link, code] of [
      [`http://127.0.0.2:${port()}/cat.jpg`, 'link-refused'],
      [`http://127.0.0.1:${port()}/dog.jpg`, 'link-gone'],
      ['ftp://127.0.0.1/cat.jpg', 'link-refused'],
    ] as const) {
      expect((await search({ link })).body).toMatchObject({ code });
    }
  });

  test('by an image, and by its vector, leaves out the one and finds the other', async () => {
    const [first] = (await search({ imageId: BOATS, limit: 1, include: ['vectors'] })).body.results;
    expect(Object.values(first.vectors as Record<string, number[]>)[0]).toHaveLength(4096);
    const similar = await send(`${searched.queryUrl}/v1/images/${BOATS}/similar?limit=1&include=`);
    expect(idsOf(similar)).toEqual([first.imageId]);
    const byVector = await search({ vector: Object.values(first.vectors)[0], limit: 1 });
    expect(byVector.body.results).toMatchObject([{ imageId: first.imageId, score: expect.closeTo(1, 4) }]);
    expect((await search({ vector: [1, 2] })).body).toMatchObject({ code: 'invalid-vector' });
  });

  test('by a region finds what has that part', async () => {
    const region = { left: 0, top: 0, width: 1, height: 1 };
    const [byAllOfIt, byWhole] = [await byPicture(cat, { region: JSON.stringify(region) }), await byPicture(cat)];
    expect(idsOf(byAllOfIt)).toEqual(idsOf(byWhole));
    // A region is no file, so none is identical with it.
    expect([byAllOfIt, byWhole].map(({ body }) => body.results[0].match)).toEqual(['same-picture', 'identical']);
    const half = { ...region, width: 0.5 };
    const ofImage = await search({ imageId: CAT, region: half });
    const ofPicture = await byPicture(cat, { region: JSON.stringify(half) });
    expect(idsOf(ofPicture)).toContain(CAT);
    expect(idsOf(ofImage)).toEqual(idsOf(ofPicture).filter((id) => id !== CAT));
  });

  test.each(['fast', 'balanced', 'exact'])(
    'for copies finds a turned and edited one, and nothing else (%s)',
    async (mode) => {
      const edited = await sharp(cat)
        .rotate(90)
        .resize(400)
        .modulate({ brightness: 1.2 })
        .jpeg({ quality: 50 })
        .toBuffer();
      const { body } = await byPicture(edited, { mode, minMatch: 'same-picture', include: 'explanation' });
      expect(body.results).toMatchObject([
        { imageId: CAT, match: 'same-picture', explanation: { alignment: { turn: 'rotate-270' } } },
      ]);
      expect(body.results[0].probability).toBeGreaterThan(0.99);
      expect(idsOf(await byPicture(edited, { mode, minMatch: 'identical' }))).toEqual([]);
      expect(idsOf(await byPicture(cat, { mode, minMatch: 'identical' }))).toEqual([CAT]);
    },
  );

  test('for copies of a part finds the whole, and by link and image as by the picture', async () => {
    const part = await sharp(cat).extract({ left: 300, top: 80, width: 600, height: 380 }).jpeg().toBuffer();
    expect(idsOf(await byPicture(part, { minMatch: 'same-picture' }))).toEqual([CAT]);
    expect(await send(`${searched.queryUrl}/v1/images/${CAT}/duplicates`)).toMatchObject({
      status: 200,
      body: { results: [], nextCursor: null },
    });
    const link = `http://127.0.0.1:${port()}/cat.jpg`;
    expect(idsOf(await search({ link, minMatch: 'same-picture' }))).toEqual([CAT]);
    expect(idsOf(await search({ imageId: CAT, minMatch: 'same-picture' }))).toEqual([]);
    expect(
      (await search({ positives: [{ imageId: CAT }, { imageId: BOATS }], minMatch: 'identical' })).body,
    ).toMatchObject({
      code: 'invalid-request',
      errors: [{ field: 'minMatch' }],
    });
  });

  test('by several examples leaves them out', async () => {
    const answer = await search({
      positives: [{ imageId: BOATS }, { imageId: CANYON }],
      negatives: [{ imageId: CAT }],
    });
    expect(idsOf(answer).sort()).toEqual(['acanthus-mollis', 'allium-oreophilum', 'french-alpine-landscape']);
  });

  test('with a least score finds what has that much, and the best of it first', async () => {
    const all = (await byPicture(cat)).body.results as readonly { imageId: string; score: number }[];
    const minScore = all[2]?.score ?? 0;
    const answer = await byPicture(cat, { minScore: String(minScore - 1e-6) });
    expect(idsOf(answer)).toEqual(all.slice(0, 3).map(({ imageId }) => imageId));
  });

  test('of a batch answers each, and refuses a wrong one alone', async () => {
    const searches = [{ imageId: CAT, limit: 1 }, { limit: 0 }, { vector: [1, 2] }, { imageId: BOATS, limit: 2 }];
    const { status, body } = await send(`${searched.queryUrl}/v1/search/batch`, json('POST', { searches }));
    expect(status).toBe(200);
    const single = await search({ imageId: BOATS, limit: 2 });
    expect(body.answers).toMatchObject([
      { results: { length: 1 } },
      { code: 'invalid-request', errors: [{ field: 'limit' }] },
      { code: 'invalid-vector' },
      { results: single.body.results },
    ]);
  });

  test('of what differs has one page', async () => {
    const answer = await byPicture(cat, { diversity: '0.7', limit: '3' });
    expect(answer.body).toMatchObject({ nextCursor: null, results: { length: 3 } });
    expect(idsOf(answer)[0]).toBe(CAT);
  });

  test.each(['balanced', 'exact'])('page by page gives every image once (%s)', async (mode) => {
    const whole = idsOf(await byPicture(cat, { mode }));
    const found: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await byPicture(cat, { mode, limit: '2', ...(cursor !== null && { cursor }) });
      expect(page.status).toBe(200);
      found.push(...idsOf(page));
      cursor = page.body.nextCursor;
    } while (cursor !== null);
    expect(found).toEqual(whole);
  });

  test.each<[object, readonly Sample[]]>([
    [{ attribute: 'album', equals: 'trips' }, [CANYON, BOATS]],
    [{ attribute: 'album', prefix: 'p' }, ['acanthus-mollis', 'allium-oreophilum', CAT]],
    [{ attribute: 'album', exists: false }, ['french-alpine-landscape']],
    [{ attribute: 'year', range: { gte: 1880, lt: 1891 } }, ['french-alpine-landscape', CAT, BOATS]],
    [{ attribute: 'year', in: [1871, 2008] }, ['allium-oreophilum', CANYON]],
    [{ attribute: 'tags', equals: 'cat' }, [CAT]],
    [{ attribute: 'public', equals: false }, [BOATS]],
    [{ attribute: 'taken', range: { gt: '1887-12-31' } }, [BOATS]],
    [{ attribute: 'taken', equals: '1890-07-01T03:00:00Z' }, [BOATS]],
    [{ field: 'mediaType', equals: 'image/jpeg' }, IMAGES.map(([sample]) => sample)],
    [{ field: 'width', range: { lt: 1 } }, []],
    [
      { all: [{ field: 'height', range: { gt: 0 } }, { not: { attribute: 'album', in: ['trips', 'plants'] } }] },
      ['french-alpine-landscape', CAT],
    ],
    [
      {
        any: [
          { attribute: 'public', exists: true },
          { field: 'eventTime', range: { lt: '2020-01-01' } },
        ],
      },
      ['allium-oreophilum', BOATS],
    ],
  ])('with the filter %j finds only those that it holds for', async (filter, wanted) => {
    const answer = await byPicture(cat, { filter: JSON.stringify(filter) });
    expect(answer.status).toBe(200);
    expect(idsOf(answer).sort()).toEqual([...wanted].sort());
  });

  test('with a filter that makes no sense is refused', async () => {
    for (const filter of [
      { attribute: 'colour', exists: true },
      { field: 'depth', exists: true },
      { attribute: 'year', equals: '1890' },
    ]) {
      expect((await search({ imageId: CAT, filter })).body).toMatchObject({ code: 'invalid-filter' });
    }
  });

  const browse = (path: string, parameters: Readonly<Record<string, string>>) =>
    send(`${searched.queryUrl}/v1/${path}?${new URLSearchParams(parameters)}`);

  test('is narrowed by facets: the commonest values, and the least and the greatest', async () => {
    const answer = await browse('facets', { attributes: 'album,tags,public,year,taken', fields: 'mediaType' });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      images: 6,
      facets: [
        {
          attribute: 'album',
          type: 'string',
          images: 5,
          values: [
            { value: 'plants', images: 2 },
            { value: 'trips', images: 2 },
            { value: 'pets', images: 1 },
          ],
          hasMore: false,
        },
        { attribute: 'tags', images: 3, values: ['cat', 'flower', 'motion'].map((value) => ({ value, images: 1 })) },
        { attribute: 'public', values: [false, true].map((value) => ({ value, images: 1 })) },
        { attribute: 'year', type: 'number', images: 5, min: 1871, max: 2008 },
        { attribute: 'taken', min: '1887-01-31T00:00:00.000Z', max: '1890-07-01T03:00:00.000Z' },
        { field: 'mediaType', values: [{ value: 'image/jpeg', images: 6 }] },
      ],
    });
    const filter = JSON.stringify({ attribute: 'year', range: { lt: 1888 } });
    expect((await browse('facets', { attributes: 'album', filter, limit: '1' })).body).toMatchObject({
      images: 2,
      facets: [{ values: [{ value: 'pets', images: 1 }], hasMore: true }],
    });
  });

  test('is not needed to go through the images, page by page, with state and reason', async () => {
    const { collection } = searched;
    const broken = await collection.add('broken', cat.subarray(0, cat.length / 2), { album: 'trips' });
    expect(await collection.visible(broken)).toMatchObject({ state: 'failed' });
    await collection.visible(await collection.add('gone', cat));
    await collection.visible(await collection.delete('gone'));
    const found: string[] = [];
    for (let cursor = ''; ; ) {
      const page = await browse('images', { limit: '4', state: 'ready', ...(cursor && { cursor }) });
      found.push(...page.body.images.map(({ imageId }: Named) => imageId));
      if (page.body.nextCursor === null) break;
      cursor = page.body.nextCursor;
    }
    expect(found.toSorted()).toEqual(IMAGES.map(([sample]) => sample).sort());
    const filter = JSON.stringify({ attribute: 'album', equals: 'trips' });
    const trips = (await browse('images', { filter })).body.images;
    const byId = trips.toSorted((a: Named, b: Named) => (a.imageId < b.imageId ? -1 : 1));
    expect(byId).toMatchObject([
      { imageId: CANYON, state: 'ready', attributes: { album: 'trips', year: 1871 }, thumbnail: expect.any(String) },
      { imageId: 'broken', state: 'failed', reason: { code: 'picture-damaged' }, attributes: { album: 'trips' } },
      { imageId: BOATS, state: 'ready', width: expect.any(Number), eventTime: expect.any(String) },
    ]);
    expect((await browse('images', { state: 'deleted' })).body).toMatchObject({
      images: [{ imageId: 'gone', state: 'deleted' }],
      nextCursor: null,
    });
  });
}
