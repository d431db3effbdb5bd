import {
  DEAD_LETTERS_TOPIC,
  decodeDeadLetter,
  decodeVectorRecord,
  type FetchLink,
  IMAGE_EVENTS_TOPIC,
  imageVectorsTopic,
  type LogRecord,
  LookalikeError,
  type NewRecord,
  type VectorRecord,
} from '#core';
import { createEmbedStage, PictureEmbedder, type StageObserver } from '#pipeline';
import {
  addedEvent,
  damagedPicture,
  deletedEvent,
  MemoryBlobStore,
  MemoryEventLog,
  noLinks,
  PixelEncoder,
  plainPicture,
  preparePlainPicture,
  stateOf,
  updatedEvent,
} from '#testkit';

const CAT = plainPicture('cat');
const DOG = plainPicture('dog');
const DAMAGED = damagedPicture('cat');

describe('the embed stage', () => {
  const encoder = new PixelEncoder();
  const vectorsTopic = imageVectorsTopic(encoder.info.fingerprint);
  let log: MemoryEventLog;
  let blobs: MemoryBlobStore;
  let prepared: number;

  beforeEach(async () => {
    log = new MemoryEventLog();
    blobs = new MemoryBlobStore();
    prepared = 0;
    await log.ensureTopic(IMAGE_EVENTS_TOPIC, { partitions: 1, retention: 'forever' });
    await log.ensureTopic(vectorsTopic, { partitions: 1, retention: 'compact' });
    await log.ensureTopic(DEAD_LETTERS_TOPIC, { partitions: 1, retention: 'forever' });
    for (const picture of [CAT, DOG, DAMAGED]) await blobs.put(picture, { maxBytes: 1000 });
  });

  function stage(cacheBytes = 1_000_000, fetchLink: FetchLink = noLinks, observer: StageObserver = {}) {
    const preparePicture = (bytes: Uint8Array) => {
      prepared += 1;
      return preparePlainPicture(bytes);
    };
    return createEmbedStage(
      log,
      new PictureEmbedder({
        blobs,
        fetchLink,
        preparePicture,
        encoder,
        cacheBytes,
        maxPictureBytes: 1000,
        maxEncodedBytes: 1_000_000,
      }),
      observer,
    );
  }

  async function read(topic: string): Promise<LogRecord[]> {
    const records: LogRecord[] = [];
    for await (const record of log.read({ topic, partition: 0, from: 0 })) records.push(record);
    return records;
  }

  async function embed(events: NewRecord[], handler = stage()): Promise<VectorRecord[]> {
    const before = (await read(IMAGE_EVENTS_TOPIC)).length;
    await log.append(IMAGE_EVENTS_TOPIC, events);
    const effect = await handler((await read(IMAGE_EVENTS_TOPIC)).slice(before));
    await effect(() => true);
    return (await read(vectorsTopic)).map(decodeVectorRecord);
  }

  test('an added picture becomes a ready record with unit vectors, hash and thumbnail, at the version of its event', async () => {
    const state = stateOf(CAT, { album: 'pets' });
    const [, record] = await embed([addedEvent('dog', stateOf(DOG)), addedEvent('cat', state)]);
    if (record?.state !== 'ready') throw new Error('not ready');
    expect(record).toMatchObject({ imageId: 'cat', version: 1, image: state, width: 64, height: 64 });
    expect(Math.hypot(...(record.vectors.fc ?? []))).toBeCloseTo(1, 6);
    expect(await blobs.stat(record.thumbnail)).not.toBeNull();
  });

  test('a deleted image becomes a tombstone record', async () => {
    expect(await embed([deletedEvent('cat')])).toEqual([
      { imageId: 'cat', version: 0, eventTimeMs: expect.any(Number), state: 'deleted' },
    ]);
  });

  test('a bad picture fails alone, with a reason and a dead letter', async () => {
    const records = await embed([
      addedEvent('cat', stateOf(CAT)),
      addedEvent('bad', stateOf(DAMAGED)),
      addedEvent('lost', stateOf(plainPicture('never stored'))),
      addedEvent('dog', stateOf(DOG)),
    ]);
    expect(records.map(({ imageId, state }) => [imageId, state])).toEqual([
      ['cat', 'ready'],
      ['bad', 'failed'],
      ['lost', 'failed'],
      ['dog', 'ready'],
    ]);
    expect(records[1]).toMatchObject({ reason: { code: 'picture-damaged' } });
    expect(records[2]).toMatchObject({ reason: { code: 'blob-missing' } });
    const [letter] = (await read(DEAD_LETTERS_TOPIC)).map(decodeDeadLetter);
    const [, original] = await read(IMAGE_EVENTS_TOPIC);
    expect(letter).toEqual({ reason: { code: 'picture-damaged', message: expect.any(String) }, original });
  });

  test('an event that cannot be read is set aside whole and stops nobody', async () => {
    const broken: NewRecord = {
      key: 'x',
      value: Buffer.from('{'),
      headers: { ce_type: 'io.lookalike.image.added.v1' },
    };
    const records = await embed([broken, addedEvent('cat', stateOf(CAT))]);
    expect(records.map(({ imageId }) => imageId)).toEqual(['cat']);
    const [letter] = (await read(DEAD_LETTERS_TOPIC)).map(decodeDeadLetter);
    expect(letter?.reason.code).toBe('invalid-event');
    expect(letter?.original).toMatchObject({ key: 'x', value: Buffer.from('{'), offset: 0 });
  });

  test('an event in a partition where its key does not belong is set aside, and what is where it belongs goes on', async () => {
    const spread = new MemoryEventLog();
    await spread.ensureTopic(IMAGE_EVENTS_TOPIC, { partitions: 4, retention: 'forever' });
    const [right] = await spread.append(IMAGE_EVENTS_TOPIC, [addedEvent('cat', stateOf(CAT))]);
    const partition = right?.partition ?? 0;
    const records: LogRecord[] = [];
    for await (const it of spread.read({ topic: IMAGE_EVENTS_TOPIC, partition, from: 0 })) records.push(it);
    const [record] = records;
    if (record === undefined) throw new Error('no record');
    const watermarks = log.watermarks.bind(log);
    jest
      .spyOn(log, 'watermarks')
      .mockImplementation((topic) => (topic === IMAGE_EVENTS_TOPIC ? spread : { watermarks }).watermarks(topic));
    const misplaced = { ...record, ...updatedEvent('cat', stateOf(DOG)), partition: (partition + 1) % 4, offset: 7 };
    await (await stage()([record, misplaced]))(() => true);
    expect((await read(vectorsTopic)).map(decodeVectorRecord)).toMatchObject([{ imageId: 'cat', version: 0 }]);
    expect((await read(DEAD_LETTERS_TOPIC)).map(decodeDeadLetter)).toMatchObject([
      { reason: { code: 'invalid-event', message: expect.stringContaining('murmur2') }, original: { offset: 7 } },
    ]);
  });

  test('a record as large as the log takes, and one with a key that is too long, can be set aside too', async () => {
    const [record] = (await embed([addedEvent('cat', stateOf(CAT))])) && (await read(IMAGE_EVENTS_TOPIC));
    if (record === undefined) throw new Error('no record');
    const large = { ...record, key: 'x', value: Buffer.alloc(1_100_000, '{') };
    const long = { ...record, key: 'k'.repeat(5_000) };
    await (await stage()([large, long]))(() => true);
    expect((await read(DEAD_LETTERS_TOPIC)).map(decodeDeadLetter)).toMatchObject([
      { isCut: true, original: { key: 'x', value: null } },
      { original: { key: long.key } },
    ]);
  });

  test('of one image only the last event of a batch is embedded', async () => {
    const records = await embed([
      addedEvent('cat', stateOf(CAT)),
      addedEvent('dog', stateOf(DAMAGED)),
      updatedEvent('cat', stateOf(DOG)),
      deletedEvent('dog'),
    ]);
    expect(records.map(({ imageId, version, state }) => [imageId, version, state])).toEqual([
      ['cat', 2, 'ready'],
      ['dog', 3, 'deleted'],
    ]);
    expect(prepared).toBe(1);
  });

  test('tells how many events of the batch were overwritten, once that is durable and of those that are still its own', async () => {
    const overwritten = jest.fn();
    await log.append(IMAGE_EVENTS_TOPIC, [
      addedEvent('cat', stateOf(CAT)),
      addedEvent('dog', stateOf(DOG)),
      updatedEvent('cat', stateOf(DOG)),
      updatedEvent('dog', stateOf(CAT)),
    ]);
    const effect = await stage(0, noLinks, { overwritten })(await read(IMAGE_EVENTS_TOPIC));
    const append = jest.spyOn(log, 'append').mockRejectedValueOnce(new LookalikeError('log-unavailable', 'away'));
    await expect(effect(() => true)).rejects.toMatchObject({ code: 'log-unavailable' });
    expect(overwritten).not.toHaveBeenCalled();
    append.mockRestore();
    await effect(({ offset }) => offset !== 1);
    expect(overwritten.mock.calls).toEqual([[1]]);
  });

  test('the same bytes are embedded once, so an update of attributes costs no inference', async () => {
    const handler = stage();
    await embed([addedEvent('a', stateOf(CAT)), addedEvent('b', stateOf(CAT))], handler);
    const records = await embed([updatedEvent('a', stateOf(CAT, { album: 'new' }))], handler);
    expect(prepared).toBe(1);
    expect(records.at(-1)).toMatchObject({ imageId: 'a', state: 'ready', image: { attributes: { album: 'new' } } });
  });

  test('a cache of no size keeps nothing', async () => {
    const handler = stage(0);
    await embed([addedEvent('a', stateOf(CAT))], handler);
    await embed([updatedEvent('a', stateOf(CAT))], handler);
    expect(prepared).toBe(2);
  });

  test('a fault fails the batch and writes nothing, and the repeat succeeds', async () => {
    await log.append(IMAGE_EVENTS_TOPIC, [addedEvent('cat', stateOf(CAT)), addedEvent('bad', stateOf(DAMAGED))]);
    const records = await read(IMAGE_EVENTS_TOPIC);
    const fault = new LookalikeError('storage-unavailable', 'The disk is away.');
    const handler = stage();
    const put = jest.spyOn(blobs, 'put').mockRejectedValueOnce(fault);
    await expect(handler(records)).rejects.toBe(fault);
    expect(await read(vectorsTopic)).toEqual([]);
    expect(await read(DEAD_LETTERS_TOPIC)).toEqual([]);
    put.mockRestore();
    await (await handler(records))(() => true);
    expect(await read(vectorsTopic)).toHaveLength(2);
    expect(await read(DEAD_LETTERS_TOPIC)).toHaveLength(1);
  });

  test('while vectors cannot be written a bad picture is set aside once, however often the effect is repeated', async () => {
    await log.append(IMAGE_EVENTS_TOPIC, [addedEvent('cat', stateOf(CAT)), addedEvent('bad', stateOf(DAMAGED))]);
    const fault = new LookalikeError('log-unavailable', 'The log is away.');
    const original = log.append.bind(log);
    const append = jest
      .spyOn(log, 'append')
      .mockImplementation((topic, records) =>
        topic === vectorsTopic ? Promise.reject(fault) : original(topic, records),
      );
    const effect = await stage()(await read(IMAGE_EVENTS_TOPIC));
    for (let time = 0; time < 3; time++) await expect(effect(() => true)).rejects.toBe(fault);
    append.mockRestore();
    await effect(() => true);
    expect(await read(DEAD_LETTERS_TOPIC)).toHaveLength(1);
    expect((await read(vectorsTopic)).map(decodeVectorRecord)).toMatchObject([{ state: 'ready' }, { state: 'failed' }]);
  });

  test('what a process set aside and could not commit any more its successor does not set aside again', async () => {
    await log.append(IMAGE_EVENTS_TOPIC, [addedEvent('a', stateOf(DAMAGED)), addedEvent('b', stateOf(DAMAGED))]);
    const [first, second] = await read(IMAGE_EVENTS_TOPIC);
    await (await stage()([first as LogRecord]))(() => true);
    await (await stage()([first as LogRecord, second as LogRecord]))(() => true);
    const letters = (await read(DEAD_LETTERS_TOPIC)).map(decodeDeadLetter);
    expect(letters.map(({ original }) => original.offset)).toEqual([0, 1]);
  });

  test('a bad reference to the same bytes does not fail a good one', async () => {
    const good = stateOf(CAT);
    const records = await embed([addedEvent('bad', { ...good, uri: 'ftp://x' }), addedEvent('good', good)]);
    expect(records.map(({ imageId, state }) => [imageId, state])).toEqual([
      ['bad', 'failed'],
      ['good', 'ready'],
    ]);
  });

  test('a link that is gone fails its image, with the reason; a server that is away is waited for', async () => {
    const link = { ...stateOf(CAT), uri: 'https://pictures.example/cat.jpg' };
    const failures = [
      new LookalikeError('link-gone', 'The picture is not there (404).'),
      new LookalikeError('link-unavailable', 'The server does not give the picture now (503).'),
    ];
    const handler = stage(0, async () => {
      throw failures.shift();
    });
    expect(await embed([addedEvent('cat', link)], handler)).toMatchObject([
      { state: 'failed', image: link, reason: { code: 'link-gone', message: 'The picture is not there (404).' } },
    ]);
    await expect(embed([addedEvent('cat', link)], handler)).rejects.toMatchObject({ code: 'link-unavailable' });
    expect(await read(vectorsTopic)).toHaveLength(1);
  });

  test('a reference whose hash is not the declared one fails', async () => {
    const state = { ...stateOf(CAT), uri: stateOf(DOG).uri };
    expect(await embed([addedEvent('cat', state)])).toMatchObject([
      { state: 'failed', reason: { code: 'blob-hash-mismatch' } },
    ]);
  });
});
