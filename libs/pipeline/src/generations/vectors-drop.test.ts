import {
  DEAD_LETTER_ACTIONS_TOPIC,
  type EncoderInfo,
  type EventLog,
  IMAGE_EVENTS_TOPIC,
  imageVectorsTopic,
  LookalikeError,
} from '#core';
import {
  embedGroup,
  ensureGeneration,
  Generations,
  ReindexDriver,
  Reindexes,
  redriveGroup,
  requireVectors,
} from '#pipeline';
import { eventually, faultyLog, MemoryEventLog, MemoryVectorIndex, nextBatch, PixelEncoder } from '#testkit';

const own = new PixelEncoder().info;
const other: EncoderInfo = { ...own, name: 'other', fingerprint: 'f'.repeat(16) };
const TOPIC = imageVectorsTopic(own.fingerprint);
const RECORD = { key: 'a', value: Buffer.from('a'), headers: {} };
const LIMITS = { maxRecords: 10, maxBytes: 1_000_000, maxWaitMs: 0 };
const GROUPS = [
  [IMAGE_EVENTS_TOPIC, embedGroup(own.fingerprint)],
  [DEAD_LETTER_ACTIONS_TOPIC, redriveGroup(own.fingerprint)],
] as const;

describe('vectors that nobody uses any more', () => {
  let log: MemoryEventLog;
  let index: MemoryVectorIndex;
  let generations: Generations;
  const drivers: ReindexDriver[] = [];

  /** Nothing of them is used, and everything was handled. */
  beforeEach(async () => {
    log = new MemoryEventLog();
    index = new MemoryVectorIndex();
    generations = new Generations(log);
    for (const [topic] of GROUPS) await log.ensureTopic(topic, { partitions: 1, retention: 'forever' });
    await log.ensureTopic(TOPIC, { partitions: 1, retention: 'compact' });
    const { name: replaces } = await ensureGeneration({ log, index, generations, encoder: own, attributes: {} });
    const schema = (await generations.current()).get(replaces)?.schema ?? null;
    if (schema === null) throw new Error('There is no generation.');
    const established = { kind: 'established', generation: 'b', replaces, by: null } as const;
    await generations.decide({ ...established, schema: { ...schema, encoder: other } });
    await generations.decide({ kind: 'dropped', generation: replaces, by: null });
    await index.createGeneration('b', { ...schema, encoder: other });
    await index.makeLive('b');
    await index.dropGeneration(replaces);
    await log.append(TOPIC, [RECORD]);
    for (const [topic, group] of GROUPS) {
      await log.append(topic, [RECORD]);
      await handle(topic, group);
    }
  });
  afterEach(async () => {
    for (const it of drivers.splice(0)) await it.stop();
  });

  const handle = async (topic: string, group: string) => {
    const subscription = await log.subscribe({ topic, group, limits: LIMITS });
    await nextBatch(subscription);
    await subscription.commit(new Map([[0, 1]]));
    await subscription.close();
  };
  const reindexes = () => new Reindexes({ log, index, generations, partitions: 1 });
  const ask = () => reindexes().dropVectors(own.fingerprint, 'ops');
  const start = () =>
    reindexes().start({ encoder: own, attributes: {}, settings: {}, switchWhenVerified: false }, null);
  const drive = async (through: EventLog = log) => {
    const driver = new ReindexDriver({
      log: through,
      index,
      generations: new Generations(through),
      place: '',
      verify: () => new Promise(() => {}),
      maxLag: 0,
      everyMs: 5,
      partitions: 1,
    });
    drivers.push(driver);
    await driver.start();
    return driver;
  };
  const areGone = () =>
    eventually(async () => expect((await generations.decided()).vectors.has(own.fingerprint)).toBe(false));

  /** As of an encoder that was never used. */
  const expectNothingLeft = async () => {
    await expect(log.watermarks(TOPIC)).rejects.toMatchObject({ code: 'topic-unknown' });
    for (const [topic, group] of GROUPS) expect(await log.committed(topic, group)).toEqual(new Map());
  };

  test('are dropped with what would keep them from being made again', async () => {
    await ask();
    await drive();
    await areGone();
    await expectNothingLeft();
  });

  test('are there until no embedder works with them', async () => {
    const [topic, group] = GROUPS[0];
    const member = await log.subscribe({ topic, group, limits: LIMITS });
    await ask();
    await ask();
    const driver = await drive();
    const forgetting = jest.spyOn(log, 'forgetGroup');
    await eventually(async () => expect(forgetting.mock.calls.length).toBeGreaterThan(3));
    expect(driver.fault).toBeNull();
    expect((await log.watermarks(TOPIC))[0]?.high).toBe(1);
    await member.close();
    await areGone();
    await expectNothingLeft();
  });

  test('leave nothing of who joined once more while they went', async () => {
    const [topic, group] = GROUPS[0];
    const dropping = jest.spyOn(log, 'dropTopic');
    dropping.mockImplementationOnce(async (...args) => {
      await handle(topic, group);
      await MemoryEventLog.prototype.dropTopic.apply(log, args);
    });
    await ask();
    await drive();
    await areGone();
    expect(dropping).toHaveBeenCalled();
    await expectNothingLeft();
  });

  describe.each(['fail', 'lost-acknowledgement'] as const)('whose drop is broken off: %s', (fault) => {
    test.each([
      ['forgetGroup', 1],
      ['forgetGroup', 2],
      ['dropTopic', 1],
      ['forgetGroup', 3],
      ['forgetGroup', 4],
      ['append', 1],
    ] as const)('at %s %i, are dropped by who comes next', async (method, on) => {
      await ask();
      const crash = new LookalikeError('log-unavailable', 'It has crashed.');
      const dying = await drive(faultyLog(log, { seed: 1, rules: { [method]: [{ on: [on], fault, error: crash }] } }));
      await eventually(async () => expect(dying.fault ?? (await isDropped())).toBeTruthy());
      await dying.stop();
      await drive();
      await areGone();
      await expectNothingLeft();
    });
    const isDropped = async () => !(await generations.decided()).vectors.has(own.fingerprint);
  });

  test('cannot be used while they are being dropped, and no topic is made for who wants to', async () => {
    await ask();
    await log.dropTopic(TOPIC, await log.topicId(TOPIC));
    await expect(start()).rejects.toMatchObject({ code: 'vectors-being-dropped' });
    await expect(log.watermarks(TOPIC)).rejects.toMatchObject({ code: 'topic-unknown' });
  });

  test('that go while a generation is begun with them keep it waiting', async () => {
    jest.spyOn(log, 'ensureTopic').mockImplementation(async (topic, config) => {
      await MemoryEventLog.prototype.ensureTopic.call(log, topic, config);
      await log.dropTopic(TOPIC, await log.topicId(TOPIC));
    });
    await expect(start()).rejects.toMatchObject({ code: 'vectors-being-dropped' });
  });

  test('are all made anew when their encoder is used again', async () => {
    await ask();
    await drive();
    await areGone();
    expect(await start()).toMatchObject({ source: 'events', marks: [{ partition: 0, offset: 1 }] });
    // It stands at the start, beside a topic that is empty.
    await requireVectors(log, own.fingerprint);
    for (const [topic, group] of GROUPS) expect(await log.committed(topic, group)).toEqual(new Map());
    expect((await log.watermarks(TOPIC))[0]?.high).toBe(0);
  });

  test('of a generation that was begun while they went have a topic before its stages need one', async () => {
    const begun = jest.spyOn(log, 'watermarks');
    let isFirst = true;
    begun.mockImplementation(async (topic) => {
      const marks = await MemoryEventLog.prototype.watermarks.call(log, topic);
      if (topic === IMAGE_EVENTS_TOPIC && isFirst) {
        isFirst = false;
        await ask();
        await drive();
        await areGone();
      }
      return marks;
    });
    const { name } = await start();
    await eventually(async () => expect((await generations.current()).get(name)?.created).toBe(true));
    expect((await MemoryEventLog.prototype.watermarks.call(log, TOPIC))[0]?.high).toBe(0);
  });

  test('are not dropped by who wakes up when their encoder is long in use again', async () => {
    const id = await log.topicId(TOPIC);
    await ask();
    await drive();
    await areGone();
    await start();
    await log.append(TOPIC, [RECORD]);
    await log.dropTopic(TOPIC, id);
    expect((await log.watermarks(TOPIC))[0]?.high).toBe(1);
  });

  test('are counted among those of all indexes that are filled from the log', async () => {
    const elsewhere = new Generations(log, 'elsewhere');
    const schema = (await generations.current()).get('b')?.schema;
    if (schema === undefined) throw new Error('There is no generation.');
    const used = { ...schema, encoder: own };
    await elsewhere.decide({ kind: 'established', generation: 'z', schema: used, replaces: null, by: null });
    await expect(ask()).rejects.toMatchObject({ code: 'vectors-in-use', facts: { generations: ['z'] } });
  });
});
