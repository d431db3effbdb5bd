import fc from 'fast-check';
import {
  DEAD_LETTERS_TOPIC,
  decodeDeadLetter,
  decodeVectorRecord,
  type EventLog,
  IMAGE_EVENTS_TOPIC,
  type ImageId,
  imageVectorsTopic,
  LookalikeError,
  type NewRecord,
  newestPerImage,
  type PreparePicture,
  partitionOf,
} from '#core';
import {
  BatchConsumer,
  createEmbedStage,
  LOOK_AHEAD,
  type LookAheadLimits,
  PictureEmbedder,
  stageProgress,
} from '#pipeline';
import {
  addedEvent,
  damagedPicture,
  deletedEvent,
  eventually,
  faultyLog,
  MemoryBlobStore,
  MemoryEventLog,
  MemoryLogStorage,
  noLinks,
  PixelEncoder,
  plainPicture,
  recordsOf,
  stateOf,
  updatedEvent,
} from '#testkit';

const PARTITIONS = 3;
const GROUP = 'embed';
const encoder = new PixelEncoder();
const VECTORS_TOPIC = imageVectorsTopic(encoder.info.fingerprint);
const AHEAD: LookAheadLimits = { ...LOOK_AHEAD, minLag: 1 };
const WITHOUT: LookAheadLimits = { ...LOOK_AHEAD, minLag: Number.POSITIVE_INFINITY };

type Change = {
  readonly do: 'add' | 'delete' | 'damaged' | 'garbage' | 'misplaced';
  readonly image: string;
};

const preparePicture: PreparePicture = async (bytes) => {
  const text = Buffer.from(bytes).toString();
  if (text.startsWith('damaged')) throw new LookalikeError('picture-damaged', 'The picture is damaged.');
  const greyCopy = { width: 1, height: 1, pixels: new Uint8Array(1) };
  const facts = { perceptualHash: '0'.repeat(16), width: 1, height: 1, greyCopy };
  return { ...facts, pixels: new Uint8Array(0), makeThumbnail: async () => Buffer.from(`thumbnail of ${text}`) };
};

/** What a log is made of; every picture is another one. */
function eventsOf(changes: readonly Change[]): NewRecord[] {
  return changes.map(({ do: kind, image }, at) => {
    if (kind === 'delete') return deletedEvent(image);
    if (kind === 'garbage') return { key: image, value: Buffer.from('{'), headers: {} };
    const make = kind === 'damaged' ? damagedPicture : plainPicture;
    return (at % 2 === 0 ? addedEvent : updatedEvent)(image, stateOf(make(`${image} ${at}`)));
  });
}

interface Weather {
  readonly members: number;
  readonly seed: number;
  /** How likely everything uncommitted is delivered again before a fetch, 0 to 1. */
  readonly redeliver: number;
}

const CALM: Weather = { members: 1, seed: 1, redeliver: 0 };

interface Run {
  /** What the index would hold: of each image the version and the state. */
  readonly fold: ReadonlyMap<ImageId, readonly [version: number, state: string]>;
  /** Why events were set aside, by their places. */
  readonly letters: ReadonlyMap<string, string>;
  readonly embedded: number;
  readonly overwritten: number;
}

/** A log of these changes, handled by as many members from its beginning to its end. */
async function run(changes: readonly Change[], limits: LookAheadLimits, weather = CALM): Promise<Run> {
  const log = await filled(changes);
  const blobs = new MemoryBlobStore();
  for (const [at, { image }] of changes.entries()) {
    for (const make of [plainPicture, damagedPicture]) await blobs.put(make(`${image} ${at}`), { maxBytes: 1000 });
  }
  let [embedded, overwritten] = [0, 0];
  // What is in the vectors does not matter here, and how long they take does.
  jest.spyOn(encoder, 'encode').mockImplementation(async (inputs) => {
    embedded += inputs.length;
    return inputs.map(() => ({ vectors: { fc: new Float32Array([3, 4]) } }));
  });
  const embedder = new PictureEmbedder({
    blobs,
    fetchLink: noLinks,
    preparePicture,
    encoder,
    cacheBytes: 0,
    maxPictureBytes: 1000,
    maxEncodedBytes: 1000,
  });
  const observer = {
    overwritten: (events: number) => {
      overwritten += events;
    },
  };
  const { seed, redeliver } = weather;
  const consumers = Array.from({ length: weather.members }, (_, member) => {
    const faulty = faultyLog(log, { seed: seed + member, rules: {}, redeliver: { chance: redeliver } });
    return new BatchConsumer({
      log: faulty,
      topic: IMAGE_EVENTS_TOPIC,
      group: GROUP,
      handler: createEmbedStage(faulty, embedder, observer, limits),
      limits: { maxRecords: 4, maxBytes: 1_000_000, maxWaitMs: 0 },
      batchesAhead: 3,
    });
  });
  // One after the other: partitions move while they are handled.
  for (const it of consumers) await it.start();
  await eventually(async () => expect((await stageProgress(log, IMAGE_EVENTS_TOPIC, GROUP)).lag).toBe(0));
  for (const it of consumers) await it.stop(1_000);
  const newest = newestPerImage((await recordsOf(log, VECTORS_TOPIC)).map(decodeVectorRecord));
  const letters = (await recordsOf(log, DEAD_LETTERS_TOPIC)).map(decodeDeadLetter);
  return {
    fold: new Map(newest.map(({ imageId, version, state }) => [imageId, [version, state]])),
    letters: new Map(letters.map(({ original, reason }) => [`${original.partition}-${original.offset}`, reason.code])),
    embedded,
    overwritten,
  };
}

async function filled(changes: readonly Change[]): Promise<EventLog> {
  const storage = new MemoryLogStorage();
  const log = new MemoryEventLog(storage);
  await log.ensureTopic(IMAGE_EVENTS_TOPIC, { partitions: PARTITIONS, retention: 'forever' });
  await log.ensureTopic(VECTORS_TOPIC, { partitions: PARTITIONS, retention: 'compact' });
  await log.ensureTopic(DEAD_LETTERS_TOPIC, { partitions: 1, retention: 'forever' });
  for (const [at, event] of eventsOf(changes).entries()) {
    if (changes[at]?.do !== 'misplaced') await log.append(IMAGE_EVENTS_TOPIC, [event]);
    else misplace(storage, event);
  }
  return log;
}

/** As a publisher with another partitioner writes it. */
function misplace(storage: MemoryLogStorage, event: NewRecord): void {
  const partition = (partitionOf(event.key, PARTITIONS) + 1) % PARTITIONS;
  const topic = storage.topics.get(IMAGE_EVENTS_TOPIC);
  const records = topic?.records[partition];
  if (topic === undefined || records === undefined) throw new Error('no such partition');
  const offset = topic.high[partition] ?? 0;
  records.push({ ...event, topic: IMAGE_EVENTS_TOPIC, partition, offset, timestampMs: 1 });
  topic.high[partition] = offset + 1;
}

function statesOf(fold: Run['fold']): Map<string, string> {
  return new Map([...fold].map(([image, [, state]]) => [image, state]));
}

/** By the changes alone: what the last that can be read of each image makes of it. */
function expectedStates(changes: readonly Change[]): Map<string, string> {
  const states = { add: 'ready', damaged: 'failed', delete: 'deleted' } as const;
  return new Map(changes.flatMap(({ do: kind, image }) => (kind in states ? [[image, states[kind as 'add']]] : [])));
}

/** Of pictures that nobody wants any more it is chance which are found to be damaged. */
function unreadable({ letters }: Run): string[] {
  return [...letters.keys()].filter((it) => letters.get(it) === 'invalid-event').toSorted();
}

const images = (count: number) => Array.from({ length: count }, (_, at) => `image-${at}`);

describe('events that later ones overwrite', () => {
  afterEach(() => jest.restoreAllMocks());

  test('each living image is embedded once, at its last state: deleted and overwritten states cost nothing', async () => {
    const changes: Change[] = [];
    for (let round = 0; round < 4; round++) {
      for (const [at, image] of images(30).entries()) {
        changes.push({
          do: round === 2 && at % 3 === 0 ? 'delete' : round === 1 && at % 5 === 0 ? 'damaged' : 'add',
          image,
        });
      }
    }
    for (const image of images(30).filter((_, at) => at % 2 === 0)) changes.push({ do: 'delete', image });
    const { fold, embedded, letters, overwritten } = await run(changes, AHEAD);
    expect(statesOf(fold)).toEqual(expectedStates(changes));
    expect(embedded).toBe(15);
    expect(letters.size).toBe(0);
    expect(overwritten).toBe(changes.length - 30);
    // What it costs without looking ahead: the batches are too small to meet an image twice.
    expect((await run(changes, WITHOUT)).embedded).toBeGreaterThan(90);
  });

  test('an event that cannot be read, or lies in a foreign partition, overwrites nothing and is set aside', async () => {
    const changes: Change[] = images(12).flatMap((image) => [
      { do: 'add', image },
      { do: 'garbage', image },
      { do: 'add', image },
      { do: 'misplaced', image },
      { do: 'garbage', image },
    ]);
    const { fold, embedded, letters } = await run(changes, AHEAD);
    expect(statesOf(fold)).toEqual(new Map(images(12).map((image) => [image, 'ready'])));
    expect([embedded, letters.size]).toEqual([12, 36]);
  });

  test('with more images than can be remembered it is right all the same, and only saves less', async () => {
    const changes: Change[] = Array.from({ length: 3 }, () => images(20))
      .flat()
      .map((image) => ({ do: 'add', image }));
    const few = await run(changes, { ...AHEAD, maxImages: 2 * PARTITIONS });
    expect(few.fold).toEqual((await run(changes, AHEAD)).fold);
    expect(few.embedded).toBeGreaterThan(20);
    expect(few.embedded + few.overwritten).toBe(60);
  });

  test('the index is the same as without looking ahead, also when events come again and partitions move', async () => {
    const change = fc.record({
      do: fc.constantFrom('add', 'add', 'add', 'delete', 'damaged', 'garbage', 'misplaced' as const),
      image: fc.constantFrom(...images(8)),
    }) as fc.Arbitrary<Change>;
    const weather = fc.record({
      members: fc.constantFrom(1, 2),
      seed: fc.nat(1_000_000),
      redeliver: fc.constantFrom(0, 0.2, 0.5),
    });
    const limits = fc.record({
      minLag: fc.constantFrom(1, 2, 7),
      maxImages: fc.constantFrom(1, 2 * PARTITIONS, 4 * PARTITIONS, 1_000),
    });
    let saved = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { minLength: 1, maxLength: 50, size: 'max' }),
        limits,
        weather,
        async (changes, ahead, theWeather) => {
          const [plain, looked] = [await run(changes, WITHOUT), await run(changes, ahead, theWeather)];
          expect(looked.fold).toEqual(plain.fold);
          expect(statesOf(looked.fold)).toEqual(expectedStates(changes));
          expect(unreadable(looked)).toEqual(unreadable(plain));
          // What comes again is embedded again.
          if (theWeather.members === 1 && theWeather.redeliver === 0) saved += plain.embedded - looked.embedded;
        },
      ),
      { numRuns: 100 },
    );
    expect(saved).toBeGreaterThan(0);
  }, 60_000);
});
