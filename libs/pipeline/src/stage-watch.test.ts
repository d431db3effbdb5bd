import { IMAGE_EVENTS_TOPIC, type LogRecord, LookalikeError, type Subscription } from '#core';
import { StageWatch } from '#pipeline';
import { deletedEvent, MemoryEventLog } from '#testkit';

const GROUP = 'group';
const START_MS = 1_800_000_000_000;
const DAY_MS = 86_400_000;

describe('a stage that is watched', () => {
  let log: MemoryEventLog;
  let nowMs: number;
  /** By how much the wall clock is wrong. */
  let offMs: number;
  let watch: StageWatch;

  beforeEach(async () => {
    log = new MemoryEventLog();
    await log.ensureTopic(IMAGE_EVENTS_TOPIC, { partitions: 1, retention: 'forever' });
    nowMs = START_MS;
    offMs = 0;
    jest.spyOn(Date, 'now').mockImplementation(() => nowMs + offMs);
    jest.spyOn(performance, 'now').mockImplementation(() => nowMs - START_MS);
    watch = new StageWatch(log, IMAGE_EVENTS_TOPIC, GROUP);
  });
  afterEach(() => jest.restoreAllMocks());

  const append = (count: number) =>
    log.append(
      IMAGE_EVENTS_TOPIC,
      Array.from({ length: count }, (_, at) => deletedEvent(`image-${at}`)),
    );

  async function join(): Promise<Subscription> {
    const limits = { maxRecords: 1, maxBytes: 1_000_000, maxWaitMs: 0 };
    return log.subscribe({ topic: IMAGE_EVENTS_TOPIC, group: GROUP, limits });
  }

  async function handle(member: Subscription, count: number): Promise<void> {
    for (let at = 0; at < count; at++) {
      const [record] = (await member.next()) as readonly LogRecord[];
      await member.commit(new Map([[0, (record as LogRecord).offset + 1]]));
    }
  }

  test('that has nothing to do is not behind, and knows no rate at first', async () => {
    expect(await watch.status()).toEqual({
      topic: IMAGE_EVENTS_TOPIC,
      group: GROUP,
      partitions: [{ partition: 0, end: 0, committed: 0, lag: 0, lagSeconds: 0 }],
      lag: 0,
      lagSeconds: 0,
      perSecond: null,
      secondsLeft: 0,
    });
  });

  test('is as far behind in time as its oldest record is old', async () => {
    await append(1);
    nowMs += 40_000;
    await append(3);
    nowMs += 2_000;
    expect(await watch.status()).toMatchObject({ lag: 4, lagSeconds: 42, secondsLeft: null });
    await handle(await join(), 1);
    expect(await watch.status()).toMatchObject({ lag: 3, lagSeconds: 2 });
  });

  test('tells how far it is behind a record that cannot be read, and how long ago that was met', async () => {
    await append(3);
    const damaged = new LookalikeError('log-damaged', 'It cannot be unpacked.');
    jest.spyOn(log, 'read').mockImplementation(() => {
      throw damaged;
    });
    expect(await watch.status()).toMatchObject({ lag: 3, lagSeconds: 0 });
    nowMs += 5_000;
    expect(await watch.status()).toMatchObject({ lag: 3, lagSeconds: 5 });
  });

  test('reads one record of a partition that lags, and none again before the group has come further', async () => {
    await append(10);
    const read = jest.spyOn(log, 'read');
    for (let at = 0; at < 3; at++) await watch.status();
    expect(read).toHaveBeenCalledTimes(1);
    await handle(await join(), 1);
    await Promise.all([watch.status(), watch.status()]);
    expect(read).toHaveBeenCalledTimes(2);
  });

  test('goes as fast as its group commits, whoever of it does, over the last minute', async () => {
    await append(1_000);
    const member = await join();
    await watch.sample();
    for (let at = 0; at < 4; at++) {
      await handle(member, 20);
      nowMs += 10_000;
      await watch.sample();
    }
    expect(await watch.status()).toMatchObject({ perSecond: 2, lag: 920, secondsLeft: 460 });
    // What was before the last minute counts no more.
    for (let at = 0; at < 6; at++) {
      await handle(member, 50);
      nowMs += 10_000;
      await watch.sample();
    }
    expect(await watch.status()).toMatchObject({ perSecond: 5, lag: 620, secondsLeft: 124 });
    // Nothing moves: so there is no saying when it ends.
    for (let at = 0; at < 7; at++) {
      nowMs += 10_000;
      await watch.sample();
    }
    expect(await watch.status()).toMatchObject({ perSecond: 0, secondsLeft: null });
  });

  test('goes as fast as before when the clock is set, and is never less than nothing behind', async () => {
    await append(1_000);
    const member = await join();
    await watch.sample();
    for (const jumpMs of [2 * DAY_MS, -2 * DAY_MS, 0]) {
      offMs = jumpMs;
      await handle(member, 20);
      nowMs += 10_000;
      const { perSecond, lagSeconds } = await watch.status();
      expect(perSecond).toBe(2);
      expect(lagSeconds).toBeGreaterThanOrEqual(0);
    }
  });

  test('that nobody looked at for long has the rate of that time', async () => {
    await append(1_000);
    await watch.sample();
    await handle(await join(), 900);
    nowMs += 300_000;
    expect(await watch.status()).toMatchObject({ perSecond: 3 });
  });
});
