import { readdir } from 'node:fs/promises';
import { file, status, waitUntil } from '#testkit';
import { type EnsureModelOptions, listModels } from '#vision';
import { BYTES, modelAt, modelStore } from '../../test/model-store.js';

const store = modelStore();
afterEach(() => jest.restoreAllMocks());

/** Of the wait between tries, which begins at some part of it that chance decides. */
const DAYS_MS = 2e9;
const HOUR_MS = 3_600_000;

describe('a download that is cancelled', () => {
  test('keeps what has arrived, and goes on with it the next time', async () => {
    const server = await store.serve(file(BYTES, { etag: '"1"', stallAfter: 100_000 }), file(BYTES, { etag: '"1"' }));
    const controller = new AbortController();
    const reason = new Error('the user pressed Ctrl-C');
    const onProgress: EnsureModelOptions['onProgress'] = ({ receivedBytes }) => {
      if (receivedBytes === 100_000) controller.abort(reason);
    };
    const ensuring = store.ensure(modelAt(server.url), { onProgress, signal: controller.signal });
    await expect(ensuring).rejects.toBe(reason);
    expect((await readdir(store.folder)).sort()).toEqual(['net.onnx.part', 'net.onnx.part.etag']);
    expect(await listModels(store.folder, [modelAt()])).toMatchObject([{ state: 'partial', foundBytes: 100_000 }]);
    await store.ensure(modelAt(server.url));
    expect(server.asked).toEqual(['whole', 'bytes=100000- "1"']);
    await store.expectOnlyTheModel();
  });

  test('does not sit out the wait between tries', async () => {
    const server = await store.serve(status(503));
    const timers = jest.spyOn(globalThis, 'setTimeout');
    const controller = new AbortController();
    const ensuring = store.ensure(modelAt(server.url), {
      signal: controller.signal,
      timeouts: { firstBackoffMs: DAYS_MS, maxBackoffMs: DAYS_MS },
      tries: 2,
    });
    const cancelled = expect(ensuring).rejects.toMatchObject({ name: 'AbortError' });
    const isLong = ([, ms = 0]: Parameters<typeof setTimeout>) => ms > HOUR_MS;
    await waitUntil('it waits for its next try', () => timers.mock.calls.some(isLong));
    controller.abort();
    await cancelled;
    expect(server.asked).toHaveLength(1);
    // The policy's timer is left behind, and would keep the process.
    for (const { value } of timers.mock.results) clearTimeout(value);
  });
});
