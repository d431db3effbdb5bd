import type { EventLog, LogRecord, SubscribeOptions, VectorIndex } from '#core';
import { faultyBlobs, faultyIndex, faultyLog, type InjectedFault, MemoryBlobStore } from '#testkit';

const LIMIT = { maxBytes: 1_000 };
const bytes = (text: string) => Buffer.from(text);

describe('a faulty blob store', () => {
  test('fails the calls that its plan names, without effect', async () => {
    const blobs = new MemoryBlobStore();
    const faulty = faultyBlobs(blobs, { seed: 1, rules: { put: [{ on: [2, 3], fault: 'fail' }] } });
    const outcomes = await Promise.allSettled(['a', 'b', 'c', 'd'].map((text) => faulty.put(bytes(text), LIMIT)));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: { code: 'storage-unavailable', canRetry: true } });
    expect(blobs.names()).toHaveLength(2);
  });

  test('loses the acknowledgement of a call that took effect', async () => {
    const blobs = new MemoryBlobStore();
    const faulty = faultyBlobs(blobs, { seed: 1, rules: { put: [{ on: 1, fault: 'lost-acknowledgement' }] } });
    await expect(faulty.put(bytes('a'), LIMIT)).rejects.toMatchObject({ code: 'storage-unavailable' });
    expect(blobs.names()).toHaveLength(1);
  });

  test('is slow, and fails with an error of the plan’s own', async () => {
    const error = new Error('mine');
    const rules = { stat: [{ on: 1, fault: 'slow', ms: 30 } as const, { on: 1, fault: 'fail', error } as const] };
    const faulty = faultyBlobs(new MemoryBlobStore(), { seed: 1, rules });
    const started = performance.now();
    await expect(faulty.stat('a')).rejects.toBe(error);
    expect(performance.now() - started).toBeGreaterThan(25);
    await expect(faulty.stat('a')).resolves.toBeNull();
  });
});

describe('a faulty index', () => {
  const struckBy = async (seed: number): Promise<readonly number[]> => {
    const index = { apply: async () => ({ applied: 1, stale: 0 }) } as unknown as VectorIndex;
    const struck: number[] = [];
    const onFault = ({ call }: InjectedFault) => struck.push(call);
    const faulty = faultyIndex(index, { seed, onFault, rules: { apply: [{ chance: 0.2, fault: 'fail' }] } });
    await Promise.allSettled(Array.from({ length: 500 }, () => faulty.apply('g', [])));
    return struck;
  };

  test('strikes by chance about as often as asked, and a seed replays it', async () => {
    const struck = await struckBy(1);
    expect(struck.length).toBeGreaterThan(60);
    expect(struck.length).toBeLessThan(140);
    expect(await struckBy(1)).toEqual(struck);
    expect(await struckBy(2)).not.toEqual(struck);
  });
});

describe('a faulty log', () => {
  const record = (partition: number, offset: number) => ({ partition, offset }) as LogRecord;
  const names = (batch: readonly LogRecord[] | null) => batch?.map((it) => `${it.partition}:${it.offset}`) ?? null;
  const options = { topic: 't', group: 'g', limits: { maxRecords: 2, maxBytes: 1, maxWaitMs: 1 } };

  const logOf = (batches: LogRecord[][]): EventLog => {
    const subscription = { next: async () => batches.shift() ?? null, commit: async () => {}, close: async () => {} };
    return { subscribe: async (_: SubscribeOptions) => subscription } as unknown as EventLog;
  };

  test('delivers again what is not committed, in order, and says that the partitions moved', async () => {
    const revoked: (readonly number[])[] = [];
    const log = logOf([[record(0, 0), record(1, 0)], [record(0, 1)], [record(0, 2)]]);
    const subscription = await faultyLog(log, { seed: 1, rules: {}, redeliver: { on: 3 } }).subscribe({
      ...options,
      onRevoked: async (partitions) => {
        revoked.push(partitions);
      },
    });
    expect(names(await subscription.next())).toEqual(['0:0', '1:0']);
    expect(names(await subscription.next())).toEqual(['0:1']);
    await subscription.commit(new Map([[0, 1]]));
    expect(names(await subscription.next())).toEqual(['1:0']);
    expect(revoked).toEqual([[1, 0]]);
    expect(names(await subscription.next())).toEqual(['0:1']);
    expect(names(await subscription.next())).toEqual(['0:2']);
    expect(await subscription.next()).toBeNull();
  });

  test('leaves it to the log to deliver again what the log itself has moved, so that nothing comes before what is earlier', async () => {
    const batches = [[record(0, 0), record(1, 0)], [record(0, 1)], [record(0, 0)]];
    const moves: SubscribeOptions['onRevoked'][] = [];
    const log: EventLog = Object.assign(logOf(batches), {
      subscribe: async ({ onRevoked }: SubscribeOptions) => {
        moves.push(onRevoked);
        return logOf(batches).subscribe(options);
      },
    });
    const revoked: (readonly number[])[] = [];
    const subscription = await faultyLog(log, { seed: 1, rules: {}, redeliver: { on: 3 } }).subscribe({
      ...options,
      onRevoked: async (partitions) => {
        revoked.push(partitions);
      },
    });
    await subscription.next();
    await subscription.next();
    expect(names(await subscription.next())).toEqual(['0:0', '1:0']);
    await moves[0]?.([0]);
    expect(revoked).toEqual([[0, 1], [0]]);
    expect(names(await subscription.next())).toEqual(['0:0']);
  });

  test('delivers nothing again when everything is committed', async () => {
    const log = logOf([[record(0, 0)], [record(0, 1)]]);
    const subscription = await faultyLog(log, { seed: 1, rules: {}, redeliver: { chance: 1 } }).subscribe(options);
    expect(names(await subscription.next())).toEqual(['0:0']);
    await subscription.commit(new Map([[0, 1]]));
    expect(names(await subscription.next())).toEqual(['0:1']);
  });

  test('a failed next loses no record, and a commit may take effect without being acknowledged', async () => {
    const log = logOf([[record(0, 0)]]);
    const subscription = await faultyLog(log, {
      seed: 1,
      rules: { next: [{ on: 1, fault: 'fail' }], commit: [{ on: 1, fault: 'lost-acknowledgement' }] },
      redeliver: { on: 2 },
    }).subscribe(options);
    await expect(subscription.next()).rejects.toMatchObject({ code: 'log-unavailable' });
    expect(names(await subscription.next())).toEqual(['0:0']);
    await expect(subscription.commit(new Map([[0, 1]]))).rejects.toMatchObject({ code: 'log-unavailable' });
    expect(await subscription.next()).toBeNull();
  });
});
