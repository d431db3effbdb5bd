import { IMAGE_EVENTS_TOPIC, imageVectorsTopic, parseImageId, projectionTopic } from '#core';
import { addedEvent, deletedEvent, eventually, MemoryVectorIndex, plainPicture, stateOf } from '#testkit';
import { SHIPPED_MANIFESTS } from '#vision';
import { json, send } from '../ingest/requests.js';
import { EmbedderServer } from './embedder-server.js';

const CAT = plainPicture('cat');

describe('/v1/reindex', () => {
  let server: EmbedderServer;
  let index: MemoryVectorIndex;
  beforeEach(async () => {
    index = new MemoryVectorIndex();
    server = await new EmbedderServer(index).start();
    await server.blobs.put(CAT, { maxBytes: 1000 });
    await server.log.append(IMAGE_EVENTS_TOPIC, [addedEvent('cat', stateOf(CAT)), deletedEvent('gone')]);
    await eventually(async () => expect((await status()).live.images).toEqual({ ready: 1, failed: 0, deleted: 1 }));
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await server.stop();
  });

  const status = async () => (await send(`${server.url}/v1/reindex`)).body;
  const post = (path: string, body: unknown = {}) => send(`${server.url}/v1/reindex${path}`, json('POST', body));
  const phase = async (wanted: string) => eventually(async () => expect((await status()).next?.phase).toBe(wanted));
  const isLive = async (name: string) => eventually(async () => expect((await index.live())?.name).toBe(name));

  test('a new generation is filled beside the live one, verified, switched to, and stepped back from', async () => {
    const { live } = await status();
    const started = await post('', {});
    expect([started.status, started.body.next.source, started.body.previous]).toEqual([202, 'vectors', null]);
    const next = started.body.next.generation;
    await phase('verified');
    expect((await status()).next).toMatchObject({
      generation: next,
      done: 2,
      total: 2,
      lag: 0,
      images: { ready: 1, failed: 0, deleted: 1 },
      report: { passed: true },
    });
    expect((await index.live())?.name).toBe(live.generation);
    expect((await post('/switch')).status).toBe(202);
    await isLive(next);
    // Both are fed: what is deleted now stays so after the step back.
    await server.log.append(IMAGE_EVENTS_TOPIC, [deletedEvent('cat')]);
    expect((await post('/rollback')).status).toBe(202);
    await isLive(live.generation);
    await eventually(async () => expect(await index.count()).toEqual({ ready: 0, failed: 0, deleted: 2 }));
    expect((await status()).previous.generation).toBe(next);
    expect((await post('/drop')).body.previous).toBeNull();
    await eventually(async () => expect(await index.generations()).toHaveLength(1));
  });

  test('searches a projection where the profile is lean, fitted to the vectors of the log, and goes back to the vectors', async () => {
    const plan = await post('/plan', { profile: 'lean', components: 64 });
    expect(plan.body).toMatchObject({
      profile: { kind: 'lean', components: 64 },
      live: { profile: { kind: 'literal' } },
    });
    expect(plan.body.memoryBytes).toBe(64 + 200);
    expect(plan.body.live.memoryBytes).toBe(192 + 200);
    const started = await post('', { profile: 'lean', components: 64, switchWhenVerified: true });
    const lean = started.body.next.generation;
    await isLive(lean);
    const { fitted, profile, report } = (await status()).live;
    expect(profile).toEqual({ kind: 'lean', components: 64 });
    expect(fitted).toEqual([{ name: 'fc-coarse', digest: expect.any(String), explained: 0, sampled: 1 }]);
    expect(report.checks.find((it: { name: string }) => it.name === 'recall').facts.recall).toBe(1);
    expect((await index.fetch([parseImageId('cat')], { withVectors: true }))[0]).toMatchObject({
      vectors: { 'fc-coarse': { length: 64 }, fc: { length: 192 } },
    });
    expect(await server.log.topicId(projectionTopic(lean))).toBeDefined();
    await post('/drop');
    await eventually(async () => expect(await index.generations()).toHaveLength(1));
    // With what it was before, unless another is named: the projection is the same one, and kept for it.
    const second = await post('', { switchWhenVerified: true });
    expect(second.body.next).toMatchObject({ profile: { kind: 'lean', components: 64 }, fitted: [] });
    await isLive(second.body.next.generation);
    await post('/drop');
    await eventually(async () => expect(await index.generations()).toHaveLength(1));
    expect(await server.log.topicId(projectionTopic(lean))).toBeDefined();
    const literal = await post('', { profile: 'literal', switchWhenVerified: true });
    await isLive(literal.body.next.generation);
    await post('/drop');
    await eventually(async () => expect((await status()).previous).toBeNull());
    await eventually(() =>
      expect(server.log.topicId(projectionTopic(lean))).rejects.toMatchObject({ code: 'topic-unknown' }),
    );
  });

  test.each<[string, object, string]>([
    ['of an unknown profile', { profile: 'tiny' }, 'profile'],
    ['with too few components', { profile: 'lean', components: 63 }, 'components'],
    ['with too many components', { profile: 'lean', components: 1025 }, 'components'],
    ['with more components than half of the vector', { profile: 'lean', components: 97 }, 'components'],
    ['with components of another profile', { profile: 'literal', components: 64 }, 'components'],
    [
      'that is lean before the vectors are there',
      { profile: 'lean', encoder: SHIPPED_MANIFESTS['vgg16-fc1'] },
      'profile',
    ],
  ])('one %s is refused', async (_, body, field) => {
    const refused = await post('', body);
    expect(refused).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
    expect(JSON.stringify(refused.body)).toContain(field);
  });

  test('is switched to by itself where that was asked for', async () => {
    const { body } = await post('', { switchWhenVerified: true });
    await isLive(body.next.generation);
  });

  test('one at a time; and another only when none is kept', async () => {
    const first = await post('');
    expect(await post('')).toMatchObject({ status: 409, body: { code: 'reindex-under-way' } });
    await phase('verified');
    await post('/switch');
    await isLive(first.body.next.generation);
    expect(await post('')).toMatchObject({ status: 409, body: { code: 'generation-kept' } });
    expect(await post('/plan')).toMatchObject({ status: 409, body: { code: 'generation-kept' } });
  });

  test('two at once: one is under way, the other is told so', async () => {
    const answers = await Promise.all([post(''), post('')]);
    expect(answers.map((it) => it.status).sort()).toEqual([202, 409]);
  });

  test('is paused, goes on, and is cancelled', async () => {
    await post('');
    expect((await post('/pause')).body.next.phase).toBe('paused');
    await server.log.append(IMAGE_EVENTS_TOPIC, [deletedEvent('cat')]);
    await eventually(async () => expect((await status()).live.images.deleted).toBe(2));
    expect((await status()).next.phase).toBe('paused');
    await post('/resume');
    await phase('verified');
    expect((await status()).next.images.deleted).toBe(2);
    expect((await post('/cancel')).body.next).toBeNull();
    await eventually(async () => expect(await index.generations()).toHaveLength(1));
  });

  test('is not switched to before it is verified, unless somebody insists', async () => {
    jest.spyOn(index, 'settle').mockRejectedValue(new Error('the graph is not built'));
    const { body } = await post('');
    expect(await post('/switch')).toMatchObject({ status: 409, body: { code: 'not-verified' } });
    expect(await post('/switch', { force: true })).toMatchObject({ status: 409, body: { code: 'not-verified' } });
    await eventually(async () => expect((await status()).next.fault).toMatchObject({ code: 'internal' }));
    jest.restoreAllMocks();
    await phase('verified');
    await post('/switch', { force: true });
    await isLive(body.next.generation);
  });

  test('says what it would cost, and starts nothing', async () => {
    const { status: code, body } = await post('/plan');
    expect(code).toBe(200);
    expect(body).toMatchObject({
      source: 'vectors',
      images: 1,
      toEmbed: 0,
      picturesPerSecond: null,
      embedSeconds: null,
    });
    expect(body.memoryBytes).toBeGreaterThan(0);
    jest.spyOn(index, 'generations').mockResolvedValue([]);
    expect(await post('/plan')).toMatchObject({ status: 200, body: { images: null, toEmbed: 0, diskBytes: null } });
    jest.restoreAllMocks();
    expect((await status()).next).toBeNull();
  });

  test('vectors that are used are not dropped, nor are those that nobody knows', async () => {
    const { live, unusedVectors } = await status();
    expect(unusedVectors).toEqual([]);
    const { fingerprint } = live.encoder;
    expect(await post('/drop-vectors', { fingerprint })).toMatchObject({
      status: 409,
      body: { code: 'vectors-in-use', generations: [live.generation] },
    });
    const unknown = { status: 404, body: { code: 'vectors-unknown' } };
    expect(await post('/drop-vectors', { fingerprint: '0'.repeat(16) })).toMatchObject(unknown);
    expect(await post('/drop-vectors')).toMatchObject({ status: 400, body: { errors: [{ field: 'fingerprint' }] } });
  });

  test('vectors that no generation uses any more are told, and dropped', async () => {
    const { body } = await post('', { encoder: 'vgg16-pooled' });
    const { name, fingerprint } = body.next.encoder;
    await post('/cancel');
    const kept = { encoder: { name, fingerprint }, isBeingDropped: false };
    await eventually(async () => expect((await status()).unusedVectors).toEqual([kept]));
    const asked = await post('/drop-vectors', { fingerprint });
    expect(asked).toMatchObject({ status: 202, body: { live: { generation: body.live.generation } } });
    await eventually(async () => expect((await status()).unusedVectors).toEqual([]));
    const topic = imageVectorsTopic(fingerprint);
    await expect(server.log.watermarks(topic)).rejects.toMatchObject({ code: 'topic-unknown' });
  });

  test('one whose generation the index loses is given up, which is told until another begins', async () => {
    const { body } = await post('', { encoder: 'vgg16-pooled' });
    const { generation } = body.next;
    await eventually(async () => expect(await index.generations()).toHaveLength(2));
    await post('/pause');
    await index.dropGeneration(generation);
    await eventually(async () =>
      expect(await status()).toMatchObject({ next: null, givenUp: { generation, reason: 'The index has lost it.' } }),
    );
    expect((await post('')).body).toMatchObject({ givenUp: null });
    await post('/cancel');
    await eventually(async () => expect(await index.generations()).toHaveLength(1));
  });

  test('what is built waits for an encoder that does not start; the live one goes on', async () => {
    const { body } = await post('', { encoder: 'vgg16-pooled' });
    expect(body.next).toMatchObject({ source: 'events', encoder: { name: 'vgg16-pooled' }, phase: 'creating' });
    await eventually(async () => expect((await status()).next.fault).toMatchObject({ code: 'encoder-mismatch' }));
    await server.log.append(IMAGE_EVENTS_TOPIC, [deletedEvent('cat')]);
    await eventually(async () => expect((await status()).live.images.deleted).toBe(2));
    expect((await send(`${server.url}/health/ready`)).status).toBe(200);
    await post('/cancel');
    await eventually(async () => expect(await index.generations()).toHaveLength(1));
  });

  test.each([
    [{ encoder: 'vgg19' }, 'encoder', 'one of vgg16-fc2'],
    [{ encoder: 3 }, 'encoder', ''],
    [{ encoder: { ...SHIPPED_MANIFESTS['vgg16-fc2'], layer: 'fc9' } }, 'encoder.layer', ''],
    [{ settings: { 'hnsw-m': 'many' } }, 'settings.hnsw-m', 'a number'],
    [{ settings: { 'hnsw-m': 1 } }, 'settings.hnsw-m', 'from 4 to 128'],
    [{ settings: { speed: 1 } }, 'settings.speed', 'one of hnsw-m'],
    [{ settings: 'hnsw-m=8' }, 'settings', ''],
    [{ switchWhenVerified: 'yes' }, 'switchWhenVerified', ''],
    [{ swich: true }, 'swich', ''],
  ])('refuses %j by the name of the field', async (body, field, rule) => {
    const answer = await post('', body);
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid-request']);
    expect(answer.body.errors).toEqual([
      { field: expect.stringContaining(field), rule: expect.stringContaining(rule) },
    ]);
    expect((await status()).next).toBeNull();
  });

  test.each(['pause', 'resume', 'cancel', 'verify', 'switch', 'rollback', 'drop'])(
    'there is nothing to %s',
    async (action) => {
      expect(await post(`/${action}`)).toMatchObject({ status: 404, body: { code: 'generation-unknown' } });
    },
  );
});
