import {
  DEAD_LETTER_ACTIONS_TOPIC,
  DEAD_LETTERS_TOPIC,
  type DeadLetterAction,
  decodeDeadLetterAction,
  decodeVectorRecord,
  encodeDeadLetter,
  encodeDeadLetterAction,
  encodeVectorRecord,
  IMAGE_EVENTS_TOPIC,
  imageVectorsTopic,
  type LogRecord,
  LookalikeError,
  type NewRecord,
  parseImageId,
} from '#core';
import {
  createRedriveStage,
  DeadLetters,
  embedGroup,
  ensureGeneration,
  type KnownGeneration,
  LetterStates,
  PictureEmbedder,
} from '#pipeline';
import {
  addedEvent,
  MemoryBlobStore,
  MemoryEventLog,
  MemoryVectorIndex,
  noLinks,
  PixelEncoder,
  plainPicture,
  preparePlainPicture,
  recordsOf,
  stateOf,
} from '#testkit';

const CAT = plainPicture('cat');
const LATE = plainPicture('late');

describe('the redrive stage', () => {
  const encoder = new PixelEncoder();
  const vectorsTopic = imageVectorsTopic(encoder.info.fingerprint);
  let log: MemoryEventLog;
  let blobs: MemoryBlobStore;
  let index: MemoryVectorIndex;
  let generation: KnownGeneration;
  let letters: DeadLetters;

  beforeEach(async () => {
    [log, blobs, index] = [new MemoryEventLog(), new MemoryBlobStore(), new MemoryVectorIndex()];
    for (const topic of [IMAGE_EVENTS_TOPIC, DEAD_LETTERS_TOPIC, DEAD_LETTER_ACTIONS_TOPIC]) {
      await log.ensureTopic(topic, { partitions: 1, retention: 'forever' });
    }
    await log.ensureTopic(vectorsTopic, { partitions: 1, retention: 'compact' });
    generation = await ensureGeneration({ log, index, encoder: encoder.info, attributes: {} });
    letters = new DeadLetters(log, new LetterStates(log));
    await blobs.put(CAT, { maxBytes: 1000 });
    await log.append(
      IMAGE_EVENTS_TOPIC,
      Array.from({ length: 12 }, (_, at) => addedEvent(`image-${at}`, stateOf(CAT))),
    );
    await embeddedTo(8);
  });

  /** The embed stage has handled all events below. */
  async function embeddedTo(next: number): Promise<void> {
    const group = embedGroup(encoder.info.fingerprint);
    const limits = { maxRecords: 1, maxBytes: 1, maxWaitMs: 0 };
    const subscription = await log.subscribe({ topic: IMAGE_EVENTS_TOPIC, group, limits });
    await subscription.next();
    await subscription.commit(new Map([[0, next]]));
    await subscription.close();
  }

  const stage = () =>
    createRedriveStage({
      log,
      index,
      generation,
      states: new LetterStates(log),
      embedder: new PictureEmbedder({
        blobs,
        fetchLink: noLinks,
        preparePicture: preparePlainPicture,
        encoder,
        cacheBytes: 0,
        maxPictureBytes: 1000,
        maxEncodedBytes: 1000,
      }),
    });

  const read = (topic: string) => recordsOf(log, topic);

  /** Sets the record aside and asks for it to be sent again. @returns its letter's id. */
  async function redriven(record: NewRecord, from: Partial<LogRecord> = {}) {
    const original = { topic: IMAGE_EVENTS_TOPIC, partition: 0, offset: 7, timestampMs: 1, ...record, ...from };
    const letter = encodeDeadLetter({ reason: { code: 'blob-missing', message: 'gone' }, original });
    const [id] = await log.append(DEAD_LETTERS_TOPIC, [letter]);
    if (id === undefined) throw new Error('not set aside');
    await letters.act(id, 'redrive', 'operator');
    return id;
  }

  async function run(handler = stage()): Promise<DeadLetterAction[]> {
    const asked = await read(DEAD_LETTER_ACTIONS_TOPIC);
    const effect = await handler(asked);
    await effect(() => true);
    return (await read(DEAD_LETTER_ACTIONS_TOPIC)).slice(asked.length).map(decodeDeadLetterAction);
  }

  test('embeds the original event again, at its own version and under a key that is no image’s', async () => {
    await blobs.put(LATE, { maxBytes: 1000 });
    const id = await redriven(addedEvent('elk', stateOf(LATE)));
    expect(await run()).toMatchObject([{ letter: id, action: 'redriven', by: null }]);
    const [written] = await read(vectorsTopic);
    expect(written && decodeVectorRecord(written)).toMatchObject({ imageId: 'elk', version: 7, state: 'ready' });
    expect(written?.key).toMatch(/^\p{Cc}/u);
    expect((await letters.get(id)).state).toBe('redriven');
  });

  test('says why an event failed again, and leaves its letter open', async () => {
    const id = await redriven(addedEvent('elk', stateOf(LATE)));
    expect(await run()).toMatchObject([{ action: 'failed', reason: { code: 'blob-missing' } }]);
    expect(await letters.get(id)).toMatchObject({ state: 'open', lastAction: { action: 'failed' } });
  });

  test('of a success and a later failure of the same event compaction keeps both, in either order', async () => {
    const event = addedEvent('elk', stateOf(LATE));
    await redriven(event);
    await run();
    await blobs.put(LATE, { maxBytes: 1000 });
    await run();
    jest.spyOn(blobs, 'stat').mockResolvedValue(null);
    jest.spyOn(blobs, 'read').mockRejectedValue(new LookalikeError('blob-missing', 'gone'));
    await run();
    log.compact(vectorsTopic);
    const kept = (await read(vectorsTopic)).map(decodeVectorRecord);
    expect(kept.map(({ state }) => state)).toEqual(['ready', 'failed']);
    await index.apply(generation.name, kept);
    expect(await index.count()).toEqual({ ready: 1, failed: 0, deleted: 0 });
  });

  test('does nothing for an image that has gone on', async () => {
    await index.apply(generation.name, [
      { imageId: parseImageId('cat'), version: 8, eventTimeMs: 1, state: 'deleted' },
    ]);
    const id = await redriven(addedEvent('cat', stateOf(CAT)));
    expect(await run()).toMatchObject([{ action: 'superseded' }]);
    expect(await read(vectorsTopic)).toEqual([]);
    expect((await letters.get(id)).state).toBe('superseded');
  });

  test('an event that still cannot be read leaves no vector record', async () => {
    await redriven({ key: 'x', value: Buffer.from('{'), headers: {} });
    expect(await run()).toMatchObject([{ action: 'failed', reason: { code: 'invalid-event' } }]);
    expect(await read(vectorsTopic)).toEqual([]);
  });

  test('a record that the index stage set aside goes to the index again if it can be taken now', async () => {
    const vectors = { fc: new Float32Array(encoder.info.vectors[0]?.size ?? 0).fill(1) };
    const image = stateOf(CAT);
    const facts = { perceptualHash: '0'.repeat(16), width: 1, height: 1, thumbnail: image.sha256 };
    const head = { imageId: parseImageId('cat'), version: 3, eventTimeMs: 1, state: 'ready' } as const;
    const record = encodeVectorRecord({ ...head, image, vectors, ...facts });
    await redriven(record, { topic: vectorsTopic });
    await redriven({ ...record, value: Buffer.from('?') }, { topic: vectorsTopic });
    expect(await run()).toMatchObject([
      { action: 'redriven' },
      { action: 'failed', reason: { code: 'invalid-record' } },
    ]);
    expect((await read(vectorsTopic)).map(decodeVectorRecord)).toMatchObject([{ imageId: 'cat', version: 3 }]);
  });

  test('leaves vectors of another encoder to whoever has it', async () => {
    const id = await redriven(addedEvent('cat', stateOf(CAT)), { topic: imageVectorsTopic('another') });
    expect(await run()).toEqual([]);
    expect((await letters.get(id)).state).toBe('redriving');
  });

  test('does once what was asked for twice', async () => {
    const id = await redriven(addedEvent('cat', stateOf(CAT)));
    await letters.act(id, 'redrive', null);
    expect(await run()).toMatchObject([{ action: 'redriven' }]);
  });

  test('does nothing for a letter that was discarded since, though that lies in a later batch', async () => {
    const id = await redriven(addedEvent('cat', stateOf(CAT)));
    const [request] = await read(DEAD_LETTER_ACTIONS_TOPIC);
    await letters.act(id, 'discard', null);
    const effect = await stage()(request === undefined ? [] : [request]);
    await effect(() => true);
    expect(await read(vectorsTopic)).toEqual([]);
    expect((await letters.get(id)).state).toBe('discarded');
  });

  test('a new group does again what another encoder put through, and leaves what is discarded or superseded', async () => {
    await redriven(addedEvent('cat', stateOf(CAT)));
    const discarded = await redriven(addedEvent('dog', stateOf(CAT)));
    await letters.act(discarded, 'discard', null);
    await index.apply(generation.name, [
      { imageId: parseImageId('elk'), version: 8, eventTimeMs: 1, state: 'deleted' },
    ]);
    await redriven(addedEvent('elk', stateOf(CAT)));
    expect(await run()).toMatchObject([{ action: 'redriven' }, { action: 'superseded' }]);
    expect(await run()).toMatchObject([{ action: 'redriven' }]);
    expect((await read(vectorsTopic)).map(decodeVectorRecord)).toMatchObject([{ imageId: 'cat' }, { imageId: 'cat' }]);
  });

  describe('of an event that another encoder put through', () => {
    /** A letter of an event at that offset; redriven before this encoder had a group. */
    async function putThrough(offset: number): Promise<void> {
      const letter = await redriven(addedEvent('cat', stateOf(CAT)), { offset });
      const result = encodeDeadLetterAction({ letter, action: 'redriven', by: null, atMs: 1 });
      await log.append(DEAD_LETTER_ACTIONS_TOPIC, [result]);
    }

    async function applied(state: 'ready' | 'failed', version: number): Promise<void> {
      const image = stateOf(CAT);
      const head = { imageId: parseImageId('cat'), version, eventTimeMs: 1, image };
      const vectors = { fc: new Float32Array(encoder.info.vectors[0]?.size ?? 0).fill(1) };
      const facts = { perceptualHash: '0'.repeat(16), width: 1, height: 1, thumbnail: image.sha256 };
      await index.apply(generation.name, [
        state === 'ready'
          ? { ...head, state, vectors, ...facts }
          : { ...head, state, reason: { code: 'blob-missing', message: 'gone' } },
      ]);
    }

    test('does nothing where the index has the event ready', async () => {
      const encode = jest.spyOn(encoder, 'encode');
      await putThrough(7);
      await applied('ready', 7);
      expect(await run()).toEqual([]);
      expect(encode).not.toHaveBeenCalled();
      expect(await read(vectorsTopic)).toEqual([]);
    });

    test('leaves it to the embed stage while that is still to come to the event', async () => {
      await putThrough(8);
      expect(await run()).toEqual([]);
      expect(await read(vectorsTopic)).toEqual([]);
      await embeddedTo(9);
      expect(await run()).toMatchObject([{ action: 'redriven' }]);
    });

    test.each([
      ['of it is a failure', 'failed', 7],
      ['is of an earlier event', 'ready', 6],
    ] as const)('embeds it where what the index has %s', async (_, state, version) => {
      await putThrough(7);
      await applied(state, version);
      expect(await run()).toMatchObject([{ action: 'redriven' }]);
      expect((await read(vectorsTopic)).map(decodeVectorRecord)).toMatchObject([{ version: 7, state: 'ready' }]);
    });

    test('does what somebody waits for all the same: the vectors topic need not hold what the index does', async () => {
      await applied('ready', 7);
      await redriven(addedEvent('cat', stateOf(CAT)));
      expect(await run()).toMatchObject([{ action: 'redriven' }]);
      expect(await read(vectorsTopic)).toHaveLength(1);
    });
  });

  test('waits out a fault, and what it did before is only done again', async () => {
    await redriven(addedEvent('cat', stateOf(CAT)));
    const fault = new LookalikeError('index-unavailable', 'away');
    jest.spyOn(index, 'fetch').mockRejectedValueOnce(fault);
    const handler = stage();
    await expect(run(handler)).rejects.toBe(fault);
    expect(await read(vectorsTopic)).toEqual([]);
    await run(handler);
    await run(handler);
    log.compact(vectorsTopic);
    expect(await read(vectorsTopic)).toHaveLength(1);
  });

  test('leaves out what is no longer its own', async () => {
    await redriven(addedEvent('cat', stateOf(CAT)));
    const effect = await stage()(await read(DEAD_LETTER_ACTIONS_TOPIC));
    await effect(() => false);
    expect(await read(vectorsTopic)).toEqual([]);
  });
});
