import {
  COPY_LINKS_TOPIC,
  decodeCopyLinks,
  decodeVectorRecord,
  encodeVectorRecord,
  IMAGE_EVENTS_TOPIC,
  type ImageId,
  imageVectorsTopic,
  parseImageId,
  type ReadyRecord,
  type VectorRecord,
} from '#core';
import { createCopyLinksStage, ensureGeneration, indexGroup, type KnownGeneration } from '#pipeline';
import {
  eventually,
  MemoryEventLog,
  MemoryVectorIndex,
  nextBatch,
  PixelEncoder,
  plainPicture,
  recordsOf,
  stateOf,
} from '#testkit';

const encoder = new PixelEncoder().info;
const VECTORS = imageVectorsTopic(encoder.fingerprint);
const LIMITS = { maxRecords: 100, maxBytes: 1_000_000, maxWaitMs: 1 };

function ready(imageId: string, version = 0, picture = imageId): ReadyRecord {
  return {
    imageId: parseImageId(imageId),
    version,
    eventTimeMs: 5,
    state: 'ready',
    image: stateOf(plainPicture(picture)),
    vectors: { fc: new Float32Array(192).fill(1) },
    perceptualHash: '0'.repeat(16),
    width: 3,
    height: 2,
    thumbnail: 'a'.repeat(64),
  };
}

describe('the stage that finds copies', () => {
  let log: MemoryEventLog;
  let index: MemoryVectorIndex;
  let generation: KnownGeneration;
  /** Which images were searchable when each was compared. */
  let seen: Map<ImageId, readonly string[]>;

  beforeEach(async () => {
    log = new MemoryEventLog();
    index = new MemoryVectorIndex();
    for (const topic of [VECTORS, COPY_LINKS_TOPIC])
      await log.ensureTopic(topic, { partitions: 1, retention: 'compact' });
    await log.ensureTopic(IMAGE_EVENTS_TOPIC, { partitions: 1, retention: 'forever' });
    generation = await ensureGeneration({ log, index, encoder, attributes: {} });
    seen = new Map();
  });

  const searchable = async () => {
    const found: string[] = [];
    for await (const records of index.scan()) found.push(...records.map(({ imageId }) => imageId));
    return found.sort();
  };
  const stage = (patienceMs = 30_000) =>
    createCopyLinksStage({
      patienceMs,
      log,
      index,
      generation: { ...generation, live: true },
      findCopies: async (_, { imageId }) => {
        seen.set(imageId, await searchable());
        return [{ sha256: '9'.repeat(64), probability: 0.9, turn: null }];
      },
    });
  const take = (...records: readonly VectorRecord[]) => log.append(VECTORS, records.map(encodeVectorRecord));
  const indexAll = async () => {
    const group = indexGroup(generation.name);
    const subscription = await log.subscribe({ topic: VECTORS, group, limits: LIMITS });
    const records = await nextBatch(subscription);
    await index.apply(generation.name, records.map(decodeVectorRecord));
    await subscription.commit(new Map([[0, (records.at(-1)?.offset ?? 0) + 1]]));
    await subscription.close();
  };
  const run = async (isOwned = () => true) => (await stage()(await recordsOf(log, VECTORS)))(isOwned);
  const links = async () =>
    new Map((await recordsOf(log, COPY_LINKS_TOPIC)).map((it) => [it.key, decodeCopyLinks(it)] as const));
  test('compares an image when it is searchable itself, so of two that come at once one sees the other', async () => {
    await take(ready('a'), ready('b', 1));
    const committed = jest.spyOn(log, 'committed');
    const comparing = run();
    await eventually(() => expect(committed.mock.calls.length).toBeGreaterThan(1));
    expect(seen.size).toBe(0);
    await indexAll();
    await comparing;
    expect([...seen.values()]).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    const { sha256, sizeBytes } = ready('a').image;
    expect((await links()).get('a')).toEqual({
      imageId: 'a',
      version: 0,
      eventTimeMs: 5,
      picture: { sha256, sizeBytes, width: 3, height: 2 },
      links: [{ sha256: '9'.repeat(64), probability: 0.9, turn: null }],
    });
  });

  test('waits for an index that is behind, and says so', async () => {
    await take(ready('a'));
    await expect(stage(0)(await recordsOf(log, VECTORS))).rejects.toMatchObject({ code: 'overloaded', canRetry: true });
    expect(await links()).toEqual(new Map());
  });

  test('knows no picture of an image that is deleted, failed or was never taken', async () => {
    const { imageId, image } = ready('failed', 1);
    const reason = { code: 'picture-damaged', message: 'torn' } as const;
    await take(
      { imageId: parseImageId('deleted'), version: 0, eventTimeMs: 0, state: 'deleted' },
      { imageId, image, version: 1, eventTimeMs: 0, state: 'failed', reason },
    );
    await indexAll();
    await run();
    expect([...(await links()).values()]).toEqual([
      { imageId: 'deleted', picture: null },
      { imageId: 'failed', picture: null },
    ]);
  });

  test('takes nothing back for an older state that comes late', async () => {
    await take(ready('a', 7));
    await indexAll();
    await run();
    await take({ imageId: parseImageId('a'), version: 3, eventTimeMs: 0, state: 'deleted' });
    await indexAll();
    await run();
    expect((await links()).get('a')).toMatchObject({ version: 7 });
  });

  test('writes nothing of a partition that is no longer its own', async () => {
    await take(ready('a'));
    await indexAll();
    await run(() => false);
    expect(await links()).toEqual(new Map());
  });
});
