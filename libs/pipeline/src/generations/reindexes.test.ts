import { type EncoderInfo, IMAGE_EVENTS_TOPIC, imageVectorsTopic, parseImageId, type Watermarks } from '#core';
import { ensureGeneration, Generations, Reindexes } from '#pipeline';
import { addedEvent, deletedEvent, MemoryEventLog, MemoryVectorIndex, PixelEncoder, stateOf } from '#testkit';

const own = new PixelEncoder().info;
const other: EncoderInfo = { ...own, name: 'other', fingerprint: 'f'.repeat(16) };
const REQUEST = { encoder: null, attributes: {}, settings: {}, switchWhenVerified: false };

describe('a reindex', () => {
  let log: MemoryEventLog;
  let index: MemoryVectorIndex;
  let reindexes: Reindexes;
  beforeEach(async () => {
    log = new MemoryEventLog();
    index = new MemoryVectorIndex();
    const generations = new Generations(log);
    await log.ensureTopic(IMAGE_EVENTS_TOPIC, { partitions: 1, retention: 'forever' });
    await log.ensureTopic(imageVectorsTopic(own.fingerprint), { partitions: 1, retention: 'compact' });
    const { name } = await ensureGeneration({ log, index, generations, encoder: own, attributes: {} });
    await log.append(IMAGE_EVENTS_TOPIC, [
      addedEvent('old', stateOf(Buffer.from('old'))),
      deletedEvent('gone'),
      deletedEvent('new'),
    ]);
    const head = { eventTimeMs: 0, image: stateOf(Buffer.from('old')) };
    const reason = { code: 'picture-damaged', message: 'It is damaged.' } as const;
    await index.apply(name, [
      { ...head, imageId: parseImageId('old'), version: 0, state: 'failed', reason },
      { imageId: parseImageId('gone'), version: 1, eventTimeMs: 0, state: 'deleted' },
      { imageId: parseImageId('new'), version: 2, eventTimeMs: 0, state: 'deleted' },
    ]);
    reindexes = new Reindexes({ log, index, generations, partitions: 1 });
  });
  afterEach(() => jest.restoreAllMocks());

  test('with the same encoder is filled from its vectors, from where nothing is below', async () => {
    const next = await reindexes.start(REQUEST, 'ops');
    expect(next).toMatchObject({ role: 'next', source: 'vectors', marks: [{ partition: 0, offset: 0 }], by: 'ops' });
  });

  test('with another one from the events, and has a topic for its vectors', async () => {
    const next = await reindexes.start({ ...REQUEST, encoder: other, attributes: { year: 'number' } }, null);
    expect(next).toMatchObject({
      source: 'events',
      marks: [{ partition: 0, offset: 3 }],
      schema: { encoder: { fingerprint: other.fingerprint }, attributes: { year: 'number' } },
    });
    expect(await log.watermarks(imageVectorsTopic(other.fingerprint))).toHaveLength(1);
  });

  test('with another one of the same fingerprint is refused before anything is made', async () => {
    await reindexes.start({ ...REQUEST, encoder: { ...other, digest: 'a'.repeat(64) } }, null);
    await reindexes.cancel(null);
    const generations = new Generations(log);
    const [, tried] = [...(await generations.current()).keys()];
    await generations.decide({ kind: 'dropped', generation: tried ?? '', by: null });
    const clashing = { ...other, name: 'clashing', digest: 'b'.repeat(64) };
    await expect(reindexes.start({ ...REQUEST, encoder: clashing }, null)).rejects.toMatchObject({
      code: 'fingerprint-clash',
      facts: { encoder: other.name },
    });
  });

  describe('of a log that has lost its beginning', () => {
    beforeEach(() => {
      const { watermarks } = log;
      jest.spyOn(log, 'watermarks').mockImplementation(async (topic): Promise<readonly Watermarks[]> => {
        const marks = await watermarks.call(log, topic);
        return topic === IMAGE_EVENTS_TOPIC ? marks.map((it) => ({ ...it, low: 2 })) : marks;
      });
    });

    test('is refused for another encoder, with the images that it would not know', async () => {
      const started = reindexes.start({ ...REQUEST, encoder: other }, null);
      await expect(started).rejects.toMatchObject({
        code: 'log-incomplete',
        facts: { images: 1, examples: ['old'], partitions: [{ partition: 0, low: 2 }] },
      });
    });

    test('is refused for another encoder while the live one is still being filled, and cannot tell which', async () => {
      await log.append(
        IMAGE_EVENTS_TOPIC,
        Array.from({ length: 100 }, () => deletedEvent('new')),
      );
      const started = reindexes.start({ ...REQUEST, encoder: other }, null);
      await expect(started).rejects.toMatchObject({
        code: 'log-incomplete',
        facts: { generation: expect.any(String) },
      });
    });

    test('is refused for another encoder when the index is lost too', async () => {
      jest.spyOn(index, 'generations').mockResolvedValue([]);
      await expect(reindexes.start({ ...REQUEST, encoder: other }, null)).rejects.toMatchObject({
        code: 'log-incomplete',
      });
    });

    test('has all that it needs with the same encoder', async () => {
      expect((await reindexes.start(REQUEST, null)).role).toBe('next');
    });
  });

  test('of an index that is lost is switched to by itself', async () => {
    jest.spyOn(index, 'generations').mockResolvedValue([]);
    expect((await reindexes.start(REQUEST, null)).wanted).toBe('when-verified');
  });
});
