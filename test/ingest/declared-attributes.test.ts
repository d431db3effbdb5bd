import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256Of } from '#testkit';
import { type IngestServer, startIngest } from './ingest-server.js';
import { form, json, NDJSON, PHOTO, send } from './requests.js';

const BLOB = `blob:${sha256Of(PHOTO)}`;
const DECLARED = 'album:string,year:number,public:boolean,tags:strings,taken:date';

describe('attributes that were declared', () => {
  let server: IngestServer;
  beforeEach(async () => {
    server = await startIngest({ env: { LOOKALIKE_ATTRIBUTES: DECLARED } });
    await server.blobs.put(PHOTO, { maxBytes: PHOTO.length });
  });
  afterEach(() => server.close());

  const images = () => `${server.url}/v1/images`;
  const written = async () =>
    (await server.events()).map(({ event }) => (event.kind === 'deleted' ? null : event.state.attributes));

  test('are taken with their types, and others with any', async () => {
    const attributes = {
      album: 'zoo',
      year: 1999.5,
      public: false,
      tags: [],
      taken: '2026-01-31T08:00:00+01:00',
      x: 7,
    };
    expect(await send(images(), json('POST', { uri: BLOB, attributes }))).toMatchObject({ status: 202 });
    expect(await written()).toEqual([attributes]);
  });

  test.each<[object, string]>([
    [{ album: 7 }, 'album'],
    [{ year: '1999' }, 'year'],
    [{ public: 'true' }, 'public'],
    [{ tags: 'sea' }, 'tags'],
    [{ taken: 'yesterday' }, 'taken'],
    [{ taken: '2026-02-30' }, 'taken'],
    [{ taken: 1_769_846_400_000 }, 'taken'],
  ])('%j is refused, however it comes', async (attributes, name) => {
    const bulk = await fetch(`${images()}/bulk`, {
      method: 'POST',
      headers: NDJSON,
      body: JSON.stringify({ imageId: 'a', uri: BLOB, attributes }),
    });
    const parts = form(['attributes', JSON.stringify(attributes)], ['file', PHOTO]);
    const refused = [
      (await send(images(), json('POST', { uri: BLOB, attributes }))).body,
      (await send(`${images()}/a`, json('PUT', { uri: BLOB, attributes }))).body,
      (await send(images(), { method: 'POST', body: parts })).body,
      (JSON.parse(await bulk.text()) as { problem: object }).problem,
    ];
    for (const problem of refused) {
      expect(problem).toMatchObject({ code: 'invalid-attributes', errors: [{ field: `attributes.${name}` }] });
    }
    expect(await written()).toEqual([]);
  });

  test('may stay what they were when others are patched', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'declared-'));
    const earlier = await startIngest({ folder });
    await earlier.blobs.put(PHOTO, { maxBytes: PHOTO.length });
    await send(`${earlier.url}/v1/images/a`, json('PUT', { uri: BLOB, attributes: { year: 'MCMXCIX' } }));
    await earlier.close();
    const later = await startIngest({ folder, env: { LOOKALIKE_ATTRIBUTES: DECLARED } });
    const patch = (attributes: object) => send(`${later.url}/v1/images/a`, json('PATCH', { attributes }));
    expect((await patch({ album: 'zoo' })).status).toBe(202);
    expect((await patch({ year: 'MM' })).body).toMatchObject({ code: 'invalid-attributes' });
    expect((await patch({ year: null })).status).toBe(202);
    await later.close();
    await rm(folder, { recursive: true });
  });
});
