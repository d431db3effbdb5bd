import {
  DEAD_LETTERS_TOPIC,
  type DecidedImage,
  DUPLICATE_DECISIONS_TOPIC,
  decodeDuplicateDecision,
  decodeImageEvent,
  encodeImageEvent,
  IMAGE_EVENTS_TOPIC,
  type ImageId,
  imageVectorsTopic,
  LookalikeError,
  parseImageId,
} from '#core';
import { DuplicateDecisions, ensureGeneration, ImageStatuses, madeFrom } from '#pipeline';
import {
  addedEvent,
  deletedEvent,
  MemoryBlobStore,
  MemoryEventLog,
  MemoryVectorIndex,
  PixelEncoder,
  plainPicture,
  recordsOf,
  stateOf,
  updatedEvent,
} from '#testkit';

const encoder = new PixelEncoder().info;
const [CAT, SMALL, OTHER] = ['cat', 'small', 'other'].map(plainPicture) as [Buffer, Buffer, Buffer];

describe('decisions about duplicates', () => {
  let log: MemoryEventLog;
  let blobs: MemoryBlobStore;
  let decisions: DuplicateDecisions;
  let statuses: ImageStatuses;

  beforeEach(async () => {
    log = new MemoryEventLog();
    blobs = new MemoryBlobStore();
    const index = new MemoryVectorIndex();
    const topics = [IMAGE_EVENTS_TOPIC, DEAD_LETTERS_TOPIC, imageVectorsTopic(encoder.fingerprint)];
    for (const topic of topics) await log.ensureTopic(topic, { partitions: 2, retention: 'forever' });
    await ensureGeneration({ log, index, encoder, attributes: {} });
    statuses = new ImageStatuses({ log, index });
    decisions = new DuplicateDecisions({ log, statuses, blobs });
    for (const it of [CAT, SMALL, OTHER]) await blobs.put(it, { maxBytes: 1000 });
    await log.append(IMAGE_EVENTS_TOPIC, [
      addedEvent('cat', stateOf(CAT)),
      addedEvent('small', stateOf(SMALL, { album: 'pets' })),
    ]);
  });

  const image = (imageId: string, picture: Buffer): DecidedImage => ({
    imageId: parseImageId(imageId),
    sha256: stateOf(picture).sha256,
  });
  const both = { kept: [image('cat', CAT)], removed: [image('small', SMALL)] };
  const stateNow = async (imageId: string) => (await statuses.latest(parseImageId(imageId))).state;
  const made = async () => {
    const records = await recordsOf(log, DUPLICATE_DECISIONS_TOPIC).catch(() => []);
    return records.map((it) => decodeDuplicateDecision(it));
  };
  const eventsOf = async (imageId: string) =>
    (await recordsOf(log, IMAGE_EVENTS_TOPIC))
      .filter(({ key }) => key === imageId)
      .map((it) => decodeImageEvent(it).kind);

  test('settle pairs, and change no image', async () => {
    const settled = await decisions.settle('keep', [image('cat', CAT), image('small', SMALL)], 'somebody');
    expect(await made()).toEqual([settled]);
    expect(settled).toMatchObject({ kind: 'keep', by: 'somebody' });
    expect(await eventsOf('small')).toEqual(['added']);
  });

  test('delete through events, and bring back what they deleted as it was', async () => {
    const resolution = await decisions.resolve(both, null);
    expect(await stateNow('small')).toBeNull();
    expect(await stateNow('cat')).toEqual(stateOf(CAT));
    const undoing = await decisions.undo(resolution, 'somebody');
    expect(await stateNow('small')).toEqual(stateOf(SMALL, { album: 'pets' }));
    expect(await made()).toEqual([resolution, undoing]);
    expect(await eventsOf('small')).toEqual(['added', 'deleted', 'added']);
  });

  test('are refused where a picture is another one or gone, and nothing is done', async () => {
    await log.append(IMAGE_EVENTS_TOPIC, [addedEvent('cat', stateOf(OTHER))]);
    const facts = { imageIds: ['cat'] };
    await expect(decisions.resolve(both, null)).rejects.toMatchObject({ code: 'image-changed', facts });
    await log.append(IMAGE_EVENTS_TOPIC, [deletedEvent('small')]);
    await expect(decisions.settle('keep', both.removed, null)).rejects.toMatchObject({ code: 'image-changed' });
    expect(await made()).toEqual([]);
  });

  test('delete nothing that somebody changes in the same moment', async () => {
    const append = log.append.bind(log);
    jest.spyOn(log, 'append').mockImplementation(async (topic, records) => {
      if (topic === DUPLICATE_DECISIONS_TOPIC) {
        await append(IMAGE_EVENTS_TOPIC, [addedEvent('small', stateOf(OTHER))]);
      }
      return append(topic, records);
    });
    await decisions.resolve(both, null);
    expect(await stateNow('small')).toEqual(stateOf(OTHER));
  });

  test('of which each would delete what the other keeps do not both count', async () => {
    const other = { kept: both.removed, removed: both.kept };
    const outcomes = await Promise.allSettled([decisions.resolve(both, null), decisions.resolve(other, null)]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'image-changed' } });
    expect([await stateNow('cat'), await stateNow('small')].filter((it) => it !== null)).toHaveLength(1);
    const [first, second, undo] = await made();
    expect([first?.kind, second?.kind, undo]).toEqual([
      'resolve',
      'resolve',
      expect.objectContaining({ kind: 'undo', decision: second?.id }),
    ]);
  });

  test('delete nothing for good where what they keep is changed in the same moment', async () => {
    const append = log.append.bind(log);
    jest.spyOn(log, 'append').mockImplementation(async (topic, records) => {
      const positions = await append(topic, records);
      if (records[0]?.key === 'small') await append(IMAGE_EVENTS_TOPIC, [addedEvent('cat', stateOf(OTHER))]);
      return positions;
    });
    await expect(decisions.resolve(both, null)).rejects.toMatchObject({ code: 'image-changed' });
    expect(await stateNow('small')).toEqual(stateOf(SMALL, { album: 'pets' }));
  });

  test('that were written before a fault can be made once more, and then undone', async () => {
    const append = log.append.bind(log);
    const away = new LookalikeError('log-unavailable', 'away');
    const spy = jest.spyOn(log, 'append').mockImplementation(async (topic, records) => {
      if (topic === IMAGE_EVENTS_TOPIC) throw away;
      return append(topic, records);
    });
    await expect(decisions.resolve(both, null)).rejects.toBe(away);
    spy.mockRestore();
    const again = await decisions.resolve(both, null);
    expect(await stateNow('small')).toBeNull();
    await decisions.undo(again, null);
    expect(await stateNow('small')).not.toBeNull();
    expect((await made()).map(({ kind }) => kind)).toEqual(['resolve', 'resolve', 'undo']);
  });

  test('are not undone over what came since', async () => {
    const resolution = await decisions.resolve(both, null);
    await log.append(IMAGE_EVENTS_TOPIC, [addedEvent('small', stateOf(OTHER))]);
    await decisions.undo(resolution, null);
    expect(await stateNow('small')).toEqual(stateOf(OTHER));
  });

  test('are undone without going through the log for what they have deleted, however old that is', async () => {
    await log.append(
      IMAGE_EVENTS_TOPIC,
      Array.from({ length: 5_000 }, () => addedEvent('cat', stateOf(CAT))),
    );
    const resolution = await decisions.resolve(both, null);
    const read = log.read.bind(log);
    let events = 0;
    jest.spyOn(log, 'read').mockImplementation(async function* (range) {
      for await (const record of read(range)) {
        if (range.topic === IMAGE_EVENTS_TOPIC) events += 1;
        yield record;
      }
    });
    await decisions.undo(resolution, null);
    expect(await stateNow('small')).toEqual(stateOf(SMALL, { album: 'pets' }));
    expect(events).toBeLessThan(20);
  });

  test('bring back nothing that its publisher has deleted since', async () => {
    const resolution = await decisions.resolve(both, null);
    await log.append(IMAGE_EVENTS_TOPIC, [addedEvent('small', stateOf(OTHER)), deletedEvent('small')]);
    expect(await decisions.undo(resolution, null)).toMatchObject({ restored: [] });
    expect(await stateNow('small')).toBeNull();
  });

  test('bring back what held, and not what was made from an earlier state in the same moment', async () => {
    const lost = madeFrom(updatedEvent('small', stateOf(SMALL, { album: 'lost' })), 0);
    await log.append(IMAGE_EVENTS_TOPIC, [lost]);
    const resolution = await decisions.resolve(both, null);
    await decisions.undo(resolution, null);
    expect(await stateNow('small')).toEqual(stateOf(SMALL, { album: 'pets' }));
  });

  test('cannot be undone when pictures were collected since; those behind links can', async () => {
    const link = { ...stateOf(OTHER), uri: 'https://example.org/other.jpg' };
    await log.append(IMAGE_EVENTS_TOPIC, [addedEvent('linked', link)]);
    const linked = await decisions.resolve({ kept: both.kept, removed: [image('linked', OTHER)] }, null);
    const stored = await decisions.resolve(both, null);
    for (const it of [SMALL, OTHER]) await blobs.delete(stateOf(it).sha256);
    await expect(decisions.undo(stored, null)).rejects.toMatchObject({ code: 'blob-missing' });
    expect(await stateNow('small')).toBeNull();
    await decisions.undo(linked, null);
    expect(await stateNow('linked')).toEqual(link);
    expect((await made()).at(-1)).toMatchObject({ kind: 'undo', decision: linked.id });
  });

  test('pass over what is no event of an image', async () => {
    const resolution = await decisions.resolve(both, null);
    const garbage = {
      ...encodeImageEvent(decodeImageEvent({ ...deletedEvent('small'), timestampMs: 0 })),
      value: Buffer.from('?'),
    };
    await log.append(IMAGE_EVENTS_TOPIC, [{ ...garbage, key: 'small' as ImageId, headers: {} }]);
    await decisions.undo(resolution, null);
    expect(await stateNow('small')).toEqual(stateOf(SMALL, { album: 'pets' }));
  });
});
