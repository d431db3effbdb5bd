import { setImmediate as nextTurn } from 'node:timers/promises';
import { LookalikeError, parseImageId } from '#core';
import { addedEvent, deletedEvent, stateOf, updatedEvent, waitUntil } from '#testkit';
import { json, send } from '../ingest/requests.js';
import { QueryServer } from './query-server.js';
import { samplePicture } from './sample-pictures.js';

describe('what became of an image', () => {
  let server: QueryServer;

  beforeEach(async () => {
    server = await new QueryServer().start();
    await server.makeLive();
  });
  afterEach(() => server.stop());

  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${server.url}/v1/images/${path}`, { headers });
  const answer = async (path: string) => (await (await get(path)).json()) as Record<string, unknown>;

  test('a ready image tells of its picture', async () => {
    const cat = await samplePicture('locomotion-house-cat');
    const record = await server.addPicture('a/b', cat, { album: 'pets' });
    const { image, perceptualHash, width, height, version } = record;
    const { uri: _, ...facts } = image;
    expect(await answer('a%2Fb')).toEqual({
      imageId: 'a/b',
      state: 'ready',
      version,
      visibleVersion: version,
      ...facts,
      width,
      height,
      perceptualHash,
      thumbnail: '/v1/images/a%2Fb/thumbnail',
    });
  });

  test('failed, deleted and waiting images say so; unknown ones are 404', async () => {
    const broken = await server.addFailed('broken');
    const gone = await server.addDeleted('gone');
    const waiting = await server.accept(deletedEvent('new'));
    const reason = { code: 'picture-damaged' };
    expect(await answer('broken')).toMatchObject({ state: 'failed', version: broken, reason });
    expect(await answer('gone')).toEqual({ imageId: 'gone', state: 'deleted', version: gone, visibleVersion: gone });
    expect(await answer('new')).toEqual({
      imageId: 'new',
      state: 'waiting',
      version: waiting,
      waiting: { stage: 'embed', ahead: waiting, seconds: expect.any(Number) },
    });
    expect(await answer('none')).toMatchObject({ status: 404, code: 'image-unknown' });
  });

  test('while it waits, an image tells of what was accepted last, and of nothing that was found in other bytes', async () => {
    const cat = await samplePicture('locomotion-house-cat');
    const { uri: _, ...first } = stateOf(cat, { album: 'pets' });
    const version = await server.accept(addedEvent('new', stateOf(cat, { album: 'pets' })));
    const waiting = { stage: 'embed', ahead: expect.any(Number), seconds: expect.any(Number) };
    expect(await answer('new')).toEqual({ imageId: 'new', state: 'waiting', version, waiting, ...first });

    const { version: visibleVersion } = await server.addPicture('cat', cat);
    const { uri: __, ...other } = stateOf(Buffer.from('other'), { album: 'new' });
    const replaced = await server.accept(updatedEvent('cat', stateOf(Buffer.from('other'), { album: 'new' })));
    expect(await answer('cat')).toEqual({
      imageId: 'cat',
      state: 'waiting',
      version: replaced,
      visibleVersion,
      waiting,
      ...other,
    });

    await server.accept(updatedEvent('cat', stateOf(cat, { album: 'pets' })));
    const thumbnail = '/v1/images/cat/thumbnail';
    expect(await answer('cat')).toMatchObject({ state: 'waiting', ...first, width: expect.any(Number), thumbnail });
    const gone = await server.accept(deletedEvent('cat'));
    expect(await answer('cat')).toEqual({ imageId: 'cat', state: 'waiting', version: gone, visibleVersion, waiting });
  });

  test.each([`${'x'.repeat(257)}`, '%0A', '%F0%9F', '%zz'])('%s is no imageId', async (id) => {
    expect((await get(id)).status).toBe(400);
  });

  test.each([
    ['minVersion=x', 'minVersion'],
    ['minVersion=-1', 'minVersion'],
    ['minVersion=1&wait=31', 'wait'],
    ['minVersion=1&wait=', 'wait'],
    ['wait=1', 'wait'],
    ['more=1', 'more'],
  ])('the query %s is refused', async (query, field) => {
    expect(await answer(`a?${query}`)).toMatchObject({
      code: 'invalid-request',
      errors: expect.arrayContaining([expect.objectContaining({ field })]),
    });
  });

  test('waiting for a version ends as soon as it is visible', async () => {
    await server.addFailed('a');
    const version = await server.accept(deletedEvent('a'));
    const asked = jest.spyOn(server.statuses, 'statusOf');
    const waiting = answer(`a?minVersion=${version}&wait=20`);
    await waitUntil('it is asked for again', () => asked.mock.calls.length >= 2);
    await server.apply({ imageId: parseImageId('a'), version, eventTimeMs: 0, state: 'deleted' });
    expect(await waiting).toMatchObject({ state: 'deleted', version, visibleVersion: version });
  });

  test('when the time is up the image is waiting, with what is visible', async () => {
    const version = await server.addFailed('a');
    const known = { state: 'waiting', version, visibleVersion: version };
    expect(await answer(`a?minVersion=${version + 1}&wait=0.1`)).toMatchObject(known);
    expect(await answer(`a?minVersion=${version + 1}`)).toMatchObject(known);
    expect(await answer('none?minVersion=0&wait=0.1')).toMatchObject({ code: 'image-unknown' });
  });

  test('nobody is asked any more when the client has gone, and a stop ends every wait', async () => {
    const asked = jest.spyOn(server.statuses, 'statusOf');
    const client = new AbortController();
    const lost = fetch(`${server.url}/v1/images/a?minVersion=1&wait=30`, { signal: client.signal });
    await waitUntil('a is asked for again', () => asked.mock.calls.length >= 3);
    client.abort();
    await expect(lost).rejects.toThrow('aborted');
    const waiting = get('b?minVersion=1&wait=30');
    await waitUntil('b is asked for', () => asked.mock.calls.some(([id]) => id === 'b'));
    const askedForLost = asked.mock.calls.filter(([id]) => id === 'a').length;
    await server.stop();
    expect((await waiting).status).toBe(404);
    expect(asked.mock.calls.filter(([id]) => id === 'a').length - askedForLost).toBeLessThanOrEqual(1);
  });

  test('while the log is away what became of an image is not known; searches, thumbnails and readiness go on', async () => {
    await server.addPicture('cat', await samplePicture('locomotion-house-cat'));
    await server.addPicture('boats', await samplePicture('nagasaki-boats'));
    jest.spyOn(server.log, 'watermarks').mockRejectedValue(new LookalikeError('log-unavailable', 'away'));
    expect(await answer('cat')).toMatchObject({ status: 503, code: 'log-unavailable', canRetry: true });
    expect((await get('cat/thumbnail')).status).toBe(200);
    const { status, body } = await send(`${server.url}/v1/search`, json('POST', { imageId: 'cat' }));
    expect({ status, found: body.results.map((it: { imageId: string }) => it.imageId) }).toEqual({
      status: 200,
      found: ['boats'],
    });
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
  });

  test('a thumbnail is a WebP that browsers keep by its version', async () => {
    const { version } = await server.addPicture('cat', await samplePicture('locomotion-house-cat'));
    const response = await get(`cat/thumbnail?version=${version}`);
    expect(response.headers.get('content-type')).toBe('image/webp');
    expect(response.headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
    expect(response.headers.get('vary')).toContain('Authorization');
    expect(Buffer.from(await response.arrayBuffer()).toString('latin1', 8, 12)).toBe('WEBP');
    const etag = response.headers.get('etag') ?? '';
    const latest = await get('cat/thumbnail', { 'if-none-match': etag });
    expect(latest.status).toBe(304);
    expect(latest.headers.get('cache-control')).toBe('private, max-age=60');
    expect(latest.headers.get('etag')).toBe(etag);
  });

  test('a thumbnail that was lost is made again from the picture', async () => {
    const bytes = await samplePicture('nagasaki-boats');
    const { thumbnail, version } = await server.addPicture('boats', bytes);
    await server.blobs.put(bytes, { maxBytes: 1_000_000 });
    const before = await (await get('boats/thumbnail')).arrayBuffer();
    await server.blobs.delete(thumbnail);
    const again = await get(`boats/thumbnail?version=${version}`);
    expect(again.status).toBe(200);
    expect(Buffer.from(await again.arrayBuffer()).equals(Buffer.from(before))).toBe(true);
    expect(await server.blobs.stat(thumbnail)).not.toBeNull();
  });

  test('lost thumbnails are made two at a time, each once, however many ask', async () => {
    const names = ['nagasaki-boats', 'locomotion-house-cat', 'black-canyon', 'dust-bowl-home'] as const;
    for (const name of names) {
      const bytes = await samplePicture(name);
      const { thumbnail } = await server.addPicture(name, bytes);
      await server.blobs.put(bytes, { maxBytes: 1_000_000 });
      await server.blobs.delete(thumbnail);
    }
    let asked = 0;
    server.http.on('request', () => asked++);
    let underWay = 0;
    let most = 0;
    const prepared = jest.spyOn(server, 'prepare').mockImplementation(async (bytes) => {
      most = Math.max(most, ++underWay);
      await waitUntil('everybody has asked', () => asked === 3 * names.length);
      // Time for one more to begin, since the ports in memory wait for nothing.
      await nextTurn();
      return server.preparePicture(bytes).finally(() => underWay--);
    });
    const answers = await Promise.all([...names, ...names, ...names].map((name) => get(`${name}/thumbnail`)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(prepared).toHaveBeenCalledTimes(names.length);
    expect(most).toBe(2);
  });

  test('a lost thumbnail of a picture that can no longer be decoded is missing', async () => {
    const bytes = await samplePicture('nagasaki-boats');
    const { thumbnail } = await server.addPicture('boats', bytes);
    await server.blobs.put(bytes, { maxBytes: 1_000_000 });
    await server.blobs.delete(thumbnail);
    jest.spyOn(server, 'prepare').mockRejectedValue(new LookalikeError('picture-damaged', 'No.'));
    expect(await answer('boats/thumbnail')).toMatchObject({ status: 404, code: 'thumbnail-missing', state: 'ready' });
  });

  test('an image without a thumbnail says why, and nothing keeps that answer', async () => {
    const { thumbnail, version } = await server.addPicture('lost', await samplePicture('nagasaki-boats'));
    await server.blobs.delete(thumbnail);
    await server.addFailed('broken');
    await server.accept(addedEvent('new', stateOf(Buffer.from('new'))));
    const lost = await get(`lost/thumbnail?version=${version}`);
    expect(lost.headers.get('cache-control')).toBeNull();
    expect(await lost.json()).toMatchObject({ status: 404, code: 'thumbnail-missing', state: 'ready' });
    expect(await answer('broken/thumbnail')).toMatchObject({ status: 404, code: 'thumbnail-missing', state: 'failed' });
    expect(await answer('new/thumbnail')).toMatchObject({ status: 404, code: 'thumbnail-missing', state: 'waiting' });
    expect(await answer('none/thumbnail')).toMatchObject({ status: 404, code: 'image-unknown' });
  });
});
