import {
  DEAD_LETTERS_TOPIC,
  type DecidedImage,
  DUPLICATE_DECISIONS_TOPIC,
  type DuplicateDecision,
  decodeDeadLetter,
  decodeDuplicateDecision,
  decodeVectorRecord,
  encodeDuplicateDecision,
  IMAGE_EVENTS_TOPIC,
  type LogRecord,
  parseImageId,
  partitionOf,
} from '#core';
import { logIdentity, madeFrom } from '#pipeline';
import { type Calibration, Calibrations, PICTURES_ALONE } from '#search';
import { addedEvent, deletedEvent, MemoryEventLog, MemoryLogStorage, recordsOf, stateOf, updatedEvent } from '#testkit';
import { lastThatHolds } from '../../libs/pipeline/src/optimistic-states.js';
import { letterStates, PICTURES, someCollection } from './some-collection.js';
import { Collection, exported, FINGERPRINT, imported, memoryCollection, misplace, VECTORS } from './transfer-world.js';

const [CAT, DOG, , ELK] = PICTURES;

async function transferred(from: Collection, partitions: number, encoders: readonly string[] | null = null) {
  const to = new MemoryEventLog(new MemoryLogStorage());
  const result = await imported(await exported(from.log, encoders), to, partitions);
  return { result, to: await Collection.of(to, partitions, from.blobs) };
}

describe.each([
  [4, 4],
  [4, 7],
  [4, 1],
  [1, 8],
])('a log of %d partitions imported into one of %d', (before, after) => {
  test('holds the same images, of which nothing is embedded again', async () => {
    const from = await someCollection(before);
    const { to, result } = await transferred(from, after);
    await to.settle();
    expect(to.embedded).toBe(0);
    expect(await to.shown()).toEqual(await from.shown());
    expect(await letterStates(to)).toEqual(await letterStates(from));
    expect(result.counts).toMatchObject({ events: { imported: 35, leftOut: 0 }, lettersMade: 0 });
    expect(result.log).toBe(await logIdentity(to.log));
    expect(result.origin).toBe(await logIdentity(from.log));
    expect(result.log).not.toBe(result.origin);
  });

  test('without its vectors it is embedded again, by itself', async () => {
    const from = await someCollection(before);
    const { to } = await transferred(from, after, []);
    await to.settle();
    expect(to.embedded).toBeGreaterThan(0);
    expect(await to.shown()).toEqual(await from.shown());
  });

  test('what is published afterwards wins over what was imported', async () => {
    const from = await someCollection(before);
    const { to } = await transferred(from, after);
    await to.publish(updatedEvent('image-4', stateOf(ELK, { at: 200 })), deletedEvent('image-5'));
    await to.settle();
    expect(await to.shown()).toMatchObject({
      'image-4': { image: stateOf(ELK, { at: 200 }) },
      'image-5': { state: 'deleted' },
    });
    expect(to.embedded).toBe(1);
  });

  test('what the encoder had not done yet is embedded there', async () => {
    const from = await someCollection(before);
    await from.publish(updatedEvent('image-6', stateOf(ELK)), addedEvent('new', stateOf(CAT)));
    const { to } = await transferred(from, after);
    await to.settle();
    expect(to.embedded).toBe(2);
    await from.settle();
    expect(await to.shown()).toEqual(await from.shown());
  });
});

test('calibrations are there as they were, the last one last', async () => {
  const from = await someCollection(4);
  const calibrationOf = (images: number): Calibration => ({
    fingerprint: FINGERPRINT,
    models: { fc: PICTURES_ALONE },
    measured: {
      images,
      edits: 0,
      pairs: 0,
      copiesAmongSample: 0,
      unusable: { pictures: {}, edits: {} },
      vectors: [],
    },
    atMs: 1,
    by: 'somebody',
  });
  const calibrations = new Calibrations(from.log);
  for (const images of [100, 200]) await calibrations.decide(calibrationOf(images));
  const { to, result } = await transferred(from, 7);
  expect(result.counts.calibrations).toEqual({ imported: 2, leftOut: 0 });
  expect(await new Calibrations(to.log).of(FINGERPRINT)).toEqual(calibrationOf(200));
});

test('what was decided of duplicates is there as it was, with the versions that its images have there', async () => {
  const from = await someCollection(4);
  await from.log.ensureTopic(DUPLICATE_DECISIONS_TOPIC, { partitions: 1, retention: 'forever' });
  const images = ['image-1', 'image-4'].map((it) => ({ imageId: parseImageId(it), sha256: '0'.repeat(64) }));
  const head = { by: 'somebody', atMs: 1 };
  const keep = encodeDuplicateDecision({ id: 'first', kind: 'keep', images, ...head });
  const versionsIn = async (collection: Collection) => {
    const events = await collection.records(IMAGE_EVENTS_TOPIC);
    return images.map(({ imageId }) => events.find(({ key }) => key === imageId)?.offset ?? null);
  };
  const resolved = (versions: readonly (number | null)[]): DuplicateDecision => ({
    id: 'second',
    kind: 'resolve',
    kept: images,
    removed: [...versions, null].map((version, at) => ({ ...(images[at % 2] as DecidedImage), version })),
    ...head,
  });
  const before = await versionsIn(from);
  await from.log.append(DUPLICATE_DECISIONS_TOPIC, [keep, encodeDuplicateDecision(resolved(before))]);
  const { to, result } = await transferred(from, 7);
  expect(result.counts.decisions).toEqual({ imported: 2, leftOut: 0 });
  const after = await versionsIn(to);
  expect(after).not.toEqual(before);
  const [first, second] = await to.records(DUPLICATE_DECISIONS_TOPIC);
  expect(first).toMatchObject(keep);
  expect(decodeDuplicateDecision(second as LogRecord)).toEqual(resolved(after));
});

test('every record of the vectors has the version that its event has', async () => {
  const from = await someCollection(4);
  const { to } = await transferred(from, 7);
  const places = new Set((await to.records(IMAGE_EVENTS_TOPIC)).map((it) => `${it.key} ${it.offset}`));
  const vectors = (await to.records(VECTORS)).map((it) => decodeVectorRecord(it));
  expect(vectors.length).toBeGreaterThan(30);
  expect(vectors.filter(({ imageId, version }) => !places.has(`${imageId} ${version}`))).toEqual([]);
});

test('what a redrive made has the key of its event there', async () => {
  const from = await someCollection(4);
  const { to } = await transferred(from, 7);
  const event = (await to.records(IMAGE_EVENTS_TOPIC)).find(({ key }) => key === 'late');
  const keys = (await to.records(VECTORS)).map(({ key }) => key).filter((key) => key?.startsWith('\u0001'));
  expect(keys).toEqual([`\u0001${IMAGE_EVENTS_TOPIC}/${event?.partition}-${event?.offset}/ready`]);
});

test('letters name the place that their original has there, and can be sent again', async () => {
  const from = await someCollection(4);
  const { to } = await transferred(from, 7);
  const events = await to.records(IMAGE_EVENTS_TOPIC);
  for (const record of await to.records(DEAD_LETTERS_TOPIC)) {
    const { original } = decodeDeadLetter(record);
    const event = events.find((it) => it.partition === original.partition && it.offset === original.offset);
    expect(Buffer.from(event?.value ?? []).toString()).toBe(Buffer.from(original.value ?? []).toString());
  }
  await to.settle();
  const { letters } = await to.letters.list({ limit: 100, imageId: 'broken' });
  const [broken] = letters;
  if (broken === undefined) throw new Error('There is no letter.');
  await to.letters.act(broken.id, 'redrive', null);
  await to.settle();
  expect((await to.letters.get(broken.id)).state).toBe('open');
});

test('an event that does not say when it happened keeps the time at which its first log took it', async () => {
  const from = await memoryCollection(2, new MemoryLogStorage());
  await from.upload(CAT);
  const { ce_time: _, ...headers } = addedEvent('timeless', stateOf(CAT)).headers;
  await from.publish({ ...addedEvent('timeless', stateOf(CAT)), headers });
  await from.settle();
  const { to } = await transferred(from, 3, []);
  await to.settle();
  expect(await to.shown()).toEqual(await from.shown());
});

describe('records that lie where their key does not belong', () => {
  const partitions = 4;
  const elsewhere = (partitionOf('image-1', partitions) + 1) % partitions;
  const misplaced = { ...updatedEvent('image-1', stateOf(DOG, { at: 999 })) };

  test.each([true, false])('stay without effect, and are kept as letters (handled before: %s)', async (handled) => {
    const storage = new MemoryLogStorage();
    const from = await someCollection(partitions, storage);
    misplace(storage, elsewhere, misplaced);
    misplace(storage, 0, { ...misplaced, key: null });
    if (handled) await from.settle();
    const { to, result } = await transferred(from, elsewhere + 1);
    await from.settle();
    await to.settle();
    expect(await to.shown()).toEqual(await from.shown());
    expect(await letterStates(to)).toEqual(await letterStates(from));
    expect(result.counts).toMatchObject({ events: { leftOut: 2 }, lettersMade: handled ? 0 : 2 });
    // Sent again there, they are still what they were.
    const page = await to.letters.list({ limit: 100, reason: 'invalid-event', state: 'open' });
    for (const { id } of page.letters) await to.letters.act(id, 'redrive', null);
    await to.settle();
    expect(await to.shown()).toEqual(await from.shown());
  });
});

test('a patch holds there if it held, and does not if it did not', async () => {
  const from = await memoryCollection(2, new MemoryLogStorage());
  await from.upload(CAT);
  const at = (n: number) => updatedEvent('image-1', stateOf(CAT, { at: n }));
  // Others of its partition, so that places differ there.
  await from.publish(...Array.from({ length: 20 }, (_, i) => addedEvent(`other-${i}`, stateOf(CAT))));
  await from.publish(at(1));
  const [first] = (await from.records(IMAGE_EVENTS_TOPIC)).filter(({ key }) => key === 'image-1');
  const end = (first?.offset ?? 0) + 1;
  await from.publish(madeFrom(at(2), end), addedEvent('between', stateOf(CAT)), madeFrom(at(3), end));
  const { to } = await transferred(from, 5);
  const shown = async ({ log }: Collection) => {
    const holds = [];
    for (const record of (await recordsOf(log, IMAGE_EVENTS_TOPIC)).filter(({ key }) => key === 'image-1')) {
      const last = await lastThatHolds(log, parseImageId('image-1'), record);
      holds.push(last?.state?.attributes.at);
    }
    return holds;
  };
  expect(await shown(from)).toEqual([1, 2, 2]);
  expect(await shown(to)).toEqual([1, 2, 2]);
});

test('records of the vectors that cannot be read are for the index stage to set aside', async () => {
  const from = await someCollection(2);
  await from.log.append(VECTORS, [{ key: 'strange', value: Buffer.from('garbage'), headers: {} }]);
  await from.settle();
  const { to, result } = await transferred(from, 3);
  await to.settle();
  expect(result.counts.letters.leftOut).toBe(1);
  expect(await letterStates(to)).toEqual(await letterStates(from));
});
