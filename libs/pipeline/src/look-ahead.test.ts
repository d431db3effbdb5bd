import {
  IMAGE_EVENTS_TOPIC,
  type LogRecord,
  LookalikeError,
  type NewRecord,
  parseImageId,
  partitionOf,
  type ReadOptions,
} from '#core';
import { LookAhead, type LookAheadLimits } from '#pipeline';
import { addedEvent, deletedEvent, MemoryEventLog, plainPicture, recordsOf, stateOf, updatedEvent } from '#testkit';

const CAT = stateOf(plainPicture('cat'));
const GARBAGE = { value: Buffer.from('{'), headers: {} };
const LIMITS: LookAheadLimits = { minLag: 1, maxImages: 1_000 };
const mine = () => true;

describe('looking ahead', () => {
  let log: MemoryEventLog;
  /** Ranges that were asked for, and how many records of each partition were given. */
  let reads: ReadOptions[];
  let given: Map<number, number>;

  async function open(partitions: number): Promise<void> {
    log = new MemoryEventLog();
    await log.ensureTopic(IMAGE_EVENTS_TOPIC, { partitions, retention: 'forever' });
    const original = log.read.bind(log);
    jest.spyOn(log, 'read').mockImplementation(async function* (options) {
      reads.push(options);
      for await (const record of original(options)) {
        given.set(record.partition, (given.get(record.partition) ?? 0) + 1);
        yield record;
      }
    });
  }
  beforeEach(() => {
    [reads, given] = [[], new Map()];
    return open(1);
  });

  const append = (...events: NewRecord[]) => log.append(IMAGE_EVENTS_TOPIC, events);

  async function records(): Promise<LogRecord[]> {
    const all = await recordsOf(log, IMAGE_EVENTS_TOPIC);
    [reads, given] = [[], new Map()];
    return all;
  }

  /** Offsets of the batch that are overwritten, as `ahead` has it. */
  async function overwritten(lookAhead: LookAhead, batch: readonly LogRecord[]): Promise<number[]> {
    const ahead = await lookAhead.of(batch);
    const found = batch.filter((it) => it.key !== null && ahead.isOverwritten(it, parseImageId(it.key)));
    ahead.done(mine);
    return found.map(({ offset }) => offset);
  }

  test('tells which events a later one of their image overwrites', async () => {
    await append(
      addedEvent('a', CAT),
      addedEvent('b', CAT),
      addedEvent('c', CAT),
      updatedEvent('a', CAT),
      deletedEvent('b'),
    );
    const all = await records();
    expect(await overwritten(new LookAhead(log, 1, LIMITS), all.slice(0, 3))).toEqual([0, 1]);
    expect(await overwritten(new LookAhead(log, 1, LIMITS), all)).toEqual([0, 1]);
  });

  test('an event that cannot be read, or lies where its key does not belong, overwrites nothing', async () => {
    await append(addedEvent('a', CAT), { key: 'a', ...GARBAGE }, addedEvent('b', CAT));
    const all = await records();
    expect(await overwritten(new LookAhead(log, 1, LIMITS), all.slice(0, 1))).toEqual([]);
    // Of a topic of more partitions this one is where only some keys belong.
    const [misplaced, placed] = ['image-0', 'image-1', 'image-2', 'image-3']
      .toSorted((x, y) => partitionOf(y, 2) - partitionOf(x, 2))
      .filter((_, at) => at % 3 === 0);
    await append(...[misplaced, placed].flatMap((it = '') => [addedEvent(it, CAT), updatedEvent(it, CAT)]));
    const more = (await records()).slice(3);
    expect(
      await overwritten(
        new LookAhead(log, 2, LIMITS),
        more.filter((_, at) => at % 2 === 0),
      ),
    ).toEqual([5]);
  });

  test('a partition is read once for all batches below where it ended, however many are prepared at once', async () => {
    await append(...Array.from({ length: 20 }, (_, at) => updatedEvent(`image-${at % 5}`, CAT)));
    const all = await records();
    const lookAhead = new LookAhead(log, 1, LIMITS);
    const found = await Promise.all([0, 5, 10, 15].map((from) => overwritten(lookAhead, all.slice(from, from + 5))));
    expect(found.flat()).toEqual(all.slice(0, 15).map(({ offset }) => offset));
    expect(reads).toEqual([{ topic: IMAGE_EVENTS_TOPIC, partition: 0, from: 0, to: 20 }]);
  });

  test('looks again where it looked to, at what has come since', async () => {
    await append(addedEvent('a', CAT), addedEvent('b', CAT));
    const lookAhead = new LookAhead(log, 1, LIMITS);
    const [first] = await records();
    if (first === undefined) throw new Error('no record');
    expect(await overwritten(lookAhead, [first])).toEqual([]);
    await append(updatedEvent('a', CAT), updatedEvent('b', CAT), deletedEvent('a'));
    const all = await records();
    // Of what came later it does not know yet: that costs an embedding and no more.
    expect(await overwritten(lookAhead, all.slice(1, 2))).toEqual([]);
    expect(reads).toEqual([]);
    expect(await overwritten(lookAhead, all.slice(2))).toEqual([2]);
    expect(reads.map(({ from, to }) => [from, to])).toEqual([[2, 5]]);
  });

  test('a short lag is not looked at, and the end of the log is not asked for again before as much is handled', async () => {
    await append(...Array.from({ length: 12 }, () => updatedEvent('a', CAT)));
    const all = await records();
    const watermarks = jest.spyOn(log, 'watermarks');
    const lookAhead = new LookAhead(log, 1, { ...LIMITS, minLag: 5 });
    expect(await overwritten(lookAhead, all.slice(8, 10))).toEqual([]);
    expect(await overwritten(lookAhead, all.slice(10, 12))).toEqual([]);
    expect([reads, watermarks.mock.calls.length]).toEqual([[], 1]);
    await append(...Array.from({ length: 20 }, () => updatedEvent('a', CAT)));
    const later = await records();
    watermarks.mockClear();
    expect(await overwritten(lookAhead, later.slice(12, 13))).toEqual([]);
    expect(watermarks).not.toHaveBeenCalled();
    expect(await overwritten(lookAhead, later.slice(13, 14))).toEqual([13]);
  });

  test('where more images are than may be remembered it looks as far as they fit, and on from there', async () => {
    const ids = ['a', 'b', 'a', 'b', 'c', 'a', 'c', 'b'];
    await append(...ids.map((id) => updatedEvent(id, CAT)));
    const all = await records();
    const lookAhead = new LookAhead(log, 1, { ...LIMITS, maxImages: 2 });
    const found: number[] = [];
    for (const record of all) found.push(...(await overwritten(lookAhead, [record])));
    // Up to `c` both fit, from there on `c` and `a`.
    expect(found).toEqual([0, 1, 4]);
    expect(reads.map(({ from }) => from)).toEqual([0, 4, 7]);
  });

  test('each partition has an equal share of what may be remembered', async () => {
    await open(4);
    await append(...Array.from({ length: 40 }, (_, at) => updatedEvent(`image-${at}`, CAT)));
    const firsts = (await records()).filter(({ offset }) => offset === 0);
    await overwritten(new LookAhead(log, 4, { ...LIMITS, maxImages: 8 }), firsts);
    // Two, and the one that did not fit.
    expect([...given.values()]).toEqual([3, 3, 3, 3]);
  });

  test('leaves turns to others while it reads', async () => {
    await append(...Array.from({ length: 3_000 }, (_, at) => updatedEvent(`image-${at % 9}`, CAT)));
    const [first] = await records();
    let turns = 0;
    const count = () => {
      turns += 1;
      next = setImmediate(count);
    };
    let next = setImmediate(count);
    await overwritten(new LookAhead(log, 1, LIMITS), first === undefined ? [] : [first]);
    clearImmediate(next);
    expect(turns).toBeGreaterThanOrEqual(10);
  });

  test('what fails is repeated from where it had come', async () => {
    await append(...Array.from({ length: 6 }, () => updatedEvent('a', CAT)));
    const all = await records();
    const fault = new LookalikeError('log-unavailable', 'away');
    const original = log.read.bind(log);
    jest.spyOn(log, 'read').mockImplementationOnce(async function* (options) {
      yield* original({ ...options, to: 4 });
      throw fault;
    });
    const lookAhead = new LookAhead(log, 1, LIMITS);
    await expect(lookAhead.of(all)).rejects.toBe(fault);
    expect(await overwritten(lookAhead, all)).toEqual([0, 1, 2, 3, 4]);
    expect(reads.at(-1)).toMatchObject({ from: 4, to: 6 });
  });

  test('it looks up to what is damaged, which stops nothing that lies before', async () => {
    await append(...Array.from({ length: 6 }, () => updatedEvent('a', CAT)));
    const all = await records();
    const original = log.read.bind(log);
    jest.spyOn(log, 'read').mockImplementationOnce(async function* (options) {
      yield* original({ ...options, to: 3 });
      throw new LookalikeError('log-damaged', 'damaged');
    });
    expect(await overwritten(new LookAhead(log, 1, LIMITS), all.slice(0, 3))).toEqual([0, 1]);
  });

  test('where no record is just below the end, as behind a transaction, it is passed all the same', async () => {
    await append(addedEvent('a', CAT), updatedEvent('a', CAT));
    const all = await records();
    const marks = jest.spyOn(log, 'watermarks').mockResolvedValue([{ partition: 0, low: 0, high: 9 }]);
    const lookAhead = new LookAhead(log, 1, LIMITS);
    expect(await overwritten(lookAhead, all)).toEqual([0]);
    marks.mockRestore();
    await append(updatedEvent('a', CAT), updatedEvent('a', CAT));
    const later = await records();
    expect(await overwritten(lookAhead, later.slice(2, 3))).toEqual([2]);
    expect(reads.map(({ from, to }) => [from, to])).toEqual([[2, 4]]);
  });

  test('what is delivered again, from before where it looked from, is told of as far as it is known', async () => {
    await append(addedEvent('a', CAT), addedEvent('b', CAT), updatedEvent('a', CAT), updatedEvent('c', CAT));
    const all = await records();
    const lookAhead = new LookAhead(log, 1, LIMITS);
    expect(await overwritten(lookAhead, all.slice(1, 3))).toEqual([]);
    expect(await overwritten(lookAhead, all.slice(0, 3))).toEqual([0]);
    expect(reads).toHaveLength(1);
  });

  test('forgets a partition that moved, and what another batch began since stays', async () => {
    await append(addedEvent('a', CAT), addedEvent('b', CAT), updatedEvent('a', CAT));
    const all = await records();
    const lookAhead = new LookAhead(log, 1, LIMITS);
    const [lost, alsoLost] = await Promise.all([lookAhead.of(all.slice(0, 1)), lookAhead.of(all.slice(1, 2))]);
    lost.done(() => false);
    const again = await lookAhead.of(all.slice(0, 1));
    alsoLost.done(() => false);
    again.done(mine);
    expect(await overwritten(lookAhead, all.slice(0, 1))).toEqual([0]);
    expect(reads).toHaveLength(2);
  });
});
