import { IMAGE_EVENTS_TOPIC } from '#core';
import { addedEvent, deletedEvent, eventually, IndexMemory, MemoryVectorIndex, plainPicture, stateOf } from '#testkit';
import { json, send } from '../ingest/requests.js';
import { EmbedderServer } from './embedder-server.js';

const CAT = plainPicture('cat');

describe('POST /v1/audit', () => {
  let server: EmbedderServer;
  let memory: IndexMemory;
  beforeEach(async () => {
    memory = new IndexMemory();
    server = await new EmbedderServer(new MemoryVectorIndex(memory)).start();
    await server.blobs.put(CAT, { maxBytes: 1000 });
    await server.log.append(IMAGE_EVENTS_TOPIC, [addedEvent('cat', stateOf(CAT)), deletedEvent('gone')]);
    await eventually(async () => {
      const { images } = (await send(`${server.url}/v1/status`)).body;
      expect(images).toEqual({ ready: 1, failed: 0, deleted: 1 });
    });
  });
  afterEach(() => server.stop());

  const post = (body: object = {}) => fetch(`${server.url}/v1/audit`, json('POST', body));
  const audited = async (body: object = {}) => {
    const response = await post(body);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      expect.stringMatching(/^application\/x-ndjson/),
    ]);
    const lines = (await response.text())
      .trimEnd()
      .split('\n')
      .map((it) => JSON.parse(it));
    expect(lines.at(-1).type).toBe('audited');
    return lines.at(-1);
  };
  const records = () => [...memory.generations.values()][0]?.records ?? new Map();

  test('a clean one proves it: positions, counts and two equal digests', async () => {
    const { report, repair, embedded } = await audited({ allVectors: true, blobs: true });
    expect(report).toMatchObject({
      verdict: 'clean',
      watermarks: [{ partition: 0, offset: 2 }],
      comparison: {
        log: { events: 2, present: 1, deleted: 1 },
        index: { ready: 1, failed: 0, deleted: 1 },
        vectorsCompared: 1,
      },
    });
    expect(report.comparison.digests.log).toBe(report.comparison.digests.index);
    expect([repair, embedded]).toEqual([null, null]);
  });

  test('names what is missing, and mends it', async () => {
    records().delete('cat');
    const { report } = await audited();
    expect(report).toMatchObject({
      verdict: 'damaged',
      comparison: { findings: { missing: { count: 1, examples: [{ imageId: 'cat' }] } } },
    });
    expect((await audited({ repair: true })).repair).toMatchObject({ mended: 1, needsEmbedding: { count: 0 } });
    expect((await audited()).report.verdict).toBe('clean');
  });

  test('tells of a picture that is not in the store', async () => {
    await server.blobs.delete(stateOf(CAT).sha256);
    expect((await audited()).report.verdict).toBe('clean');
    expect((await audited({ blobs: true })).report).toMatchObject({
      verdict: 'damaged',
      comparison: { findings: { 'blob-missing': { count: 1 } } },
    });
  });

  test.each([
    [{ generation: 'next' }, 404, 'generation-unknown'],
    [{ generation: 'nobody' }, 404, 'generation-unknown'],
    [{ vectors: -1 }, 400, 'invalid-request'],
    [{ waitSeconds: 1e9 }, 400, 'invalid-request'],
    [{ repare: true }, 400, 'invalid-request'],
  ])('refuses %j with %d %s', async (body, status, code) => {
    const response = await post(body);
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([status, code]);
  });
});
