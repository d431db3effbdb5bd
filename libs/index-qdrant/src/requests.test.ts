import { randomUUID } from 'node:crypto';
import type { VectorIndex } from '#core';
import { DEFAULT_QDRANT_SETTINGS, openQdrantIndex } from '#index-qdrant';
import { deleted, describeWithQdrant, HttpRelay, ready, SCHEMA, seededVector } from '#testkit';

/** What the stand-in cannot show is asked of the requests: they are what makes a real server do it. */
describeWithQdrant('the requests to Qdrant', (qdrant) => {
  const prefix = `test-${randomUUID()}`;
  let relay: HttpRelay;
  let index: VectorIndex;
  beforeAll(async () => {
    relay = await HttpRelay.start(qdrant().url);
    const size = { expectedImages: 2_000_000, batchBytes: 4_096 };
    index = openQdrantIndex({ ...DEFAULT_QDRANT_SETTINGS, ...size, url: relay.url, prefix });
  });
  beforeEach(() => {
    relay.requests.length = 0;
  });
  afterAll(async () => {
    await index.close();
    await relay.stop();
    await qdrant().dropCollections(prefix);
  });

  const sent = (method: string, end: string) =>
    relay.requests.filter((it) => it.method === method && it.path.split('?')[0]?.endsWith(end));

  test('make a collection with originals on disk, int8 in memory, and few large segments', async () => {
    const vectors = [
      { name: 'fc', size: 4096, datatype: 'float16', role: 'searched' },
      { name: 'fine', size: 8, datatype: 'float32', role: 'rescored' },
    ] as const;
    await index.createGeneration('large', { ...SCHEMA, vectors });
    expect(sent('PUT', `/collections/${prefix}-large`)[0]?.body).toMatchObject({
      vectors: {
        fc: {
          size: 4096,
          distance: 'Cosine',
          datatype: 'float16',
          on_disk: true,
          hnsw_config: { m: 16, ef_construct: 128 },
          quantization_config: { scalar: { type: 'int8', always_ram: true } },
        },
        fine: { size: 8, distance: 'Cosine', datatype: 'float32', on_disk: true, hnsw_config: { m: 0 } },
        phash: { size: 64, distance: 'Manhattan', datatype: 'uint8', on_disk: true, hnsw_config: { m: 0 } },
      },
      on_disk_payload: true,
      // 2,000,000 × 8 KiB, and half as much again.
      optimizers_config: { default_segment_number: 2, max_segment_size: 24_000_000 },
    });
  });

  test('make a collection with what the generation has of its own, and the rest as the process has it', async () => {
    const own = { 'hnsw-m': 32, 'hnsw-ef-construct': 256, segments: 4 };
    await index.createGeneration('own', { ...SCHEMA, settings: own });
    expect(sent('PUT', `/collections/${prefix}-own`)[0]?.body).toMatchObject({
      vectors: { fc: { hnsw_config: { m: 32, ef_construct: 256 } } },
      shard_number: 1,
      optimizers_config: { default_segment_number: 4 },
    });
    const shared = { shards: 2, 'replication-factor': 3, 'write-consistency-factor': 2 };
    // A server that is no cluster refuses copies, and is asked all the same.
    await index.createGeneration('shared', { ...SCHEMA, settings: shared }).catch(() => undefined);
    expect(sent('PUT', `/collections/${prefix}-shared`)[0]?.body).toMatchObject({
      vectors: { fc: { hnsw_config: { m: 16, ef_construct: 128 } } },
      shard_number: 2,
      replication_factor: 3,
      write_consistency_factor: 2,
    });
  });

  test.each([
    ['hnsw-m', 3, 'a whole number from 4 to 256'],
    ['segments', 1.5, 'a whole number from 1 to 64'],
    ['write-consistency-factor', 2, 'at most the replication-factor, which is 1'],
  ])('are not made for a generation whose %s is %d', async (setting, found, allowed) => {
    const made = index.createGeneration('wrong', { ...SCHEMA, settings: { [setting]: found } });
    await expect(made).rejects.toMatchObject({ code: 'invalid-setting', facts: { setting, allowed, found } });
    expect(relay.requests).toEqual([]);
  });

  const thresholds = (method: string, end: string) =>
    sent(method, end).map(
      ({ body }) => (body as { optimizers_config?: { indexing_threshold?: number } }).optimizers_config,
    );

  test.each([
    ['settle', (name: string) => index.settle(name)],
    ['makeLive', (name: string) => index.makeLive(name)],
  ])('put off graphs until %s, and ask for them once', async (call, begin) => {
    const name = `filled-${call.toLowerCase()}`;
    await index.createGeneration(name, SCHEMA);
    await index.apply(name, [ready('a', 1)]);
    const end = `/collections/${prefix}-${name}`;
    expect(thresholds('PUT', end)).toEqual([expect.objectContaining({ indexing_threshold: 0 })]);
    expect(thresholds('PATCH', end)).toEqual([]);
    await begin(name);
    await index.settle(name);
    await index.makeLive(name);
    expect(thresholds('PATCH', end)).toEqual([{ indexing_threshold: 10_000 }]);
    const order = relay.requests.filter((it) => ['PATCH', 'POST'].includes(it.method)).map((it) => it.path);
    expect(order.findIndex((it) => it.endsWith('/aliases'))).toBeGreaterThan(order.indexOf(end));
  });

  test('do not make a generation live whose graphs could not be asked for, and ask again', async () => {
    await index.createGeneration('unasked', SCHEMA);
    relay.fault = ({ method }) => (method === 'PATCH' ? { status: 400 } : 'pass');
    await expect(index.makeLive('unasked')).rejects.toMatchObject({ code: 'internal' });
    expect(sent('POST', '/aliases')).toEqual([]);
    relay.fault = () => 'pass';
    await index.makeLive('unasked');
    expect(sent('PATCH', `/collections/${prefix}-unasked`)).toHaveLength(2);
    expect(sent('POST', '/aliases')).toHaveLength(1);
  });

  test('leave a threshold that an operator has set', async () => {
    await index.createGeneration('tuned', SCHEMA);
    await fetch(`${qdrant().url}/collections/${prefix}-tuned`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ optimizers_config: { indexing_threshold: 50_000 } }),
    });
    await index.settle('tuned');
    expect(sent('PATCH', `/collections/${prefix}-tuned`)).toEqual([]);
  });

  test('make the payload indexes before the first point', async () => {
    await index.createGeneration('one', SCHEMA);
    await index.apply('one', [ready('a', 1)]);
    const writes = relay.requests.filter((it) => it.method === 'PUT').map((it) => it.path.split('?')[0]);
    const last = writes.length - 1;
    expect(writes.indexOf(`/collections/${prefix}-one/points`)).toBe(last);
    const types = sent('PUT', '/index').map((it) => {
      const { field_name, field_schema } = it.body as { field_name: string; field_schema: { type: string } };
      return `${field_name} ${field_schema.type}`;
    });
    expect(types.sort()).toEqual(
      [
        ...['version integer', 'state keyword', 'imageId keyword', 'has keyword'],
        // Fields: eventTime, height, labels, mediaType, sizeBytes, width.
        ...['a0 float', 'a1 float', 'a2 keyword', 'p2 keyword', 'a3 keyword', 'p3 keyword', 'a4 float', 'a5 float'],
        // Attributes: Title, colour, shot.year, tags, taken, title, width.
        ...['a6 keyword', 'p6 keyword', 'a7 bool', 'a8 float', 'a9 keyword', 'p9 keyword', 'a10 float'],
        ...['a11 keyword', 'p11 keyword', 'a12 keyword', 'p12 keyword'],
      ].sort(),
    );
  });

  test('make payload indexes that a crash left out, before the first point of the next process', async () => {
    relay.fault = ({ path }) => (path.includes('/index') ? { status: 400 } : 'pass');
    await expect(index.createGeneration('half', SCHEMA)).rejects.toMatchObject({ code: 'internal' });
    relay.fault = () => 'pass';
    relay.requests.length = 0;
    const next = openQdrantIndex({ ...DEFAULT_QDRANT_SETTINGS, url: relay.url, prefix });
    await next.apply('half', [ready('a', 1)]);
    await next.apply('half', [ready('a', 2)]);
    expect(sent('PUT', '/index')).toHaveLength(23);
    expect(relay.requests.at(-1)?.path).toMatch(/points\?wait=true$/);
    await next.close();
  });

  test('are not repeated for a generation of a format that only a later version knows', async () => {
    const note = { format: 2, prefix, generation: 'later', schema: SCHEMA, madeBy: randomUUID() };
    const made = await fetch(`${qdrant().url}/collections/${prefix}-later`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ vectors: { size: 4, distance: 'Cosine' }, metadata: { lookalike: note } }),
    });
    expect(made.status).toBe(200);
    const unreadable = { code: 'index-damaged', canRetry: false, facts: { generation: 'later', format: 2 } };
    await expect(index.apply('later', [ready('a', 1)])).rejects.toMatchObject(unreadable);
    expect(sent('GET', `/collections/${prefix}-later`)).toHaveLength(1);
    await fetch(`${qdrant().url}/collections/${prefix}-later`, { method: 'DELETE' });
  });

  test('write guarded, waiting, and no more bytes at once than the setting says', async () => {
    const records = Array.from({ length: 40 }, (_, at) => ready(`i${at}`, at + 1));
    await index.apply('one', [...records, deleted('gone', 7)]);
    const writes = sent('PUT', '/points');
    expect(writes.length).toBeGreaterThan(5);
    for (const { path, sizeBytes, body } of writes) {
      expect(path).toMatch(/\?wait=true$/);
      expect(sizeBytes).toBeLessThanOrEqual(4_096);
      const { points, update_filter } = body as { points: WrittenPoint[]; update_filter: { should: unknown[] } };
      const guard = points.map(({ id, payload: { version } }) => {
        const isOlder = { key: 'version', range: { lt: version } };
        const hasFailed = { key: 'state', match: { value: 'failed' } };
        const loses = { should: [isOlder, { must: [{ key: 'version', range: { lte: version } }, hasFailed] }] };
        return { must: [{ has_id: [id] }, loses] };
      });
      expect(JSON.stringify(update_filter)).toBe(JSON.stringify({ should: guard }));
    }
    const gone = writes.flatMap((it) => (it.body as { points: WrittenPoint[] }).points).at(-1);
    expect(gone?.payload).toMatchObject({ imageId: 'gone', version: 7, state: 'deleted' });
    expect(Object.keys(gone?.vector ?? { any: 1 })).toEqual([]);
  });

  test('do not send again what the index has', async () => {
    const records = Array.from({ length: 5 }, (_, at) => ready(`i${at}`, at + 1));
    expect(await index.apply('one', records)).toEqual({ applied: 0, stale: 5 });
    expect(sent('PUT', '/points')).toEqual([]);
  });

  test('search with rescoring and oversampling, and later stages over its candidates by the originals', async () => {
    const stages = [
      { vector: 'fc', query: seededVector(1), limit: 20, ef: 200, oversampling: 3 },
      { vector: 'fine', query: seededVector(2, 8), limit: 5 },
    ] as const;
    await index.search({ generation: 'one', stages, filter: { attribute: 'colour', equals: true } });
    expect(relay.requests).toHaveLength(1);
    expect(relay.requests[0]?.body).toMatchObject({
      prefetch: [
        { using: 'fc', limit: 20, params: { hnsw_ef: 200, quantization: { rescore: true, oversampling: 3 } } },
      ],
      using: 'fine',
      limit: 5,
      params: { exact: true, quantization: { ignore: true } },
      filter: {
        must: [
          { key: 'state', match: { value: 'ready' } },
          { key: 'a7', match: { value: true } },
        ],
      },
    });
  });

  test('search exactly by the originals', async () => {
    await index.search({
      generation: 'one',
      stages: [{ vector: 'fc', query: seededVector(1), limit: 3, exact: true }],
    });
    expect(relay.requests[0]?.body).toMatchObject({ params: { exact: true, quantization: { ignore: true } } });
  });

  test('ask for the live generation in one small request', async () => {
    await index.makeLive('one');
    relay.requests.length = 0;
    expect((await index.live())?.name).toBe('one');
    await index.search({ stages: [{ vector: 'fc', query: seededVector(1), limit: 3 }] });
    expect(relay.requests.map((it) => it.path)).toEqual(['/aliases', '/aliases', expect.stringMatching(/query$/)]);
  });

  test('read vectors in pages of about the size of a write', async () => {
    const seen: number[] = [];
    for await (const batch of index.scan({ generation: 'one', withVectors: true })) seen.push(batch.length);
    expect(Math.max(...seen)).toBeLessThan(12);
    // The first test's image, forty, and the deleted one.
    expect(seen.reduce((sum, it) => sum + it, 0)).toBe(42);
  });
});

interface WrittenPoint {
  readonly id: string;
  readonly payload: { readonly version: number };
  readonly vector: Record<string, unknown>;
}
