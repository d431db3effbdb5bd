import { PassThrough } from 'node:stream';
import { FetchRun } from './fetch-run.js';

const LIMITS = { firstByteTimeoutMs: 1000, stallTimeoutMs: 100, minBytesPerSecond: 1000, totalTimeoutMs: 10_000 };

describe('the pace of a body', () => {
  let run: FetchRun;
  let body: PassThrough;

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    run = new FetchRun(LIMITS, undefined);
    body = new PassThrough();
  });

  afterEach(() => {
    run.end();
    jest.useRealTimers();
  });

  /** Sends so many bytes, and lets a stretch pass. */
  async function pass(bytes: number): Promise<void> {
    if (bytes > 0) body.write(Buffer.alloc(bytes));
    await new Promise(setImmediate);
    jest.advanceTimersByTime(LIMITS.stallTimeoutMs);
  }

  test('is fine while every stretch brings enough', async () => {
    body.resume();
    run.watchPace(body);
    for (let stretch = 0; stretch < 50; stretch++) await pass(100);
    expect(run.signal.aborted).toBe(false);
    await pass(99);
    expect(run.signal.reason).toMatchObject({ code: 'link-too-slow', canRetry: true, facts: { limitMs: 100 } });
  });

  test('is no matter of the server while its reader holds it up, nor in a stretch in which it did', async () => {
    body.resume();
    run.watchPace(body);
    await pass(100);
    body.pause();
    for (let stretch = 0; stretch < 50; stretch++) await pass(0);
    body.resume();
    await pass(1);
    expect(run.signal.aborted).toBe(false);
    await pass(1);
    expect(run.signal.reason).toMatchObject({ code: 'link-too-slow' });
  });

  test('is watched no longer when all has arrived', async () => {
    body.resume();
    run.watchPace(body);
    body.end('a');
    for (let stretch = 0; stretch < 50; stretch++) await pass(0);
    expect(run.signal.aborted).toBe(false);
  });

  test('without a least rate means that something comes', async () => {
    run.end();
    run = new FetchRun({ ...LIMITS, minBytesPerSecond: 0 }, undefined);
    body.resume();
    run.watchPace(body);
    for (let stretch = 0; stretch < 50; stretch++) await pass(1);
    expect(run.signal.aborted).toBe(false);
    await pass(0);
    expect(run.signal.aborted).toBe(true);
  });
});
