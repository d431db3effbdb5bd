import { randomUUID } from 'node:crypto';
import type { VectorIndex } from '#core';
import { DEFAULT_QDRANT_SETTINGS, openQdrantIndex, type QdrantSettings } from '#index-qdrant';
import {
  describeWithQdrant,
  freePort,
  HttpRelay,
  idOf,
  type RelayedRequest,
  type RelayFault,
  ready,
  SCHEMA,
  seededVector,
} from '#testkit';

const UNAVAILABLE = { code: 'index-unavailable', canRetry: true };
const QUICK = { requestTimeoutMs: 500, retries: 2 };

describeWithQdrant('when Qdrant fails', (qdrant) => {
  const prefix = `test-${randomUUID()}`;
  let relay: HttpRelay;
  let index: VectorIndex;
  const open = (more: Partial<QdrantSettings> = {}) =>
    openQdrantIndex({ ...DEFAULT_QDRANT_SETTINGS, ...QUICK, url: relay.url, prefix, ...more });
  beforeEach(async () => {
    relay = await HttpRelay.start(qdrant().url);
    index = open();
    await index.createGeneration('one', SCHEMA);
    await index.apply('one', [ready('a', 1)]);
    relay.requests.length = 0;
  });
  afterEach(async () => {
    await index.close();
    await relay.stop();
    await qdrant().dropCollections(prefix);
  });

  const search = () =>
    index.search({ generation: 'one', stages: [{ vector: 'fc', query: seededVector(1), limit: 3 }] });
  const isWrite = ({ method, path }: RelayedRequest) => method === 'PUT' && /\/points\?/.test(path);
  const stored = async () => (await index.fetch(['a', 'b'].map(idOf), { generation: 'one' })).map((it) => it.version);

  const faults: [string, RelayFault][] = [
    ['answers 500', { status: 500, body: '{"status":{"error":"no space left on device"}}' }],
    ['answers 503 without JSON', { status: 503, body: 'Service Unavailable' }],
    ['answers 429', { status: 429 }],
    ['answers with half of a JSON', { status: 200, body: '{"result": {"po' }],
    ['answers with something else', { status: 200, body: '"hello"' }],
    ['hangs', 'hang'],
    ['cuts the connection', 'cut'],
    ['cuts the connection instead of answering', 'cut-answer'],
  ];

  test.each(faults)('and %s once, nobody notices', async (_, fault) => {
    const broken = new Set<string>();
    relay.fault = ({ path }) => {
      const isFirst = !broken.has(path);
      broken.add(path);
      return isFirst ? fault : 'pass';
    };
    expect(await index.apply('one', [ready('a', 2), ready('b', 1)])).toEqual({ applied: 2, stale: 0 });
    expect((await search()).hits).toHaveLength(2);
    expect(await index.count({ generation: 'one' })).toEqual({ ready: 2, failed: 0, deleted: 0 });
  });

  test.each(faults)('and %s for good, calls say so after a few tries', async (_, fault) => {
    relay.fault = () => fault;
    await expect(search()).rejects.toMatchObject(UNAVAILABLE);
    expect(relay.requests).toHaveLength(3);
    await expect(index.apply('one', [ready('a', 2)])).rejects.toMatchObject(UNAVAILABLE);
    relay.fault = (request) => (isWrite(request) ? fault : 'pass');
    await expect(index.apply('one', [ready('a', 3)])).rejects.toMatchObject(UNAVAILABLE);
    relay.fault = () => 'pass';
    // Repeating gives the wanted state, whether or not the server had it.
    await index.apply('one', [ready('a', 3)]);
    expect(await stored()).toEqual([3]);
  });

  test('and does not finish a write in time, nothing is reported applied', async () => {
    const unfinished = { status: 200, body: '{"result":{"operation_id":1,"status":"wait_timeout"}}' };
    relay.fault = (request) => (isWrite(request) ? unfinished : 'pass');
    await expect(index.apply('one', [ready('a', 2)])).rejects.toMatchObject(UNAVAILABLE);
    expect(await stored()).toEqual([1]);
  });

  test('in the middle of a large call, the other records are whole, and a repeat completes it', async () => {
    const small = open({ batchBytes: 8_192 });
    const records = Array.from({ length: 100 }, (_, at) => ready(`i${at}`, 1, { seed: at }));
    let writes = 0;
    relay.fault = (request) => (isWrite(request) && ++writes > 3 ? { status: 500 } : 'pass');
    await expect(small.apply('one', records)).rejects.toMatchObject(UNAVAILABLE);
    relay.fault = () => 'pass';
    const { ready: there } = await small.count({ generation: 'one' });
    expect(there).toBeGreaterThan(1);
    expect(there).toBeLessThan(101);
    expect(await small.apply('one', records)).toEqual({ applied: 101 - there, stale: there - 1 });
    await small.close();
  });

  test('its refusals are not repeated, and keep what it said', async () => {
    relay.fault = () => ({ status: 400, body: '{"status":{"error":"Wrong input: something"}}' });
    await expect(search()).rejects.toMatchObject({
      code: 'internal',
      canRetry: false,
      cause: { message: 'Wrong input: something' },
    });
    expect(relay.requests).toHaveLength(1);
  });

  test('and the answer to making a generation is lost, it is made once', async () => {
    let cut = false;
    relay.fault = ({ method, path }) => {
      if (cut || method !== 'PUT' || !path.endsWith('-two')) return 'pass';
      cut = true;
      return 'cut-answer';
    };
    await index.createGeneration('two', SCHEMA);
    expect(cut).toBe(true);
    await expect(index.createGeneration('two', SCHEMA)).rejects.toMatchObject({ code: 'generation-exists' });
  });

  test('and the live generation is switched and dropped under a search, the search goes on in the new one', async () => {
    await index.createGeneration('two', SCHEMA);
    await index.makeLive('one');
    const other = open({ url: qdrant().url });
    let isSwitched = false;
    await search();
    relay.fault = ({ path }) => (path.endsWith('/query') && !isSwitched ? 'hang' : 'pass');
    const answer = index.search({ stages: [{ vector: 'fc', query: seededVector(1), limit: 3 }] });
    await other.makeLive('two');
    await other.dropGeneration('one');
    isSwitched = true;
    expect((await answer).generation).toBe('two');
    await expect(search()).rejects.toMatchObject({ code: 'generation-unknown' });
    await other.close();
  });

  test('a generation that never settles is given up', async () => {
    const impatient = open({ settleLimitMs: 200 });
    await impatient.settle('one');
    const config = { optimizer_config: { indexing_threshold: 10_000 } };
    const busy = { status: 'yellow', optimizer_status: 'ok', config };
    relay.fault = ({ method }) => (method === 'GET' ? { status: 200, body: JSON.stringify({ result: busy }) } : 'pass');
    await expect(impatient.settle('one')).rejects.toMatchObject({ ...UNAVAILABLE, facts: { status: 'yellow' } });
    relay.fault = () => 'pass';
    await impatient.settle('one');
    await impatient.close();
  });

  test('and a closed index says so', async () => {
    await index.close();
    await expect(search()).rejects.toMatchObject(UNAVAILABLE);
    expect(relay.requests).toEqual([]);
  });

  test.each([
    ['1.16.9', false],
    ['1.17.0', true],
    ['1.20.1', true],
    ['2.0.0', true],
    ['0.11.0', false],
  ])('a server %s is taken: %s', async (version, isTaken) => {
    relay.fault = ({ path }) =>
      path === '/' ? { status: 200, body: JSON.stringify({ title: 'q', version }) } : 'pass';
    const opening = open().check();
    if (isTaken) await opening;
    else {
      await expect(opening).rejects.toMatchObject({
        code: 'invalid-setting',
        facts: { setting: 'url', found: version, needed: '1.17' },
      });
    }
  });

  test('a server that is not there is waited for, a wrong key is not', async () => {
    await expect(open({ url: `http://127.0.0.1:${await freePort()}` }).check()).rejects.toMatchObject(UNAVAILABLE);
    relay.fault = ({ path }) => (path === '/' ? 'pass' : { status: 401 });
    await expect(open({ apiKey: 'wrong' }).check()).rejects.toMatchObject({
      code: 'invalid-setting',
      facts: { setting: 'apiKey' },
    });
    await expect(search()).rejects.toMatchObject(UNAVAILABLE);
  });

  test.each<[string, Partial<QdrantSettings>]>([
    ['url', { url: 'localhost:6333' }],
    ['prefix', { prefix: 'Under_score' }],
    ['shards', { shards: 0 }],
    ['writeConsistencyFactor', { writeConsistencyFactor: 2 }],
    ['batchBytes', { batchBytes: 2 ** 26 }],
  ])('a wrong %s is named', async (setting, wrong) => {
    expect(() => open(wrong)).toThrow(
      expect.objectContaining({ code: 'invalid-setting', facts: expect.objectContaining({ setting }) }),
    );
  });
});
