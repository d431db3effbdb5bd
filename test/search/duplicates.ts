import sharp from 'sharp';
import { eventually } from '#testkit';
import type { Accepted } from '../e2e/collection.js';
import type { Env } from '../e2e/server-process.js';
import { type Answer, form, json, send } from '../ingest/requests.js';
import { samplePicture } from '../query/sample-pictures.js';
import type { Searched } from './search-kinds.js';

interface Member {
  readonly imageId: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly isKept: boolean;
}

interface Group {
  readonly images: number;
  readonly savedBytes: number;
  readonly members: readonly Member[];
}

/** Duplicates of a collection and what is decided of them, on real applications that `start` begins with the settings given. */
export function duplicates(start: (settings: Env) => Promise<Searched>): void {
  let searched: Searched;
  let greyBoats: Buffer;

  beforeAll(async () => {
    searched = await start({});
    const cat = await samplePicture('locomotion-house-cat');
    const boats = await samplePicture('nagasaki-boats');
    const added: Accepted[] = [];
    const add = async (id: string, picture: Uint8Array) => added.push(await searched.collection.add(id, picture));
    await add('cat', cat);
    await add('cat again', cat);
    await add('small cat', await sharp(cat).resize({ width: 200 }).jpeg().toBuffer());
    await add('boats', boats);
    greyBoats = await sharp(boats).greyscale().jpeg({ quality: 60 }).toBuffer();
    await add('grey boats', greyBoats);
    await add('canyon', await samplePicture('black-canyon'));
    for (const it of added) await searched.collection.visible(it);
  });
  afterAll(() => searched?.close());

  const get = (path: string) => send(`${searched.queryUrl}/v1/duplicates${path}`);
  const decide = (body: object) => send(`${searched.queryUrl}/v1/duplicates/decisions`, json('POST', body));
  const undo = (id: string) => send(`${searched.queryUrl}/v1/duplicates/decisions/${id}/undo`, json('POST', {}));
  const groupsIn = ({ body }: Answer): readonly Group[] => body.groups;
  const namesIn = (answer: Answer) => groupsIn(answer).map(({ members }) => members.map(({ imageId }) => imageId));
  const shows = (groups: readonly (readonly string[])[], query = '') =>
    eventually(async () => expect(namesIn(await get(query))).toEqual(groups), 60_000);
  /** As a group has them. */
  const images = async (...ids: readonly string[]) => {
    const members = groupsIn(await get('')).flatMap((it) => it.members);
    return ids.map((imageId) => ({ imageId, sha256: members.find((it) => it.imageId === imageId)?.sha256 }));
  };
  const BOATS = ['boats', 'grey boats'];
  const CATS = ['cat', 'cat again', 'small cat'];

  test('are groups around the largest picture, by images or by bytes, page by page', async () => {
    await shows([CATS, BOATS]);
    // The groups are there a moment before the stage has noted how far it is.
    await eventually(async () => expect((await get('')).body).toMatchObject({ waiting: 0 }), 60_000);
    const whole = await get('?order=images');
    expect(whole.body).toMatchObject({ totals: { groups: 2, images: 5 }, waiting: 0, nextCursor: null });
    const [cats] = groupsIn(whole);
    expect(cats).toMatchObject({
      images: 3,
      savedBytes: (cats?.members[1]?.sizeBytes ?? 0) + (cats?.members[2]?.sizeBytes ?? 0),
      members: [
        { match: 'identical', probability: 1, turn: 'none' },
        { match: 'identical', probability: 1, turn: 'none' },
        { match: 'same-picture', turn: 'none', width: 200 },
      ],
    });
    const bytes = groupsIn(await get('?order=saved-bytes')).map(({ savedBytes }) => savedBytes);
    expect(bytes).toEqual(bytes.toSorted((a, b) => b - a));
    const first = await get('?limit=1');
    expect(namesIn(first)).toEqual([CATS]);
    const next = await get(`?limit=1&cursor=${first.body.nextCursor}`);
    expect(namesIn(next)).toEqual([BOATS]);
    expect(next.body.nextCursor).toBeNull();
  });

  test.each([
    ['?limit=0', 'invalid-request'],
    ['?order=age', 'invalid-request'],
    ['?cursor=x', 'invalid-cursor'],
    ['/decisions?cursor=-1', 'invalid-request'],
  ])('refuses %s', async (query, code) => {
    expect(await get(query)).toMatchObject({ status: 400, body: { code } });
  });

  test('refuses decisions that say nothing, or of pictures that are others by now', async () => {
    const sha256 = '0'.repeat(64);
    const [cat, small] = await images('cat', 'small cat');
    const both = { images: [cat, small] };
    for (const body of [
      { decision: 'forget', ...both },
      { decision: 'keep', images: [cat] },
      { decision: 'keep', images: [cat, cat] },
      { decision: 'keep', ...both, delete: true },
      { decision: 'resolve', ...both },
      { decision: 'resolve', ...both, keep: 'luck' },
      { decision: 'resolve', ...both, keepImages: ['cat', 'small cat'] },
      { decision: 'resolve', ...both, keepImages: ['boats'], delete: true },
      { decision: 'resolve', ...both, keep: 'bytes', delete: 'yes' },
    ]) {
      expect(await decide(body)).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
    }
    for (const body of [
      { decision: 'keep', images: [cat, { imageId: 'small cat', sha256 }] },
      { decision: 'resolve', keep: 'bytes', images: [cat, { imageId: 'nobody', sha256 }] },
      { decision: 'resolve', keepImages: ['cat'], images: [cat, { imageId: 'small cat', sha256 }], delete: true },
    ]) {
      expect(await decide(body)).toMatchObject({ status: 409, body: { code: 'image-changed' } });
    }
    const strangers = { decision: 'resolve', images: await images('cat', 'boats'), keep: 'bytes', delete: true };
    expect(await decide(strangers)).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'images', rule: expect.stringContaining('"cat", "boats"') }] },
    });
    expect(await undo('none')).toMatchObject({ status: 404, body: { code: 'decision-unknown' } });
    await shows([CATS, BOATS]);
  });

  test('are collapsed to the best result where a search asks for that', async () => {
    const search = (body: object) => send(`${searched.queryUrl}/v1/search`, json('POST', body));
    const { body } = await search({ imageId: 'canyon', collapseDuplicates: true, mode: 'exact' });
    const found = body.results.map((it: Member & { duplicates: string[] }) => [it.imageId, ...it.duplicates].sort());
    expect(found.sort()).toEqual([BOATS, CATS]);
    expect(body).toMatchObject({ nextCursor: null });
    expect(body.steps.map(({ name }: { name: string }) => name)).toContain('collapse');
    for (const more of [{ cursor: 'x' }, { minMatch: 'same-picture' }]) {
      const refused = await search({ imageId: 'canyon', collapseDuplicates: true, ...more });
      expect(refused).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
    }
  });

  test('do not come back once they are settled, until that is undone', async () => {
    const { body } = await decide({ decision: 'not-a-duplicate', images: await images(...BOATS) });
    expect(body).toMatchObject({ decision: 'not-a-duplicate', removed: [] });
    await shows([CATS]);
    await searched.collection.visible(await searched.collection.patch('boats', { seen: true }));
    await eventually(async () => expect((await get('')).body.waiting).toBe(0), 30_000);
    expect(namesIn(await get(''))).toEqual([CATS]);
    expect(await undo(body.id)).toMatchObject({ status: 200, body: { decision: 'undo', undoes: body.id } });
    await shows([CATS, BOATS]);
    expect(await undo(body.id)).toMatchObject({ status: 409, body: { code: 'decision-undone' } });
    const made = (await get('/decisions?limit=2')).body;
    expect(made.decisions).toMatchObject([
      { decision: 'undo', undoes: body.id, isUndone: false },
      { id: body.id, decision: 'not-a-duplicate', isUndone: true },
    ]);
  });

  test('are no copies of each other for searches and uploads once they are told apart, until that is undone', async () => {
    const copiesOf = async (id: string) => {
      const { body } = await send(`${searched.queryUrl}/v1/images/${encodeURIComponent(id)}/duplicates`);
      return body.results.map((it: Member) => it.imageId);
    };
    expect(await copiesOf('boats')).toEqual(['grey boats']);
    const kept = await decide({ decision: 'keep', images: await images(...BOATS) });
    await shows([CATS]);
    expect(await copiesOf('boats')).toEqual(['grey boats']);
    await undo(kept.body.id);
    await shows([CATS, BOATS]);
    const apart = [...(await images(...BOATS)), ...(await images('cat', 'cat again'))];
    const { body } = await decide({ decision: 'not-a-duplicate', images: apart });
    await shows([['cat', 'small cat']]);
    expect(await copiesOf('boats')).toEqual([]);
    expect(await copiesOf('grey boats')).toEqual([]);
    expect(await copiesOf('cat')).toEqual(['cat again', 'small cat']);
    // By an upload's bytes it is known just as well; the image with its own id is left out.
    const uploaded = () =>
      send(`${searched.collection.path('grey boats')}?check=refuse`, {
        method: 'PUT',
        body: form(['file', greyBoats]),
      });
    expect(await uploaded()).toMatchObject({ status: 202, body: { duplicates: [] } });
    await undo(body.id);
    expect(await uploaded()).toMatchObject({ status: 409, body: { duplicates: [{ imageId: 'boats' }] } });
    await shows([CATS, BOATS]);
    expect(await copiesOf('boats')).toEqual(['grey boats']);
  });

  test('let stay what was decided to be kept, whatever the rule', async () => {
    const { body } = await decide({ decision: 'keep', images: await images('cat again', 'small cat') });
    const shown = groupsIn(await get('')).flatMap(({ members }) => members);
    expect(shown.filter(({ isKept }) => isKept).map(({ imageId }) => imageId)).toEqual(['cat again']);
    const whole = [...(await images('cat')), ...body.kept];
    const proposed = await decide({ decision: 'resolve', images: whole, keep: 'resolution' });
    expect(proposed.body).toMatchObject({ kept: body.kept, removed: [{ imageId: 'cat' }] });
    const nothing = await decide({ decision: 'resolve', images: body.kept, keep: 'bytes', delete: true });
    expect(nothing.body).toMatchObject({ id: null, kept: body.kept, removed: [] });
    await undo(body.id);
    await shows([CATS, BOATS]);
  });

  test('are deleted but for one where that is said, and can be had back', async () => {
    const cats = await images(...CATS);
    const wanted = { decision: 'resolve', images: cats, keep: 'resolution' };
    const proposed = await decide(wanted);
    expect(proposed.body).toMatchObject({ id: null, kept: [{ imageId: 'cat' }], at: null });
    expect(proposed.body.removed.map((it: Member) => it.imageId)).toEqual(['cat again', 'small cat']);
    expect(namesIn(await get(''))).toEqual([CATS, BOATS]);
    const { body } = await decide({ ...wanted, delete: true });
    expect(body).toMatchObject({ kept: proposed.body.kept, removed: proposed.body.removed });
    await shows([BOATS]);
    const gone = await send(`${searched.queryUrl}/v1/images/cat%20again`);
    expect(gone.body).toMatchObject({ state: 'deleted' });
    expect(await decide(wanted)).toMatchObject({ status: 409, body: { code: 'image-changed' } });
    expect(await undo(body.id)).toMatchObject({ status: 200 });
    await shows([CATS, BOATS]);
  });
}
