import {
  DEAD_LETTERS_TOPIC,
  decodeDeadLetter,
  decodeVectorRecord,
  encodeVectorRecord,
  IMAGE_EVENTS_TOPIC,
  imageVectorsTopic,
  LookalikeError,
  type NewRecord,
  parseImageId,
  type ReadyRecord,
} from '#core';
import { createIndexStage, ensureGeneration, type KnownGeneration } from '#pipeline';
import {
  addedEvent,
  MemoryEventLog,
  MemoryVectorIndex,
  PixelEncoder,
  plainPicture,
  recordsOf,
  stateOf,
} from '#testkit';

const encoder = new PixelEncoder().info;
const VECTORS = imageVectorsTopic(encoder.fingerprint);

/** The same length, so that the record ends where it says. */
function without(field: string, record: NewRecord): NewRecord {
  const value = Buffer.from(record.value ?? []);
  value.write(`"${'x'.repeat(field.length)}":`, value.indexOf(`"${field}":`));
  return { ...record, value };
}

function ready(imageId: string, vectors: ReadyRecord['vectors'] = { fc: new Float32Array(192).fill(1) }): NewRecord {
  return encodeVectorRecord({
    imageId: parseImageId(imageId),
    version: 0,
    eventTimeMs: 0,
    state: 'ready',
    image: stateOf(plainPicture(imageId)),
    vectors,
    perceptualHash: '0'.repeat(16),
    width: 1,
    height: 1,
    thumbnail: 'a'.repeat(64),
  });
}

describe('the index stage', () => {
  let log: MemoryEventLog;
  let index: MemoryVectorIndex;
  let generation: KnownGeneration;

  beforeEach(async () => {
    log = new MemoryEventLog();
    index = new MemoryVectorIndex();
    await log.ensureTopic(VECTORS, { partitions: 1, retention: 'compact' });
    await log.ensureTopic(IMAGE_EVENTS_TOPIC, { partitions: 1, retention: 'forever' });
    await log.ensureTopic(DEAD_LETTERS_TOPIC, { partitions: 1, retention: 'forever' });
    generation = await ensureGeneration({ log, index, encoder, attributes: {} });
  });

  const read = (topic: string) => recordsOf(log, topic);

  async function indexed(): Promise<string[]> {
    const ids: string[] = [];
    for await (const records of index.scan()) ids.push(...records.map((record) => record.imageId));
    return ids.sort();
  }

  test.each([
    ['that is not a record at all', { key: 'bad', value: Buffer.from('?'), headers: {} }, 'invalid-record'],
    ['without its image', without('image', ready('bad')), 'invalid-record'],
    ['without the time of its event', without('eventTimeMs', ready('bad')), 'invalid-record'],
    ['of another size', ready('bad', { fc: new Float32Array(3).fill(1) }), 'invalid-vector'],
    ['of another encoder', ready('bad', { other: new Float32Array(192).fill(1) }), 'invalid-vector'],
  ])('a record %s is set aside and stops nobody', async (_what, bad, code) => {
    await log.append(VECTORS, [ready('a'), bad, ready('b')]);
    const effect = await createIndexStage(log, index, generation)(await read(VECTORS));
    await effect(() => true);
    expect(await indexed()).toEqual(['a', 'b']);
    expect((await read(DEAD_LETTERS_TOPIC)).map((record) => decodeDeadLetter(record).reason.code)).toEqual([code]);
  });

  test('a repeated batch is nothing new; a version that the log has not reached stops the stage', async () => {
    await log.append(IMAGE_EVENTS_TOPIC, [addedEvent('a', stateOf(plainPicture('a')))]);
    await log.append(VECTORS, [ready('a')]);
    const effect = await createIndexStage(log, index, generation)(await read(VECTORS));
    await effect(() => true);
    await effect(() => true);
    const [record] = (await read(VECTORS)).map(decodeVectorRecord);
    await index.apply(generation.name, [{ ...(record as ReadyRecord), version: 1 }]);
    await expect(effect(() => true)).rejects.toMatchObject({
      code: 'log-mismatch',
      message: expect.stringMatching(/version 1 .* ends at 1 .*delete the index/),
    });
    await log.append(IMAGE_EVENTS_TOPIC, [addedEvent('a', stateOf(plainPicture('a')))]);
    await effect(() => true);
  });

  test('records of a lost partition are left out', async () => {
    await log.append(VECTORS, [ready('a')]);
    const effect = await createIndexStage(log, index, generation)(await read(VECTORS));
    await effect(() => false);
    expect(await indexed()).toEqual([]);
  });

  test.each(['index-unavailable', 'index-damaged'] as const)(
    'an index that is %s is a fault: nothing is set aside, and the repeat succeeds',
    async (code) => {
      await log.append(VECTORS, [ready('a')]);
      const fault = new LookalikeError(code, 'The index is broken.');
      jest.spyOn(index, 'apply').mockRejectedValueOnce(fault);
      const effect = await createIndexStage(log, index, generation)(await read(VECTORS));
      await expect(effect(() => true)).rejects.toBe(fault);
      expect(await read(DEAD_LETTERS_TOPIC)).toEqual([]);
      await effect(() => true);
      expect(await indexed()).toEqual(['a']);
    },
  );

  test('while the index is away a bad record is set aside once, however often the effect is repeated', async () => {
    await log.append(VECTORS, [{ key: 'bad', value: Buffer.from('?'), headers: {} }, ready('a')]);
    const fault = new LookalikeError('index-unavailable', 'The index is away.');
    const apply = jest.spyOn(index, 'apply').mockRejectedValue(fault);
    const effect = await createIndexStage(log, index, generation)(await read(VECTORS));
    for (let time = 0; time < 3; time++) await expect(effect(() => true)).rejects.toBe(fault);
    apply.mockRestore();
    await effect(() => true);
    expect(await read(DEAD_LETTERS_TOPIC)).toHaveLength(1);
    expect(await indexed()).toEqual(['a']);
  });

  test('a bad record of a partition that is lost while the index is written is left to its next owner', async () => {
    await log.append(VECTORS, [ready('a'), { key: 'bad', value: Buffer.from('?'), headers: {} }]);
    const effect = await createIndexStage(log, index, generation)(await read(VECTORS));
    let isOurs = true;
    const apply = index.apply.bind(index);
    jest.spyOn(index, 'apply').mockImplementation((name, records) => {
      isOurs = false;
      return apply(name, records);
    });
    await effect(() => isOurs);
    expect(await read(DEAD_LETTERS_TOPIC)).toEqual([]);
  });
});
