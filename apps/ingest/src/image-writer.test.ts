import {
  decodeImageEvent,
  type EventLog,
  IMAGE_EVENTS_TOPIC,
  imageVectorsTopic,
  type NewRecord,
  parseImageId,
} from '#core';
import { ensureGeneration, ImageStatuses, madeFrom } from '#pipeline';
import {
  addedEvent,
  MemoryEventLog,
  MemoryVectorIndex,
  PixelEncoder,
  plainPicture,
  recordsOf,
  stateOf,
  updatedEvent,
} from '#testkit';
import { ImageWriter } from './image-writer.js';

const CAT = parseImageId('cat');
const OLD = stateOf(plainPicture('old'));
const NEW = stateOf(plainPicture('new'));
const UNREPEATED = { key: null, request: null };
const NOTHING_DECLARED = { index: { attributes: {} } };
const put = (state = NEW) => ({ kind: 'updated', imageId: CAT, state }) as const;

describe('changes of one image by several processes', () => {
  let log: MemoryEventLog;
  let index: MemoryVectorIndex;
  let one: ImageWriter;

  beforeEach(async () => {
    [log, index] = [new MemoryEventLog(), new MemoryVectorIndex()];
    const encoder = new PixelEncoder().info;
    await log.ensureTopic(IMAGE_EVENTS_TOPIC, { partitions: 1, retention: 'forever' });
    await log.ensureTopic(imageVectorsTopic(encoder.fingerprint), { partitions: 1, retention: 'compact' });
    await ensureGeneration({ log, index, encoder, attributes: {} });
    one = writer();
    await one.write({ kind: 'added', imageId: CAT, state: OLD }, UNREPEATED);
  });

  /** Of a process of its own; `before` each of its appends somebody else may do something. */
  function writer(before?: () => Promise<unknown>): ImageWriter {
    const append: EventLog['append'] = async (topic, records) => {
      await before?.();
      return log.append(topic, records);
    };
    const slow: EventLog = Object.create(log, { append: { value: append } });
    return new ImageWriter(slow, new ImageStatuses({ log, index }), NOTHING_DECLARED);
  }

  /** What somebody else does before the first append, and at no later one. */
  function once(act: () => Promise<unknown>): () => Promise<unknown> {
    let isDone = false;
    return async () => {
      if (isDone) return;
      isDone = true;
      await act();
    };
  }

  const events = async () => (await recordsOf(log, IMAGE_EVENTS_TOPIC)).map(decodeImageEvent);
  const publish = (...records: NewRecord[]) => log.append(IMAGE_EVENTS_TOPIC, records);

  test('a patch does not take back a picture that was accepted before it', async () => {
    const two = writer(once(() => one.write(put(), UNREPEATED)));
    const { version } = await two.patch(CAT, { album: 'pets' }, UNREPEATED);
    expect(version).toBe(3);
    expect((await events()).at(-1)).toMatchObject({ state: { ...NEW, attributes: { album: 'pets' } } });
  });

  test('a patch does not bring back an image that was deleted before it', async () => {
    const two = writer(once(() => one.write({ kind: 'deleted', imageId: CAT }, UNREPEATED)));
    await expect(two.patch(CAT, { album: 'pets' }, UNREPEATED)).rejects.toMatchObject({ code: 'image-unknown' });
    expect((await events()).at(-1)).toMatchObject({ kind: 'deleted' });
  });

  test('a patch that does not fit what was accepted before it is refused, and leaves that', async () => {
    const full = { ...NEW, attributes: Object.fromEntries(Array.from({ length: 64 }, (_, at) => [`name${at}`, 1])) };
    const two = writer(once(() => one.write(put(full), UNREPEATED)));
    await expect(two.patch(CAT, { album: 'pets' }, UNREPEATED)).rejects.toMatchObject({ code: 'invalid-attributes' });
    expect((await events()).at(-1)).toMatchObject({ state: full });
  });

  test('patches of several processes at the same time all count', async () => {
    const turns = (count: number) => async () => {
      for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
    };
    const writers = [writer(turns(1)), writer(turns(2)), writer(turns(5))];
    const names = Array.from({ length: 30 }, (_, at) => `name${at}`);
    await Promise.all(names.map((name, at) => writers[at % 3]?.patch(CAT, { [name]: at }, UNREPEATED)));
    const last = (await events()).at(-1);
    expect(last).toMatchObject({ state: { attributes: Object.fromEntries(names.map((name, at) => [name, at])) } });
  });

  test('what nobody interferes with is looked at no further, and changes of other images cost no second event', async () => {
    const statuses = new ImageStatuses({ log, index });
    const looked = jest.spyOn(statuses, 'lastThatHolds');
    expect(
      await new ImageWriter(log, statuses, NOTHING_DECLARED).patch(CAT, { album: 'pets' }, UNREPEATED),
    ).toMatchObject({
      version: 1,
    });
    expect(looked).not.toHaveBeenCalled();
    const two = writer(once(() => publish(addedEvent('dog', NEW))));
    expect(await two.patch(CAT, { album: 'zoo' }, UNREPEATED)).toMatchObject({ version: 3 });
    expect(await events()).toHaveLength(4);
  });

  test('what a process left that died before it could look is not built on', async () => {
    await publish(updatedEvent('cat', NEW), madeFrom(updatedEvent('cat', OLD), 1));
    await one.patch(CAT, { album: 'pets' }, UNREPEATED);
    expect((await events()).at(-1)).toMatchObject({ state: { ...NEW, attributes: { album: 'pets' } } });
  });

  test('who is overtaken for ever gives up, to be asked again', async () => {
    const two = writer(() => one.write(put(), UNREPEATED));
    await expect(two.patch(CAT, {}, UNREPEATED)).rejects.toMatchObject({ code: 'overloaded', canRetry: true });
  });
});
