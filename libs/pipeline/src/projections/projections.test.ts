import {
  encodeVectorRecord,
  type GenerationSchema,
  imageVectorsTopic,
  type NewRecord,
  projectionTopic,
  type VectorRecord,
} from '#core';
import {
  decodeProjection,
  dropProjection,
  encodeProjection,
  fitProjections,
  ProjectingIndex,
  projected,
  readProjection,
  vectorsIn,
  writeProjection,
} from '#pipeline';
import { IndexMemory, MemoryEventLog, MemoryVectorIndex, PixelEncoder, vectorIndexContract } from '#testkit';
import { sampleVectors } from './vector-sample.js';

const { fingerprint } = new PixelEncoder().info;
const TOPIC = imageVectorsTopic(fingerprint);
const SIZE = 8;
const NEVER = new AbortController().signal;

function ready(imageId: string, version: number, seed = version): VectorRecord {
  const image = { uri: 'blob:', sha256: 'ab'.repeat(32), sizeBytes: 1, mediaType: 'image/png', attributes: {} };
  const fc = Float32Array.from({ length: SIZE }, (_, at) => Math.sin(seed * 31 + at * 7));
  const picture = { perceptualHash: '0'.repeat(16), width: 1, height: 1, thumbnail: 'ab'.repeat(32) };
  return { imageId: imageId as never, version, eventTimeMs: 0, state: 'ready', image, vectors: { fc }, ...picture };
}

async function logOf(partitions: number, records: readonly NewRecord[]): Promise<MemoryEventLog> {
  const log = new MemoryEventLog();
  await log.ensureTopic(TOPIC, { partitions, retention: 'compact' });
  await log.append(TOPIC, records);
  return log;
}

const sampled = async (log: MemoryEventLog, images: number) =>
  Array.from(await sampleVectors({ log, fingerprint, name: 'fc', size: SIZE }, images));

describe('a sample of the log’s vectors', () => {
  const records = Array.from({ length: 200 }, (_, at) => encodeVectorRecord(ready(`image-${at}`, at)));

  test('is the same in any log, whatever the partitions, the order and what was overwritten', async () => {
    const wanted = await sampled(await logOf(1, records), 30);
    expect(wanted).toHaveLength(30 * SIZE);
    const older = records.map((it, at) => ({
      ...it,
      value: encodeVectorRecord(ready(`image-${at}`, at - 200, 999)).value,
    }));
    expect(await sampled(await logOf(7, [...older.toReversed(), ...records.toReversed(), ...older]), 30)).toEqual(
      wanted,
    );
    const redriven = records.map((it, at) => ({ ...it, key: `redriven\u0000${at}` }));
    expect(await sampled(await logOf(3, redriven), 30)).toEqual(wanted);
  });

  test('has no images that were deleted, and all others where there are few', async () => {
    const deleted = encodeVectorRecord({ imageId: 'image-0' as never, version: 999, eventTimeMs: 0, state: 'deleted' });
    expect(await sampled(await logOf(2, [...records.slice(0, 5), deleted]), 30)).toHaveLength(4 * SIZE);
    expect(await sampled(await logOf(2, []), 30)).toEqual([]);
  });
});

describe('a projection', () => {
  const projection = {
    size: 200_000,
    components: Float32Array.from({ length: 400_000 }, (_, at) => Math.sin(at)),
    offset: Float32Array.of(0.1, 0.2),
  };

  test('comes back from the log as it was, also after a try that was stopped, until it is dropped', async () => {
    const log = new MemoryEventLog();
    const digest = await writeProjection(log, 'g', projection);
    await writeProjection(log, 'g', { ...projection, components: projection.components.toReversed() });
    const found = await readProjection(log, { fittedFor: 'g', digest });
    expect(encodeProjection(found).equals(encodeProjection(projection))).toBe(true);
    await dropProjection(log, 'g');
    await dropProjection(log, 'g');
    const damaged = { code: 'log-damaged', facts: { topic: projectionTopic('g'), digest } };
    await expect(readProjection(log, { fittedFor: 'g', digest })).rejects.toMatchObject(damaged);
  });

  test('is not read from other bytes', () => {
    const whole = encodeProjection({ size: 2, components: Float32Array.of(1, 2, 3, 4), offset: Float32Array.of(5, 6) });
    const { components, offset } = decodeProjection(whole);
    expect([Array.from(components), Array.from(offset)]).toEqual([
      [1, 2, 3, 4],
      [5, 6],
    ]);
    for (const bytes of [whole.subarray(0, -1), whole.subarray(1), Buffer.alloc(0), Buffer.from('{}\n')]) {
      expect(() => decodeProjection(bytes)).toThrow(expect.objectContaining({ code: 'log-damaged' }));
    }
  });

  test('leaves some direction of what it leaves nothing of, and refuses other sizes', () => {
    const by = { size: 2, components: Float32Array.of(1, 0), offset: Float32Array.of(2) };
    expect(projected(by, Float32Array.of(3, 4))).toEqual(Float32Array.of(1));
    expect(projected(by, Float32Array.of(-3, 4))).toEqual(Float32Array.of(-5));
    expect(projected(by, Float32Array.of(2, 4))).toEqual(Float32Array.of(1));
    expect(() => projected(by, Float32Array.of(1))).toThrow(expect.objectContaining({ code: 'invalid-vector' }));
  });

  test('is fitted once for the same vectors: another log gets the same digest', async () => {
    const records = Array.from({ length: 50 }, (_, at) => encodeVectorRecord(ready(`image-${at}`, at)));
    const fitted = async (log: MemoryEventLog, generation: string) => {
      const fc = { name: 'fc', size: SIZE, datatype: 'float32', role: 'searched' } as const;
      const vectors = vectorsIn({ kind: 'lean', components: 3 }, { vectors: [fc] }, generation);
      const encoder = { name: 'x', fingerprint, trained: false, manifest: {} };
      return fitProjections(log, { encoder, vectors }, NEVER);
    };
    const [one] = await fitted(await logOf(1, records), 'one');
    const [two] = await fitted(await logOf(5, records.toReversed()), 'two');
    expect(one).toMatchObject({ name: 'fc-coarse', sampled: 50, explained: expect.any(Number) });
    expect(two).toEqual(one);
  });
});

describe('an index with projections', () => {
  const projection = {
    size: SIZE,
    components: Float32Array.from({ length: 2 * SIZE }, (_, at) => (at % 9 === 0 ? 1 : 0)),
    offset: new Float32Array(2),
  };
  const schema = {
    vectors: [
      { name: 'fc', size: SIZE, datatype: 'float32', role: 'rescored' },
      {
        name: 'fc-coarse',
        size: 2,
        datatype: 'float32',
        role: 'searched',
        projection: { of: 'fc', fittedFor: 'g', digest: 'ab' },
      },
    ],
    attributes: {},
    settings: {},
  } as unknown as GenerationSchema;

  test('makes them of what is applied and searched by, and leaves them out of what is read', async () => {
    const stored = new MemoryVectorIndex();
    let [reads, isAway] = [0, true];
    const index = new ProjectingIndex(stored, async () => {
      if (isAway) throw new Error('away');
      reads += 1;
      return projection;
    });
    await index.createGeneration('g', schema);
    const record = ready('a', 1);
    await expect(index.apply('g', [record])).rejects.toThrow('away');
    isAway = false;
    await index.apply('g', [record]);
    await index.makeLive('g');
    const [whole] = await stored.fetch([record.imageId], { withVectors: true });
    const { fc = new Float32Array(), 'fc-coarse': coarse } = whole?.state === 'ready' ? (whole.vectors ?? {}) : {};
    expect(coarse).toEqual(projected(projection, fc));
    const [read] = await index.fetch([record.imageId], { withVectors: true });
    expect(Object.keys(read?.state === 'ready' ? (read.vectors ?? {}) : {})).toEqual(['fc']);
    for (const generation of [undefined, 'g']) {
      const stages = [{ vector: 'fc-coarse', query: fc, limit: 1 }] as const;
      const { hits } = await index.search({ stages, ...(generation && { generation }) });
      expect(hits[0]?.score).toBeCloseTo(1, 6);
    }
    expect(reads).toBe(1);
  });

  test('lets others take their turns while a batch is projected', async () => {
    let [inTurn, most] = [0, 0];
    const counted = {
      ...projection,
      get components() {
        inTurn += 1;
        most = Math.max(most, inTurn);
        return projection.components;
      },
    };
    const index = new ProjectingIndex(new MemoryVectorIndex(), async () => counted);
    await index.createGeneration('g', schema);
    const next = () => {
      inTurn = 0;
      turn = setImmediate(next);
    };
    let turn = setImmediate(next);
    const batch = Array.from({ length: 100 }, (_, at) => ready(`image-${at}`, at));
    expect(await index.apply('g', batch)).toEqual({ applied: 100, stale: 0 });
    clearImmediate(turn);
    expect(most).toBe(8);
  });

  test('says of a record that cannot be projected what the index says', async () => {
    const index = new ProjectingIndex(new MemoryVectorIndex(), async () => projection);
    await index.createGeneration('g', schema);
    const record = ready('a', 1);
    const short = { ...record, vectors: { fc: new Float32Array(3) } } as VectorRecord;
    await expect(index.apply('g', [short])).rejects.toMatchObject({ code: 'invalid-vector' });
  });
});

vectorIndexContract('An index with projections', async () => {
  const memory = new IndexMemory();
  const open = () =>
    new ProjectingIndex(new MemoryVectorIndex(memory), async () => {
      throw new Error('There are no projections here.');
    });
  return {
    index: open(),
    reopen: async () => open(),
    lose: async () => {
      memory.generations.clear();
      memory.live = null;
    },
    cleanup: async () => {},
  };
});
