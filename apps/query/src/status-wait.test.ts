import { getEventListeners } from 'node:events';
import { parseImageId } from '#core';
import { StatusWait } from './status-wait.js';

const IMAGE = parseImageId('a');
const unknown = { state: 'unknown', version: null, visibleVersion: null, record: null, accepted: null } as const;

describe('waiting for an image', () => {
  test('a wait leaves nothing behind on signals that outlive it', async () => {
    // A signal made of others is kept by them, about 1 kB each, for as long as the longest-lived of them.
    const any = jest.spyOn(AbortSignal, 'any');
    const wait = new StatusWait({ statusOf: async () => unknown });
    const { signal } = new AbortController();
    await wait.statusOf(IMAGE, { minVersion: 1, waitMs: 60, signal });
    expect(any).not.toHaveBeenCalled();
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test.each([
    ['nobody waits any more', (gone: AbortController) => gone.abort()],
    ['the server stops', (_: AbortController, wait: StatusWait) => wait.onModuleDestroy()],
  ])('a wait ends when %s', async (_why, end) => {
    const wait = new StatusWait({ statusOf: async () => unknown });
    const gone = new AbortController();
    const answer = wait.statusOf(IMAGE, { minVersion: 1, waitMs: 30_000, signal: gone.signal });
    await new Promise((resolve) => setImmediate(resolve));
    end(gone, wait);
    expect(await answer).toBe(unknown);
  });

  test('a wait that begins after its end does not wait', async () => {
    const wait = new StatusWait({ statusOf: async () => unknown });
    wait.onModuleDestroy();
    const { signal } = new AbortController();
    expect(await wait.statusOf(IMAGE, { minVersion: 1, waitMs: 30_000, signal })).toBe(unknown);
  });
});
