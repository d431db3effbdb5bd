import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SHARED_FOLDER } from '#testkit';
import { json, send } from '../ingest/requests.js';
import type { Searched } from './search-kinds.js';

const PHOTOS = [
  ['n02123394_Persian_cat.JPEG', 'Persian cat'],
  ['n01440764_tench.JPEG', 'tench'],
  ['n01496331_electric_ray.JPEG', 'electric ray'],
] as const;

/** Labels from the pictures to the answers, with the shared MobileNet. */
export function labelKinds(start: () => Promise<Searched>): void {
  let searched: Searched;

  beforeAll(async () => {
    searched = await start();
    const { collection } = searched;
    for (const [file, name] of PHOTOS) {
      await collection.visible(await collection.add(name, readFileSync(join(SHARED_FOLDER, 'photos', file))));
    }
  });
  afterAll(() => searched?.close());

  const get = async (path: string, parameters: Readonly<Record<string, string>> = {}) =>
    (await send(`${searched.queryUrl}/v1/${path}?${new URLSearchParams(parameters)}`)).body;
  const tench = { field: 'labels', equals: 'tench' };

  test('of the model come with results that are asked for them, and with images', async () => {
    const search = async (body: object) =>
      (await send(`${searched.queryUrl}/v1/search`, json('POST', { imageId: 'Persian cat', ...body }))).body.results;
    const labels = expect.arrayContaining([{ name: 'tench', probability: expect.any(Number) }]);
    expect(await search({ filter: tench, include: ['labels'] })).toMatchObject([{ imageId: 'tench', labels }]);
    expect((await search({ filter: tench }))[0]).not.toHaveProperty('labels');
    expect(await get('images/tench')).toMatchObject({ state: 'ready', labels });
    expect(await get('images', { filter: JSON.stringify(tench) })).toMatchObject({ images: [{ labels }] });
  });

  test('of the model are filters and a facet', async () => {
    const filter = JSON.stringify({ not: tench });
    const { facets, images } = await get('facets', { fields: 'labels', filter });
    expect(images).toBe(2);
    const values = facets[0].values.map(({ value }: { value: string }) => value);
    expect(values).toEqual(expect.arrayContaining(['Persian cat', 'electric ray']));
    expect(values).not.toContain('tench');
  });
}
