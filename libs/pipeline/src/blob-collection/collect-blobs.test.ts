import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DEAD_LETTER_ACTIONS_TOPIC,
  DEAD_LETTERS_TOPIC,
  type EventLog,
  encodeDeadLetter,
  encodeDeadLetterAction,
  encodeGenerationEvent,
  encodeVectorRecord,
  IMAGE_EVENTS_TOPIC,
  INDEX_GENERATIONS_TOPIC,
  imageVectorsTopic,
  LookalikeError,
  type NewRecord,
  parseImageId,
} from '#core';
import {
  addedEvent,
  deletedEvent,
  MemoryBlobStore,
  MemoryEventLog,
  plainPicture,
  sha256Of,
  stateOf,
  updatedEvent,
} from '#testkit';
import { collectBlobs } from './collect-blobs.js';
import { ReferencedBlobs, type ReferencedBlobsOptions } from './referenced-blobs.js';

const [CAT, DOG, OWL] = ['cat', 'dog', 'owl'].map(plainPicture) as [Buffer, Buffer, Buffer];
const DELAY_MS = 1_000;
const FINGERPRINT = 'abc';
const VECTORS = imageVectorsTopic(FINGERPRINT);

describe('a collection of blobs', () => {
  let nowMs: number;
  let blobs: MemoryBlobStore;
  let log: MemoryEventLog;
  let tempFolder: string;
  beforeEach(async () => {
    nowMs = 10_000;
    blobs = new MemoryBlobStore(() => nowMs);
    log = new MemoryEventLog();
    tempFolder = await mkdtemp(join(tmpdir(), 'lookalike-collect-'));
    for (const topic of [IMAGE_EVENTS_TOPIC, DEAD_LETTERS_TOPIC, DEAD_LETTER_ACTIONS_TOPIC, INDEX_GENERATIONS_TOPIC]) {
      await log.ensureTopic(topic, { partitions: 1, retention: 'forever' });
    }
  });
  afterEach(async () => {
    expect(await readdir(tempFolder)).toEqual([]);
    await log.close();
    await rm(tempFolder, { recursive: true });
  });

  const put = async (...pictures: readonly Buffer[]) => {
    for (const it of pictures) await blobs.put(it, { maxBytes: 1_000 });
  };
  const append = (...records: readonly NewRecord[]) => log.append(IMAGE_EVENTS_TOPIC, records);
  const collect = async (isDryRun = false, from: EventLog = log) => {
    nowMs += DELAY_MS + 1;
    const {
      watermarks: _,
      isDryRun: __,
      ...counts
    } = await collectBlobs({
      log: from,
      blobs,
      delayMs: DELAY_MS,
      tempFolder,
      isDryRun,
    });
    return Object.fromEntries(Object.entries(counts).filter(([, { blobs: n }]) => n > 0));
  };
  const of = (...pictures: readonly Buffer[]) => ({
    blobs: pictures.length,
    bytes: pictures.reduce((sum, it) => sum + it.length, 0),
  });
  const isThere = async (picture: Buffer) => (await blobs.stat(sha256Of(picture))) !== null;

  test('withdraws what nothing refers to, and deletes it in a later pass', async () => {
    await put(CAT, DOG, OWL);
    await append(addedEvent('a', stateOf(CAT)), addedEvent('b', stateOf(DOG)), updatedEvent('b', stateOf(CAT)));
    expect(await collect()).toEqual({ kept: of(CAT), withdrawn: of(DOG, OWL) });
    expect(await isThere(DOG)).toBe(true);
    expect(await collect()).toEqual({ kept: of(CAT), deleted: of(DOG, OWL) });
    expect([await isThere(CAT), await isThere(DOG)]).toEqual([true, false]);
  });

  test('waits until the delay is over, before each of the two', async () => {
    await put(DOG);
    nowMs -= 2;
    expect(await collect()).toEqual({ waiting: of(DOG) });
    expect(await collect()).toEqual({ withdrawn: of(DOG) });
    nowMs -= 2;
    expect(await collect()).toEqual({ waiting: of(DOG) });
    expect(await collect()).toEqual({ deleted: of(DOG) });
  });

  test('restores what something refers to again', async () => {
    await put(DOG);
    await collect();
    await append(addedEvent('a', stateOf(DOG)));
    expect(await collect()).toEqual({ restored: of(DOG) });
    expect(await collect()).toEqual({ kept: of(DOG) });
  });

  test('of a dry run says what would be done, and does nothing', async () => {
    await put(DOG);
    expect(await collect(true)).toEqual({ withdrawn: of(DOG) });
    expect(await collect()).toEqual({ withdrawn: of(DOG) });
    expect(await collect(true)).toEqual({ deleted: of(DOG) });
    expect(await isThere(DOG)).toBe(true);
  });

  test('keeps the picture of a deleted image no longer', async () => {
    await put(CAT);
    await append(addedEvent('a', stateOf(CAT)), deletedEvent('a'));
    expect(await collect()).toEqual({ withdrawn: of(CAT) });
  });

  describe('with vectors', () => {
    const ready = (imageId: string, version: number, thumbnail: Buffer): NewRecord =>
      encodeVectorRecord({
        imageId: parseImageId(imageId),
        version,
        eventTimeMs: 1,
        state: 'ready',
        image: stateOf(CAT),
        vectors: { fc: new Float32Array([1]) },
        perceptualHash: '0'.repeat(16),
        width: 1,
        height: 1,
        thumbnail: sha256Of(thumbnail),
      });
    const generation = (place: string) =>
      encodeGenerationEvent(place, {
        kind: 'established',
        generation: 'g',
        by: null,
        atMs: 1,
        replaces: null,
        schema: {
          log: 'log',
          encoder: { name: 'test', fingerprint: FINGERPRINT, trained: true, manifest: {} },
          vectors: [{ name: 'fc', size: 1, datatype: 'float32', role: 'searched' }],
          attributes: {},
          settings: {},
        },
      });
    beforeEach(() => log.ensureTopic(VECTORS, { partitions: 1, retention: 'compact' }));

    test.each(['', 'elsewhere'])('keeps the thumbnail of the last record of an image (index %j)', async (place) => {
      await put(DOG, OWL);
      await log.append(INDEX_GENERATIONS_TOPIC, [generation(place)]);
      await log.append(VECTORS, [ready('a', 5, OWL), ready('a', 4, DOG)]);
      expect(await collect()).toEqual({ kept: of(OWL), withdrawn: of(DOG) });
    });

    test('keeps nothing for the vectors of an encoder of which there is no generation', async () => {
      await put(OWL);
      await log.append(VECTORS, [ready('a', 5, OWL)]);
      expect(await collect()).toEqual({ withdrawn: of(OWL) });
    });
  });

  test('keeps what the original of an open dead letter refers to, until it is discarded', async () => {
    await put(DOG);
    const [at] = await append(addedEvent('a', stateOf(DOG)), deletedEvent('a'));
    for await (const original of log.read({ topic: IMAGE_EVENTS_TOPIC, partition: 0, from: at?.offset ?? 0, to: 1 })) {
      const letter = encodeDeadLetter({ reason: { code: 'picture-damaged', message: 'no' }, original });
      await log.append(DEAD_LETTERS_TOPIC, [letter]);
    }
    expect(await collect()).toEqual({ kept: of(DOG) });
    expect((await new ReferencedBlobs({ log }, new Set([sha256Of(DOG)])).catchUp()).size).toBe(1);
    const discarded = { letter: { partition: 0, offset: 0 }, action: 'discard', by: null, atMs: 1 } as const;
    await log.append(DEAD_LETTER_ACTIONS_TOPIC, [encodeDeadLetterAction(discarded)]);
    expect(await collect()).toEqual({ withdrawn: of(DOG) });
  });

  const referencedAmong = (options: ReferencedBlobsOptions, hashes: ReadonlySet<string>) =>
    new ReferencedBlobs(options, hashes).catchUp();

  test('tells which of a few blobs the last event of an image refers to', async () => {
    await append(addedEvent('a', stateOf(CAT)), addedEvent('b', stateOf(DOG)), updatedEvent('b', stateOf(OWL)));
    const hashes = new Set([CAT, DOG, OWL].map(sha256Of));
    expect(await referencedAmong({ log }, hashes)).toEqual(new Set([sha256Of(CAT), sha256Of(OWL)]));
    const a = parseImageId('a');
    expect(await referencedAmong({ log, except: { imageId: a } }, hashes)).toEqual(new Set([sha256Of(OWL)]));
    const [again] = await append(updatedEvent('a', stateOf(DOG)));
    const past = { imageId: a, before: again?.offset ?? 0 };
    expect(await referencedAmong({ log, except: past }, hashes)).toEqual(new Set([DOG, OWL].map(sha256Of)));
  });

  test('tells of a picture that is referred to since it looked', async () => {
    await append(addedEvent('a', stateOf(CAT)));
    const references = new ReferencedBlobs({ log }, new Set([CAT, DOG].map(sha256Of)));
    expect(await references.catchUp()).toEqual(new Set([sha256Of(CAT)]));
    await append(addedEvent('b', stateOf(DOG)), deletedEvent('a'));
    expect(await references.catchUp()).toEqual(new Set([sha256Of(DOG)]));
  });

  const logWith = (changes: Partial<EventLog>): EventLog =>
    new Proxy(log as EventLog, {
      get(target, name) {
        const found: unknown = Reflect.get(changes, name) ?? Reflect.get(target, name);
        return typeof found === 'function' ? found.bind(target) : found;
      },
    });

  test.each([
    ['log-incomplete', { watermarks: async () => [{ partition: 0, low: 1, high: 1 }] }],
    [
      'log-damaged',
      {
        read: () => {
          throw new LookalikeError('log-damaged', 'A record cannot be read.');
        },
      },
    ],
  ])('with %s does nothing and says so', async (code, changes) => {
    await put(DOG);
    await append(addedEvent('a', stateOf(CAT)), addedEvent('b', stateOf(CAT)));
    await expect(collect(false, logWith(changes))).rejects.toMatchObject({ code });
    expect(await collect()).toEqual({ withdrawn: of(DOG) });
  });
});
