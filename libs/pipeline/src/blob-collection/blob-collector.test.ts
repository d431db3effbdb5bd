import { INDEX_GENERATIONS_TOPIC } from '#core';
import { MemoryEventLog, MemoryLogStorage } from '#testkit';
import { BlobCollector } from './blob-collector.js';

const HOUR_MS = 3_600_000;
const EVERY_MS = 24 * HOUR_MS;

describe('blobs are collected from time to time', () => {
  let log: MemoryEventLog;
  const started: BlobCollector[] = [];
  beforeEach(async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    log = new MemoryEventLog(new MemoryLogStorage());
    await log.ensureTopic(INDEX_GENERATIONS_TOPIC, { partitions: 1, retention: 'forever' });
    await log.append(INDEX_GENERATIONS_TOPIC, [{ key: '', value: null, headers: {} }]);
  });
  afterEach(async () => {
    for (const it of started.splice(0)) await it.stop();
    await log.close();
    jest.useRealTimers();
  });

  const start = async (collect: (signal: AbortSignal) => Promise<void>, onFault = (_: unknown) => {}) => {
    const collector = new BlobCollector({ log, everyMs: EVERY_MS, collect, onFault });
    started.push(collector);
    await collector.start();
    return collector;
  };
  const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

  test('an hour after the start, and then at the interval, whatever came of it', async () => {
    const faults: unknown[] = [];
    let passes = 0;
    await start(
      async () => {
        passes += 1;
        throw new Error(`pass ${passes}`);
      },
      (error) => faults.push(error),
    );
    await pass(HOUR_MS - 60_000);
    expect(passes).toBe(0);
    await pass(180_000);
    expect(passes).toBe(1);
    await pass(EVERY_MS - 300_000);
    expect(passes).toBe(1);
    await pass(600_000);
    expect([passes, faults]).toEqual([2, [new Error('pass 1'), new Error('pass 2')]]);
  });

  test('by one of several processes, and by another one when that has ended', async () => {
    const passes: string[] = [];
    for (const name of ['a', 'b']) {
      await start(async () => {
        passes.push(name);
      });
    }
    await pass(2 * HOUR_MS);
    const [first] = passes;
    expect(passes).toHaveLength(1);
    await started[first === 'a' ? 0 : 1]?.stop();
    await pass(2 * HOUR_MS);
    expect(passes).toEqual([first, first === 'a' ? 'b' : 'a']);
  });

  test('a pass under way is ended when the process stops', async () => {
    let reason: unknown = null;
    const collector = await start(
      (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            reason = signal.reason;
            reject(reason);
          });
        }),
    );
    await pass(2 * HOUR_MS);
    await collector.stop();
    expect(reason).toMatchObject({ name: 'AbortError' });
  });
});
