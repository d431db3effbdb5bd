import { getEventListeners } from 'node:events';
import { IMAGE_EVENTS_TOPIC, imageVectorsTopic, parseImageId } from '#core';
import { ensureGeneration, ImageStatuses } from '#pipeline';
import { MemoryEventLog, MemoryVectorIndex, PixelEncoder, waitUntil } from '#testkit';
import { StatusWait } from './status-wait.js';

const IMAGE = parseImageId('a');

describe('waiting for an image', () => {
  let statuses: ImageStatuses;
  beforeEach(async () => {
    const [log, index] = [new MemoryEventLog(), new MemoryVectorIndex()];
    const encoder = new PixelEncoder().info;
    await log.ensureTopic(IMAGE_EVENTS_TOPIC, { partitions: 1, retention: 'forever' });
    await log.ensureTopic(imageVectorsTopic(encoder.fingerprint), { partitions: 1, retention: 'compact' });
    await ensureGeneration({ log, index, encoder, attributes: {} });
    statuses = new ImageStatuses({ log, index });
  });
  afterEach(() => jest.restoreAllMocks());

  test('a wait leaves nothing behind on signals that outlive it', async () => {
    // A signal made of others is kept by them, about 1 kB each, for as long as the longest-lived of them.
    const any = jest.spyOn(AbortSignal, 'any');
    const wait = new StatusWait(statuses);
    const { signal } = new AbortController();
    await wait.statusOf(IMAGE, { minVersion: 1, waitMs: 60, signal });
    expect(any).not.toHaveBeenCalled();
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test.each([
    ['nobody waits any more', (gone: AbortController) => gone.abort()],
    ['the server stops', (_: AbortController, wait: StatusWait) => wait.onModuleDestroy()],
  ])('a wait ends when %s', async (_why, end) => {
    const wait = new StatusWait(statuses);
    const gone = new AbortController();
    const answer = wait.statusOf(IMAGE, { minVersion: 1, waitMs: 30_000, signal: gone.signal });
    await waitUntil('it waits', () => getEventListeners(gone.signal, 'abort').length > 0);
    end(gone, wait);
    expect(await answer).toMatchObject({ state: 'unknown' });
  });

  test('a wait that begins after its end does not wait', async () => {
    const wait = new StatusWait(statuses);
    wait.onModuleDestroy();
    const { signal } = new AbortController();
    const answer = await wait.statusOf(IMAGE, { minVersion: 1, waitMs: 30_000, signal });
    expect(answer).toMatchObject({ state: 'unknown' });
  });
});
