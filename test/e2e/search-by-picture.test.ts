import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Of } from '#testkit';
import { type Accepted, Collection, idsOf } from './collection.js';
import { SHARED } from './encoders.js';
import { describeWithSharedPhotos, type Photo, passedOn, sharedPhotos } from './photos.js';
import { type ServerProcess, Workplace } from './server-process.js';

jest.setTimeout(120_000);

describeWithSharedPhotos('a collection of real photos', () => {
  const workplace = new Workplace(SHARED);
  const collection = new Collection(() => server.url);
  let server: ServerProcess;
  let all: Photo[];

  beforeAll(async () => {
    server = await workplace.start();
    all = sharedPhotos(0, 30);
    const added = await collection.addAll(all.map(({ name, bytes }) => [name, bytes]));
    for (const it of added) expect(await collection.visible(it)).toMatchObject({ state: 'ready' });
  });
  afterAll(() => workplace.remove());

  const photo = (at: number) => all[at] as Photo;

  test('is searched by a cropped, shrunk and recompressed copy: the original comes first', async () => {
    for (const { name, bytes } of all) {
      const answer = await collection.search(await passedOn(bytes), 3);
      expect(idsOf(answer)[0]).toBe(name);
      expect(answer.results.map(({ score }) => score)).toEqual(
        answer.results.map(({ score }) => score).sort((a, b) => b - a),
      );
    }
  });

  test('is searched by the very same picture, at a score of 1', async () => {
    const { results } = await collection.search(photo(3).bytes, 1);
    expect(results).toMatchObject([{ imageId: photo(3).name, attributes: {} }]);
    expect(results[0]?.score).toBeCloseTo(1, 3);
  });

  test('is searched by an id, which is left out itself', async () => {
    const ids = idsOf(await collection.search(photo(5).name, 29));
    expect(ids.sort()).toEqual(
      all
        .map(({ name }) => name)
        .filter((name) => name !== photo(5).name)
        .sort(),
    );
  });

  test('answers say which encoder, generation and mode made them', async () => {
    const status = await collection.status();
    const answer = await collection.search(photo(0).bytes);
    expect(answer).toMatchObject({
      encoder: { name: 'vgg16-int8-fc2', fingerprint: status.encoder.fingerprint, trained: false },
      generation: status.generation,
      mode: 'balanced',
    });
    expect(answer.tookMs).toBeGreaterThan(0);
    expect(answer.results).toHaveLength(10);
  });

  test('shows a thumbnail of each result', async () => {
    const [first] = (await collection.search(photo(7).bytes, 1)).results;
    const response = await fetch(`${server.url}${first?.thumbnail}`);
    expect(response.headers.get('content-type')).toBe('image/webp');
    expect(idsOf(await collection.search(Buffer.from(await response.arrayBuffer()), 1))).toEqual([photo(7).name]);
  });

  test('new attributes are seen without looking at the picture again', async () => {
    const { name, bytes } = photo(9);
    const before = await collection.patch(name, { title: 'a photo', colour: 'red' });
    expect(await collection.visible(before)).toMatchObject({ state: 'ready' });
    // Were the picture needed, its absence would make the image fail.
    removeBlob(sha256Of(bytes));
    const change = await collection.patch(name, { title: null, colour: 'green' });
    expect(await collection.visible(change)).toMatchObject({ state: 'ready', attributes: { colour: 'green' } });
    const { results } = await collection.search(bytes, 1);
    expect(results).toMatchObject([{ imageId: name, version: change.version, attributes: { colour: 'green' } }]);
    expect(results[0]?.attributes).not.toHaveProperty('title');
  });

  test('a deleted image is found no more and says so, until it is added again', async () => {
    const { name, bytes } = photo(11);
    expect(await collection.visible(await collection.delete(name))).toMatchObject({ state: 'deleted' });
    expect(idsOf(await collection.search(bytes, 100))).not.toContain(name);
    expect(await collection.trySearch(name)).toMatchObject({
      status: 409,
      body: { code: 'image-not-searchable', state: 'deleted' },
    });
    expect((await collection.image(name)).body.state).toBe('deleted');
    expect(await collection.visible(await collection.add(name, bytes))).toMatchObject({ state: 'ready' });
    expect(idsOf(await collection.search(bytes, 1))).toEqual([name]);
  });

  test('a replaced picture is found by the new one and not by the old one', async () => {
    const [before, after] = [photo(13), sharedPhotos(30, 31)[0] as Photo];
    const replaced: Accepted = await collection.add(before.name, after.bytes);
    expect(await collection.visible(replaced)).toMatchObject({ state: 'ready', sha256: sha256Of(after.bytes) });
    expect(idsOf(await collection.search(after.bytes, 1))).toEqual([before.name]);
    expect(idsOf(await collection.search(before.bytes, 1))).not.toEqual([before.name]);
  });

  function removeBlob(hash: string): void {
    const blobs = workplace.path('data/blobs');
    const file = readdirSync(blobs, { recursive: true, encoding: 'utf8' }).find((it) => it.endsWith(hash));
    rmSync(join(blobs, file ?? 'not there'));
  }
});
