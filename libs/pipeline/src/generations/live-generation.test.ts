import { type EncoderInfo, type EventLog, imageVectorsTopic, LOG_IDENTITY_TOPIC, type VectorIndex } from '#core';
import { ensureGeneration, Generations, indexGroup, type KnownGeneration } from '#pipeline';
import { MemoryEventLog, MemoryVectorIndex, PixelEncoder } from '#testkit';

const encoder = new PixelEncoder().info;
const other: EncoderInfo = { ...encoder, fingerprint: 'f'.repeat(16) };
const vectorsTopic = imageVectorsTopic(encoder.fingerprint);

describe('the generation that a start uses', () => {
  let log: EventLog;
  let index: VectorIndex;
  beforeEach(async () => {
    log = await newLog();
    index = new MemoryVectorIndex();
  });

  const start = (more: Partial<Parameters<typeof ensureGeneration>[0]> = {}) =>
    ensureGeneration({ log, index, encoder, attributes: {}, ...more });

  test('is made live when there is none, and found again afterwards', async () => {
    const first = await start();
    expect(first).toMatchObject({ role: 'live', schema: { encoder: { fingerprint: encoder.fingerprint } } });
    expect(await start()).toEqual(first);
  });

  test('is the same for all who start at once', async () => {
    const started = await Promise.all(Array.from({ length: 5 }, () => start()));
    expect(new Set(started.map(({ name }) => name)).size).toBe(1);
    expect(await index.generations()).toHaveLength(1);
  });

  test('is another for another index that is filled from the same log', async () => {
    const places = [
      { generations: new Generations(log, 'one') },
      { generations: new Generations(log, 'other'), index: new MemoryVectorIndex() },
    ];
    const [one, other] = await Promise.all(places.map(start));
    expect(one?.name).not.toBe(other?.name);
    expect((await start({ generations: new Generations(log, 'one') })).name).toBe(one?.name);
  });

  test('is the one that a start before left half made', async () => {
    const makeLive = jest.spyOn(index, 'makeLive').mockRejectedValueOnce(new Error('killed'));
    await expect(start()).rejects.toThrow('killed');
    const [left] = await index.generations();
    expect(await start()).toMatchObject({ name: left?.name, role: 'live' });
    expect(await index.live()).toMatchObject({ name: left?.name });
    expect(makeLive).toHaveBeenCalledTimes(2);
  });

  test('has a new name when the index was lost: the old one stands for how far the log was read', async () => {
    const lost = await filled();
    const [first, second] = await Promise.all([start, start].map((it) => it({ index: new MemoryVectorIndex() })));
    expect(first?.name).not.toBe(lost.name);
    expect(second?.name).toBe(first?.name);
  });

  test('of another log is refused: its versions would win against all that is new', async () => {
    await start();
    await expect(start({ log: await newLog() })).rejects.toMatchObject({ code: 'log-mismatch', canRetry: false });
  });

  test('stays what it is when a start names another encoder or other attributes: that takes a reindex', async () => {
    const first = await start();
    expect(await start({ encoder: other, attributes: { year: 'number' } })).toEqual(first);
  });

  test('in place of one that was lost has its encoder, whose vectors are there, and the attributes of now', async () => {
    const lost = await filled();
    index = new MemoryVectorIndex();
    const again = await start({ encoder: other, attributes: { year: 'number' } });
    expect(again.schema).toEqual({ ...lost.schema, attributes: { year: 'number' } });
  });

  test('is taken over from an index that knows more than the log, which has lost what was decided', async () => {
    const { name, schema } = await start();
    const forgetful = await newLog();
    await forgetful.ensureTopic(LOG_IDENTITY_TOPIC, { partitions: 1, retention: 'forever' });
    await forgetful.append(LOG_IDENTITY_TOPIC, [{ key: 'identity', value: Buffer.from(schema.log), headers: {} }]);
    expect((await start({ log: forgetful })).name).toBe(name);
  });

  /** A generation whose stage has committed what it has read. */
  async function filled(): Promise<KnownGeneration> {
    const generation = await start();
    await log.append(vectorsTopic, [{ key: 'a', value: Buffer.from('1'), headers: {} }]);
    const limits = { maxRecords: 1, maxBytes: 1000, maxWaitMs: 0 };
    const subscription = await log.subscribe({ topic: vectorsTopic, group: indexGroup(generation.name), limits });
    await subscription.next();
    await subscription.commit(new Map([[0, 1]]));
    return generation;
  }
});

async function newLog(): Promise<EventLog> {
  const log = new MemoryEventLog();
  await log.ensureTopic(vectorsTopic, { partitions: 1, retention: 'compact' });
  return log;
}
