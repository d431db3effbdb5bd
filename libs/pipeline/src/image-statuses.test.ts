import {
  decodeImageEvent,
  encodeVectorRecord,
  IMAGE_EVENTS_TOPIC,
  type ImageId,
  imageVectorsTopic,
  LookalikeError,
  type NewRecord,
  parseImageId,
  type VectorRecord,
} from '#core';
import { embedGroup, ensureGeneration, ImageStatuses, indexGroup, schemaOf } from '#pipeline';
import {
  addedEvent,
  deletedEvent,
  MemoryEventLog,
  MemoryVectorIndex,
  PixelEncoder,
  plainPicture,
  recordsOf,
  stateOf,
  updatedEvent,
} from '#testkit';

const CAT = parseImageId('cat');
const PICTURE = stateOf(plainPicture('cat'), { album: 'pets' });
const encoder = new PixelEncoder().info;
const vectorsTopic = imageVectorsTopic(encoder.fingerprint);

describe('the status of an image', () => {
  let log: MemoryEventLog;
  let index: MemoryVectorIndex;
  let generation: string;
  let statuses: ImageStatuses;

  beforeEach(async () => {
    log = new MemoryEventLog();
    index = new MemoryVectorIndex();
    await log.ensureTopic(IMAGE_EVENTS_TOPIC, { partitions: 1, retention: 'forever' });
    await log.ensureTopic(vectorsTopic, { partitions: 1, retention: 'compact' });
    generation = (await ensureGeneration({ log, index, encoder, attributes: {} })).name;
    statuses = new ImageStatuses({ log, index, maxPending: 10 });
  });

  async function publish(...events: NewRecord[]): Promise<void> {
    await log.append(IMAGE_EVENTS_TOPIC, events);
  }

  const read = (topic: string) => recordsOf(log, topic);

  async function commit(topic: string, group: string, next?: number): Promise<void> {
    const limits = { maxRecords: 1000, maxBytes: 1e6, maxWaitMs: 0 };
    const end = next ?? (await read(topic)).length;
    if ((await log.committed(topic, group)).get(0) === end) return;
    const subscription = await log.subscribe({ topic, group, limits });
    // What was handed out is owned; a member that only joined need not have its partitions yet.
    await subscription.next();
    await subscription.commit(new Map([[0, end]]));
    await subscription.close();
  }

  /** Takes every event through the stages, through the first one only, or to where only the commit is missing. */
  async function process(until: 'embedded' | 'applied' | 'indexed', bad: string[] = []): Promise<void> {
    const records = (await read(IMAGE_EVENTS_TOPIC)).map((record): VectorRecord => {
      const event = decodeImageEvent(record);
      const head = { imageId: event.imageId, version: record.offset, eventTimeMs: event.timeMs };
      if (event.kind === 'deleted') return { ...head, state: 'deleted' };
      const image = event.state;
      if (bad.includes(event.imageId)) {
        return { ...head, state: 'failed', image, reason: { code: 'picture-damaged', message: 'Damaged.' } };
      }
      const vectors = { fc: new Float32Array(192).fill(1) };
      return {
        ...head,
        state: 'ready',
        image,
        vectors,
        perceptualHash: '0'.repeat(16),
        width: 1,
        height: 1,
        thumbnail: 'a'.repeat(64),
      };
    });
    await log.append(vectorsTopic, records.map(encodeVectorRecord));
    await commit(IMAGE_EVENTS_TOPIC, embedGroup(encoder.fingerprint));
    if (until === 'embedded') return;
    await index.apply(generation, records);
    if (until === 'applied') return;
    await commit(vectorsTopic, indexGroup(generation));
  }

  test('an image is waiting, ready, failed, deleted or unknown', async () => {
    expect(await statuses.statusOf(CAT)).toMatchObject({ state: 'unknown', version: null });
    await publish(
      addedEvent('cat', PICTURE),
      addedEvent('bad', PICTURE),
      addedEvent('gone', PICTURE),
      deletedEvent('gone'),
    );
    expect(await statuses.statusOf(CAT)).toMatchObject({ state: 'waiting', version: 0, visibleVersion: null });
    await process('embedded', ['bad']);
    expect(await statuses.statusOf(CAT)).toMatchObject({ state: 'waiting', version: 0, visibleVersion: null });
    await process('indexed', ['bad']);
    expect(await statuses.statusOf(CAT)).toMatchObject({ state: 'ready', version: 0, visibleVersion: 0 });
    expect(await statuses.statusOf(parseImageId('bad'))).toMatchObject({
      state: 'failed',
      record: { reason: { code: 'picture-damaged' } },
    });
    expect(await statuses.statusOf(parseImageId('gone'))).toMatchObject({ state: 'deleted', version: 3 });
  });

  test('an update that is not indexed yet is waiting and names both versions', async () => {
    await publish(addedEvent('cat', PICTURE));
    await process('indexed');
    const newer = { ...PICTURE, attributes: { album: 'newer' } };
    await publish(updatedEvent('cat', newer));
    const status = await statuses.statusOf(CAT);
    expect(status).toMatchObject({ state: 'waiting', version: 1, visibleVersion: 0, accepted: newer });
  });

  test('what waits says for which stage, how old its event is, and how many that stage has before it', async () => {
    const eventTimeMs = Date.parse('2026-01-31T08:00:00Z');
    await publish(addedEvent('a', PICTURE), addedEvent('b', PICTURE));
    const event = addedEvent('cat', PICTURE);
    await publish({ ...event, headers: { ...event.headers, ce_time: '2026-01-31T08:00:00Z' } });
    const waitingOf = async (imageId: ImageId) => (await statuses.statusOf(imageId)).waiting;
    expect(await waitingOf(CAT)).toEqual({ stage: 'embed', ahead: 2, eventTimeMs });
    await commit(IMAGE_EVENTS_TOPIC, embedGroup(encoder.fingerprint), 1);
    expect(await waitingOf(CAT)).toEqual({ stage: 'embed', ahead: 1, eventTimeMs });
    await process('embedded');
    expect(await waitingOf(CAT)).toEqual({ stage: 'index', ahead: 2, eventTimeMs });
    await commit(vectorsTopic, indexGroup(generation), 2);
    expect(await waitingOf(CAT)).toEqual({ stage: 'index', ahead: 0, eventTimeMs });
    await process('indexed');
    expect(await waitingOf(CAT)).toBeNull();
  });

  test('the latest state is the last accepted one, visible or not', async () => {
    expect((await statuses.latest(CAT)).state).toBeNull();
    await publish(addedEvent('cat', PICTURE));
    await process('indexed');
    expect(await statuses.latest(CAT)).toMatchObject({ version: 0, state: PICTURE });
    const newer = { ...PICTURE, attributes: { album: 'newer' } };
    await publish(updatedEvent('cat', newer));
    expect(await statuses.latest(CAT)).toEqual({ version: 1, state: newer, readTo: 2 });
    await publish(deletedEvent('cat'));
    expect((await statuses.latest(CAT)).state).toBeNull();
    await process('indexed');
    expect((await statuses.latest(CAT)).state).toBeNull();
  });

  test('an invalid event does not hide a waiting one before it', async () => {
    const invalid = [
      { key: 'cat', value: Buffer.from('{'), headers: {} },
      { key: 'cat', value: null, headers: {} },
    ];
    await publish(addedEvent('cat', PICTURE), ...invalid);
    expect(await statuses.statusOf(CAT)).toMatchObject({ state: 'waiting', version: 0, visibleVersion: null });
  });

  test('an invalid event never takes back an update that waits', async () => {
    await publish(addedEvent('cat', PICTURE));
    await process('indexed');
    const newer = { ...PICTURE, attributes: { album: 'newer' } };
    await publish(updatedEvent('cat', newer), { key: 'cat', value: Buffer.from('{'), headers: {} });
    expect(await statuses.statusOf(CAT)).toMatchObject({ state: 'waiting', version: 1, visibleVersion: 0 });
    expect(await statuses.latest(CAT)).toMatchObject({ version: 1, state: newer });
  });

  test('a vector record that cannot be read does not hide the one before it', async () => {
    await publish(addedEvent('cat', PICTURE));
    await process('embedded');
    await log.append(vectorsTopic, [{ key: 'cat', value: Buffer.from('?'), headers: {} }]);
    expect(await statuses.statusOf(CAT)).toMatchObject({ state: 'waiting', version: 0, visibleVersion: null });
  });

  test('what is embedded and not indexed yet is accepted as its event said', async () => {
    await publish(addedEvent('cat', PICTURE), addedEvent('gone', PICTURE), deletedEvent('gone'));
    await process('embedded');
    expect(await statuses.latest(CAT)).toMatchObject({ version: 0, state: PICTURE });
    expect(await statuses.statusOf(parseImageId('gone'))).toMatchObject({
      state: 'waiting',
      version: 2,
      accepted: null,
    });
  });

  test('what searches see is ready, though nobody has committed it', async () => {
    await publish(addedEvent('cat', PICTURE));
    await process('applied');
    expect(await statuses.statusOf(CAT)).toMatchObject({ state: 'ready', version: 0, visibleVersion: 0 });
  });

  test('before a generation is live nobody can tell', async () => {
    const early = new ImageStatuses({ log, index: new MemoryVectorIndex() });
    await expect(early.statusOf(CAT)).rejects.toMatchObject({ code: 'no-live-generation', canRetry: true });
  });

  /** Of another encoder, whose stages have done nothing. */
  async function makeAnotherLive(): Promise<void> {
    const other = { ...encoder, fingerprint: 'other' };
    await log.ensureTopic(imageVectorsTopic('other'), { partitions: 1, retention: 'compact' });
    await index.createGeneration('next', schemaOf('log', { encoder: other, attributes: {}, settings: {} }));
    await index.makeLive('next');
  }

  test('where its generation is replaced and dropped meanwhile, the one that is live tells', async () => {
    await publish(addedEvent('cat', PICTURE));
    await process('indexed');
    const fetch = index.fetch.bind(index);
    jest.spyOn(index, 'fetch').mockImplementationOnce(async (...args) => {
      await makeAnotherLive();
      await index.dropGeneration(generation);
      return fetch(...args);
    });
    expect(await statuses.statusOf(CAT)).toMatchObject({ state: 'waiting', version: 0, visibleVersion: null });
  });

  test('where its vectors are dropped meanwhile too, the generation that is live tells', async () => {
    await publish(addedEvent('cat', PICTURE));
    await process('indexed');
    const watermarks = log.watermarks.bind(log);
    jest.spyOn(log, 'watermarks').mockImplementationOnce(async (topic) => {
      await makeAnotherLive();
      await log.dropTopic(vectorsTopic, await log.topicId(vectorsTopic));
      return watermarks(topic);
    });
    expect(await statuses.statusOf(CAT)).toMatchObject({ state: 'waiting', version: 0, visibleVersion: null });
  });

  test('an index that has lost what is live is no answer, however often it is asked', async () => {
    jest.spyOn(index, 'fetch').mockRejectedValue(new LookalikeError('generation-unknown', 'There is none.'));
    await expect(statuses.statusOf(CAT)).rejects.toMatchObject({ code: 'generation-unknown' });
    expect(index.fetch).toHaveBeenCalledTimes(2);
  });

  test('each waiting record is read once, however many ask', async () => {
    await publish(
      ...Array.from({ length: 8 }, (_, at) => addedEvent(`other-${at}`, PICTURE)),
      addedEvent('cat', PICTURE),
    );
    let read = 0;
    const original = log.read.bind(log);
    jest.spyOn(log, 'read').mockImplementation(async function* (options) {
      for await (const record of original(options)) {
        read += 1;
        yield record;
      }
    });
    await Promise.all(Array.from({ length: 50 }, () => statuses.statusOf(CAT)));
    // All nine once, and the one that is asked for at each look-up.
    expect(read).toBe(9 + 50);
  });

  test('what the stages have handled is forgotten, so a long life needs no more memory', async () => {
    for (let round = 0; round < 5; round++) {
      await publish(...Array.from({ length: 8 }, (_, at) => addedEvent(`image-${round}-${at}`, PICTURE)));
      expect(await statuses.statusOf(parseImageId(`image-${round}-3`))).toMatchObject({ state: 'waiting' });
      await process('indexed');
      expect(await statuses.statusOf(parseImageId(`image-${round}-3`))).toMatchObject({ state: 'ready' });
    }
  });

  test('an event that the embed stage passed over waits until the one that overwrites it is handled', async () => {
    await publish(addedEvent('cat', PICTURE), addedEvent('other', PICTURE), deletedEvent('cat'));
    // The first left no vector record.
    await commit(IMAGE_EVENTS_TOPIC, embedGroup(encoder.fingerprint), 1);
    expect(await statuses.statusOf(CAT)).toMatchObject({ state: 'waiting', version: 2, waiting: { ahead: 1 } });
    expect((await statuses.latest(CAT)).state).toBeNull();
  });

  test('what the stages have not reached is not forgotten with what lies before it', async () => {
    await publish(addedEvent('other', PICTURE), addedEvent('cat', PICTURE));
    expect(await statuses.statusOf(CAT)).toMatchObject({ state: 'waiting', version: 1 });
    await commit(IMAGE_EVENTS_TOPIC, embedGroup(encoder.fingerprint), 1);
    expect(await statuses.statusOf(CAT)).toMatchObject({ state: 'waiting', version: 1 });
  });

  test('more waiting images than may be remembered are refused', async () => {
    const others = Array.from({ length: 11 }, (_, at) => addedEvent(`other-${at}`, PICTURE));
    await publish(...others.slice(0, 10));
    expect(await statuses.statusOf(CAT)).toMatchObject({ state: 'unknown' });
    await publish(...others.slice(10));
    await expect(statuses.statusOf(CAT)).rejects.toMatchObject({ code: 'overloaded', canRetry: true });
  });
});
