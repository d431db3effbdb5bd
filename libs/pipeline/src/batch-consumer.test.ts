import { setImmediate as nextTurn } from 'node:timers/promises';
import { type EventLog, type LogRecord, LookalikeError, type NewRecord } from '#core';
import { BatchConsumer, type BatchConsumerOptions, type Fault } from '#pipeline';
import { eventually, faultyLog, MemoryEventLog, MemoryLogStorage } from '#testkit';

const TOPIC = 'numbers';
const GROUP = 'group';

function numbers(from: number, to: number, key = 'key'): NewRecord[] {
  return Array.from({ length: to - from }, (_, at) => ({ key, value: Buffer.from(String(from + at)), headers: {} }));
}

function numberOf(record: LogRecord): number {
  return Number(Buffer.from(record.value ?? []).toString());
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

describe('the batch consumer', () => {
  let storage: MemoryLogStorage;
  let log: EventLog;
  const consumers: BatchConsumer[] = [];

  beforeEach(async () => {
    storage = new MemoryLogStorage();
    log = new MemoryEventLog(storage);
    await log.ensureTopic(TOPIC, { partitions: 1, retention: 'forever' });
  });

  afterEach(async () => {
    await Promise.all(consumers.splice(0).map((consumer) => consumer.stop(0)));
    await log.close();
  });

  async function consume(
    handler: BatchConsumerOptions['handler'],
    more: Partial<BatchConsumerOptions> = {},
  ): Promise<BatchConsumer> {
    const consumer = new BatchConsumer({
      log,
      topic: TOPIC,
      group: GROUP,
      limits: { maxRecords: 1, maxBytes: 1_000_000, maxWaitMs: 0 },
      batchesAhead: 3,
      retryDelayMs: { first: 1, max: 5 },
      handler,
      ...more,
    });
    consumers.push(consumer);
    await consumer.start();
    return consumer;
  }

  async function committed(): Promise<number> {
    return (await log.committed(TOPIC, GROUP)).get(0) ?? 0;
  }

  test('effects happen in the order of the log while preparations overlap', async () => {
    await log.append(TOPIC, numbers(0, 3));
    const prepared: number[] = [];
    const done: number[] = [];
    const gates = [deferred(), deferred(), deferred()];
    await consume(async ([record]) => {
      const value = numberOf(record as LogRecord);
      prepared.push(value);
      await gates[value]?.promise;
      return async () => {
        done.push(value);
      };
    });
    await eventually(() => expect(prepared).toEqual([0, 1, 2]));
    gates[2]?.resolve();
    gates[1]?.resolve();
    // Nothing else waits for a timer or a disk, so all that can happen has happened.
    await nextTurn();
    expect(done).toEqual([]);
    gates[0]?.resolve();
    await eventually(async () => expect(await committed()).toBe(3));
    expect(done).toEqual([0, 1, 2]);
  });

  test('a position is committed only after its effect', async () => {
    await log.append(TOPIC, numbers(0, 2));
    const effect = deferred();
    let started = 0;
    await consume(async () => async () => {
      started += 1;
      await effect.promise;
    });
    await eventually(() => expect(started).toBe(1));
    expect(await committed()).toBe(0);
    effect.resolve();
    await eventually(async () => expect(await committed()).toBe(2));
  });

  test('no more batches are under way than asked for', async () => {
    await log.append(TOPIC, numbers(0, 20));
    let underWay = 0;
    let most = 0;
    await consume(
      async () => {
        underWay += 1;
        most = Math.max(most, underWay);
        // Time for one more to begin, since nothing here waits for a timer or a disk.
        await nextTurn();
        return async () => {
          underWay -= 1;
        };
      },
      { batchesAhead: 2 },
    );
    await eventually(async () => expect(await committed()).toBe(20));
    expect(most).toBe(2);
  });

  test.each(['prepare', 'effect'] as const)(
    'a fault in %s is repeated until it works and reported once',
    async (during) => {
      await log.append(TOPIC, numbers(0, 3));
      const faults: (Fault | null)[] = [];
      const done: number[] = [];
      let failures = 0;
      const failFor = (value: number, phase: string) => {
        if (phase === during && value === 1 && failures < 4) {
          failures += 1;
          throw new Error('broken');
        }
      };
      await consume(
        async ([record]) => {
          const value = numberOf(record as LogRecord);
          failFor(value, 'prepare');
          return async () => {
            failFor(value, 'effect');
            done.push(value);
          };
        },
        { onFault: (fault) => faults.push(fault) },
      );
      await eventually(async () => expect(await committed()).toBe(3));
      expect(failures).toBe(4);
      expect(done).toEqual([0, 1, 2]);
      expect(faults).toEqual([expect.objectContaining({ during }), null]);
    },
  );

  test('a fault in commit is repeated until it works and reported once, and the effect is not', async () => {
    await log.append(TOPIC, numbers(0, 2));
    const faulty = faultyLog(log, { seed: 1, rules: { commit: [{ on: [1, 2, 3], fault: 'fail' }] } });
    const faults: (Fault | null)[] = [];
    const done: number[] = [];
    await consume(
      async ([record]) =>
        async () => {
          done.push(numberOf(record as LogRecord));
        },
      { log: faulty, onFault: (fault) => faults.push(fault) },
    );
    await eventually(async () => expect(await committed()).toBe(2));
    expect(done).toEqual([0, 1]);
    expect(faults).toEqual([expect.objectContaining({ during: 'commit' }), null]);
  });

  test('a commit that comes too late for its partition is no fault: the next owner repeats the effect', async () => {
    await log.append(TOPIC, numbers(0, 2));
    const error = new LookalikeError('partition-lost', 'It moved away.');
    const faulty = faultyLog(log, { seed: 1, rules: { commit: [{ on: 1, fault: 'fail', error }] } });
    const faults: (Fault | null)[] = [];
    await consume(async () => async () => {}, { log: faulty, onFault: (fault) => faults.push(fault) });
    await eventually(async () => expect(await committed()).toBe(2));
    expect(faults).toEqual([]);
  });

  test('stopping finishes and commits what is under way and takes nothing new', async () => {
    await log.append(TOPIC, numbers(0, 1));
    const gate = deferred();
    let handled = 0;
    const consumer = await consume(async () => {
      handled += 1;
      await gate.promise;
      return async () => {};
    });
    await eventually(() => expect(handled).toBe(1));
    const stopped = consumer.stop(10_000);
    await log.append(TOPIC, numbers(1, 2));
    gate.resolve();
    await stopped;
    expect(await committed()).toBe(1);
    expect(handled).toBe(1);
  });

  test('what a stop cuts off is delivered again', async () => {
    await log.append(TOPIC, numbers(0, 1));
    let broken = true;
    const done: number[] = [];
    const handler: BatchConsumerOptions['handler'] = async ([record]) => {
      if (broken) throw new Error('broken');
      return async () => {
        done.push(numberOf(record as LogRecord));
      };
    };
    const first = await consume(handler);
    await eventually(() => expect(first.fault).not.toBeNull());
    await first.stop(5);
    expect(await committed()).toBe(0);
    broken = false;
    await consume(handler);
    await eventually(async () => expect(await committed()).toBe(1));
    expect(done).toEqual([0]);
  });

  test.each(['prepare', 'effect'] as const)(
    'nothing behind a batch that is cut off in %s is committed',
    async (during) => {
      await log.append(TOPIC, numbers(0, 3));
      let broken = true;
      const done: number[] = [];
      const handler: BatchConsumerOptions['handler'] = async ([record]) => {
        const number = numberOf(record as LogRecord);
        const mayFail = (phase: string) => {
          if (broken && phase === during && number === 0) throw new Error('broken');
        };
        mayFail('prepare');
        return async () => {
          mayFail('effect');
          done.push(number);
        };
      };
      const first = await consume(handler);
      await eventually(() => expect(first.fault).not.toBeNull());
      await first.stop(20);
      expect(await committed()).toBe(0);
      expect(done).toEqual([]);
      broken = false;
      await consume(handler);
      await eventually(async () => expect(await committed()).toBe(3));
      expect(done).toEqual([0, 1, 2]);
    },
  );

  test.each(['prepare', 'effect'] as const)('a stop ends at its limit though %s hangs', async (during) => {
    await log.append(TOPIC, numbers(0, 1));
    let hanging = 0;
    const hang = () => {
      hanging += 1;
      return new Promise<never>(() => {});
    };
    const consumer = await consume(async () => (during === 'prepare' ? hang() : hang));
    await eventually(() => expect(hanging).toBe(1));
    const startedAt = performance.now();
    await consumer.stop(1_000);
    expect(performance.now() - startedAt).toBeLessThan(1_700);
    expect(await committed()).toBe(0);
  });

  test('a fault is over when no batch fails any more', async () => {
    await log.append(TOPIC, numbers(0, 2));
    const faults: (Fault | null)[] = [];
    const broken = new Set([0, 1]);
    const tries = [0, 0];
    const works = [0, 0];
    const consumer = await consume(
      async ([record]) => {
        const value = numberOf(record as LogRecord);
        const counts = broken.has(value) ? tries : works;
        counts[value] = (counts[value] ?? 0) + 1;
        if (broken.has(value)) throw new Error('broken');
        return async () => {};
      },
      { onFault: (fault) => faults.push(fault) },
    );
    await eventually(() => expect(Math.min(...tries)).toBeGreaterThan(0));
    broken.delete(1);
    await eventually(() => expect(works).toEqual([0, 1]));
    const [failures = 0] = tries;
    await eventually(() => expect(tries[0]).toBeGreaterThan(failures));
    expect(consumer.fault).not.toBeNull();
    expect(faults).toHaveLength(1);
    broken.delete(0);
    await eventually(async () => expect(await committed()).toBe(2));
    expect(faults).toEqual([expect.objectContaining({ during: 'prepare' }), null]);
  });

  test('a fetch that works again is no fault any more, though there is nothing to do', async () => {
    const faults: (Fault | null)[] = [];
    const subscription = await log.subscribe({
      topic: TOPIC,
      group: GROUP,
      limits: { maxRecords: 1, maxBytes: 1000, maxWaitMs: 0 },
    });
    const next = jest.spyOn(subscription, 'next');
    next.mockRejectedValueOnce(new Error('away')).mockResolvedValueOnce([]);
    jest.spyOn(log, 'subscribe').mockResolvedValueOnce(subscription);
    const handled: number[] = [];
    const consumer = await consume(
      async (records) => {
        handled.push(records.length);
        return async () => {};
      },
      { onFault: (fault) => faults.push(fault) },
    );
    await eventually(() => expect(faults).toEqual([expect.objectContaining({ during: 'fetch' }), null]));
    expect(consumer.fault).toBeNull();
    await log.append(TOPIC, numbers(0, 1));
    await eventually(() => expect(handled).toEqual([1]));
  });

  test('a partition that moves away is left out of the effect and handled by its new owner', async () => {
    await log.ensureTopic('two', { partitions: 2, retention: 'forever' });
    const keys = Array.from({ length: 20 }, (_, at) => `key-${at}`);
    await log.append(
      'two',
      keys.flatMap((key) => numbers(0, 1, key)),
    );
    const gate = deferred();
    const wrote: Record<'first' | 'second', string[]> = { first: [], second: [] };
    let prepared = 0;
    const handlerOf =
      (name: 'first' | 'second'): BatchConsumerOptions['handler'] =>
      async (records) => {
        prepared += 1;
        if (name === 'first') await gate.promise;
        return async (isOwned) => {
          wrote[name].push(...records.filter(isOwned).map(({ key }) => key ?? ''));
        };
      };
    const limits = { maxRecords: 100, maxBytes: 1_000_000, maxWaitMs: 0 };
    await consume(handlerOf('first'), { topic: 'two', limits });
    await eventually(() => expect(prepared).toBe(1));
    await consume(handlerOf('second'), { topic: 'two', limits });
    await eventually(() => expect(wrote.second.length).toBeGreaterThan(0));
    gate.resolve();
    await eventually(() => expect([...wrote.first, ...wrote.second].sort()).toEqual([...keys].sort()));
    await eventually(async () => expect([...(await log.committed('two', GROUP)).values()].sort()).toHaveLength(2));
  });

  test('a partition goes to its new owner only when what is being written of it has ended', async () => {
    await log.ensureTopic('two', { partitions: 2, retention: 'forever' });
    await log.append('two', Array.from({ length: 20 }, (_, at) => numbers(0, 1, `key-${at}`)).flat());
    const gate = deferred();
    const order: string[] = [];
    const limits = { maxRecords: 100, maxBytes: 1_000_000, maxWaitMs: 0 };
    const writer =
      (name: string, until: Promise<void>): BatchConsumerOptions['handler'] =>
      async () =>
      async () => {
        order.push(`${name} begins`);
        await until;
        order.push(`${name} has written`);
      };
    await consume(writer('first', gate.promise), { topic: 'two', limits });
    await eventually(() => expect(order).toEqual(['first begins']));
    await consume(writer('second', Promise.resolve()), { topic: 'two', limits });
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    gate.resolve();
    await eventually(() => expect(order.at(-1)).toBe('second has written'));
    expect(order.slice(0, 3)).toEqual(['first begins', 'first has written', 'second begins']);
  });

  test('a stop does not wait for what fails: it is delivered again', async () => {
    await log.append(TOPIC, numbers(0, 1));
    const consumer = await consume(async () => async () => Promise.reject(new Error('broken')));
    await eventually(() => expect(consumer.fault).not.toBeNull());
    const startedAt = performance.now();
    await consumer.stop(20_000);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(await committed()).toBe(0);
  });
});
