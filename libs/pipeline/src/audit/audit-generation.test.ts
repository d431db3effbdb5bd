import { encodeVectorRecord, type VectorRecord } from '#core';
import {
  addedEvent,
  damagedPicture,
  deletedEvent,
  MemoryVectorIndex,
  plainPicture,
  stateOf,
  updatedEvent,
} from '#testkit';
import { AuditedWorld, deletedRecord, foundIn, idOf, indexWith } from '../../test/audited-world.js';
import type { AuditFinding, AuditReport } from './audit-report.js';
import { bucketsFor } from './joined-images.js';

const [CAT, DOG, OWL] = ['cat', 'dog', 'owl'].map(plainPicture) as [Buffer, Buffer, Buffer];
const BAD = damagedPicture('bad');
/** So little memory that there are as many buckets as there may be. */
const SPILLED = { bucketBytes: 1 };

describe('an audit', () => {
  let world: AuditedWorld;
  beforeEach(async () => {
    world = await AuditedWorld.open();
    await world.put(CAT, DOG, OWL, BAD);
    await world.take(
      ...['a', 'b', 'c', 'd', 'e'].map((id) => addedEvent(id, stateOf(CAT))),
      updatedEvent('b', stateOf(DOG)),
      deletedEvent('c'),
      addedEvent('bad', stateOf(BAD)),
    );
  });
  afterEach(async () => {
    expect(await world.leftInTempFolder()).toEqual([]);
    await world.close();
  });

  describe('of an index that is the fold of the log', () => {
    test('is clean, and says where it looked and what it counted', async () => {
      await world.append({ key: 'x', value: Buffer.from('?'), headers: {} });
      await world.take();
      const report = await world.audit({ vectors: 'all' });
      expect(foundIn(report)).toEqual([]);
      expect(report).toMatchObject({ generation: 'audited', verdict: 'clean', behind: { embed: 0, index: 0 } });
      expect(report.watermarks).toEqual(
        (await world.log.watermarks('image-events')).map(({ partition, high }) => ({ partition, offset: high })),
      );
      expect(report.comparison).toMatchObject({
        log: { events: 8, unreadableEvents: 1, present: 5, deleted: 1 },
        index: { ready: 4, failed: 1, deleted: 1 },
        failed: {
          count: 1,
          byReason: { 'picture-damaged': 1 },
          examples: [{ imageId: 'bad', reason: 'picture-damaged' }],
        },
        waiting: 0,
        goneOn: 0,
        vectorsCompared: 4,
      });
      expect(report.comparison?.digests.index).toBe(report.comparison?.digests.log);
      for (const { digests } of report.comparison?.partitions ?? []) expect(digests.index).toBe(digests.log);
    });

    test('has the same digest in another order of images and with many buckets, and another one after a change', async () => {
      const digest = async () => (await world.audit(SPILLED)).comparison?.digests;
      const before = await digest();
      const records = [...world.records].reverse();
      world.records.clear();
      for (const [id, record] of records) world.records.set(id, record);
      expect(await digest()).toEqual(before);
      expect((await world.audit()).comparison?.digests).toEqual(before);
      world.change('a', { version: 99 });
      const after = await digest();
      expect(after?.log).toBe(before?.log);
      expect(after?.index).not.toBe(before?.index);
    });

    test('finds nothing where events do not count', async () => {
      const record = { ...addedEvent('a', stateOf(DOG)), key: 'another' };
      await world.take(record, { ...addedEvent('e', stateOf(DOG)), value: Buffer.from('{}') });
      expect((await world.audit()).verdict).toBe('clean');
    });
  });

  describe('finds', () => {
    const cases: readonly [string, (it: AuditedWorld) => void, readonly string[]][] = [
      ['what is missing', (it) => it.records.delete('a'), ['missing a']],
      ['a tombstone that is missing', (it) => it.records.delete('c'), ['missing c']],
      ['what is stale', (it) => it.change('b', { version: it.record('b').version - 1 }), ['stale b']],
      ['a stale tombstone', (it) => it.change('c', { version: it.record('c').version - 1 }), ['stale c']],
      ['what the log never had', (it) => it.records.set('z', deletedRecord('z', 0)), ['extra z']],
      ['what is ahead of its last event', (it) => it.change('d', { version: 77 }), ['ahead d']],
      ['what is unknown and ahead of the log', (it) => it.records.set('z', deletedRecord('z', 77)), ['ahead z']],
      [
        'what was deleted and lives',
        (it) => it.records.set('c', { ...it.record('a'), imageId: idOf('c'), version: it.record('c').version }),
        ['resurrected c'],
      ],
      [
        'what was deleted and lives at an older version',
        (it) => it.records.set('c', { ...it.record('bad'), imageId: idOf('c'), version: 0 }),
        ['resurrected c'],
      ],
      [
        'a tombstone in place of what lives',
        (it) => it.records.set('a', deletedRecord('a', it.record('a').version)),
        ['wrong-state a'],
      ],
    ];
    test.each(cases)('%s', async (_, damage, wanted) => {
      damage(world);
      expect(foundIn(await world.audit())).toEqual(wanted);
      expect(foundIn(await world.audit(SPILLED))).toEqual(wanted);
    });

    test('a record that the index has twice', async () => {
      const index = indexWith(world.index, {
        async *scan(options) {
          yield* new MemoryVectorIndex(world.memory).scan(options);
          yield [world.record('a')];
        },
      });
      const report = await world.audit({ index });
      expect(foundIn(report)).toEqual(['duplicated a']);
      expect(report.comparison?.digests.index).not.toBe(report.comparison?.digests.log);
    });

    test('a vector of another encoder or of another picture', async () => {
      const other = world.record('b');
      if (other.state !== 'ready') throw new Error('not ready');
      world.change('a', { vectors: other.vectors } as Partial<VectorRecord>);
      const report = await world.audit({ vectors: 'all' });
      expect(foundIn(report)).toEqual(['wrong-vector a']);
      expect(report.comparison?.findings['wrong-vector'].examples[0]?.cosine).toBeLessThan(0.9999);
      expect(report.verdict).toBe('damaged');
      expect(foundIn(await world.audit({ vectors: 0 }))).toEqual([]);
    });

    test('a wrong vector once, however many records of its version the topic has, also under another key', async () => {
      const [right, other] = [world.record('a'), world.record('b')];
      await world.log.append(world.vectorsTopic, [
        encodeVectorRecord(right),
        { ...encodeVectorRecord(right), key: '\u0001image-events/0-0/ready' },
      ]);
      await world.fill();
      expect((await world.audit({ vectors: 'all' })).verdict).toBe('clean');
      if (other.state !== 'ready') throw new Error('not ready');
      world.change('a', { vectors: other.vectors } as Partial<VectorRecord>);
      expect((await world.audit({ vectors: 'all' })).comparison?.findings['wrong-vector'].count).toBe(1);
    });

    test('pictures that are gone or changed, when the blobs are given', async () => {
      await world.take(deletedEvent('b'), addedEvent('o', stateOf(OWL)));
      await world.blobs.delete(stateOf(DOG).sha256);
      await world.blobs.delete(stateOf(CAT).sha256);
      world.blobs.damage(stateOf(OWL).sha256);
      const missing = ['a', 'd', 'e'].map((id) => `blob-missing ${id}`);
      expect(foundIn(await world.audit())).toEqual([]);
      expect(foundIn(await world.audit({ blobs: { store: world.blobs, verify: false } }))).toEqual(missing);
      expect(foundIn(await world.audit({ blobs: { store: world.blobs, verify: true } }))).toEqual(
        ['blob-changed o', ...missing].sort(),
      );
    });
  });

  describe('leaves nothing in its folder', () => {
    test('when the index fails in the middle of the scan', async () => {
      const fault = new Error('away');
      const index = indexWith(world.index, {
        async *scan(options) {
          for await (const batch of world.index.scan({ ...options, batchSize: 2 })) {
            expect(await world.leftInTempFolder()).toHaveLength(1);
            yield batch;
            throw fault;
          }
        },
      });
      await expect(world.audit({ index, ...SPILLED })).rejects.toBe(fault);
    });

    test('when it is aborted between two buckets, or whoever is told of findings fails', async () => {
      world.records.delete('a');
      const stop = new AbortController();
      const reason = new Error('enough');
      const fetch: typeof world.index.fetch = (ids, options) => {
        stop.abort(reason);
        return world.index.fetch(ids, options);
      };
      const options = { index: indexWith(world.index, { fetch }), signal: stop.signal };
      await expect(world.audit(options)).rejects.toBe(reason);
      const onFinding = () => Promise.reject(reason);
      await expect(world.audit({ onFinding })).rejects.toBe(reason);
    });

    test('which has to be there', async () => {
      await expect(world.audit({ tempFolder: '/nowhere/at/all' })).rejects.toMatchObject({
        code: 'storage-unavailable',
        canRetry: true,
      });
    });
  });

  test('tells of every finding, keeps as many examples as it may, and counts all', async () => {
    for (const id of ['a', 'b', 'c']) world.records.delete(id);
    const told: AuditFinding[] = [];
    const report = await world.audit({
      maxExamples: 2,
      onFinding: async (it) => {
        told.push(it);
      },
    });
    expect(told.map(({ imageId }) => imageId).sort()).toEqual(['a', 'b', 'c']);
    expect(report.comparison?.findings.missing).toMatchObject({ count: 3, examples: [{}, {}] });
    expect(told.find(({ imageId }) => imageId === 'c')).toMatchObject({ logged: { deleted: true }, indexed: null });
  });

  test('reports the same from many buckets as from one', async () => {
    for (const id of ['a', 'b', 'c']) world.records.delete(id);
    world.records.set('z', deletedRecord('z', 0));
    await world.blobs.delete(stateOf(CAT).sha256);
    const blobs = { store: world.blobs, verify: true };
    const [one, many] = [await world.audit({ blobs }), await world.audit({ blobs, ...SPILLED })];
    expect(foundIn(many)).toEqual(foundIn(one));
    // Of several that have the picture one is as good as another, and the order is that of the buckets.
    const counted = ({ comparison }: AuditReport) => ({ ...comparison, findings: null, blobsChecked: null });
    expect(counted(many)).toEqual(counted(one));
  });

  test('compares the vectors of as many images as it is told, each once, or of all', async () => {
    const ids = Array.from({ length: 60 }, (_, at) => `image-${at}`);
    await world.take(...ids.map((id) => addedEvent(id, stateOf(CAT))));
    const other = world.record('b');
    if (other.state !== 'ready') throw new Error('not ready');
    for (const id of ids) world.change(id, { vectors: other.vectors } as Partial<VectorRecord>);
    for (const id of ['a', 'd', 'e']) world.change(id, { vectors: other.vectors } as Partial<VectorRecord>);
    const compared = async (vectors: number | 'all') => {
      const { comparison } = await world.audit({ vectors });
      return [comparison?.vectorsCompared, comparison?.findings['wrong-vector'].count];
    };
    expect(await compared(0)).toEqual([0, 0]);
    expect(await compared(1)).toEqual([1, expect.any(Number)]);
    const [ten, wrong = 0] = await compared(10);
    expect(ten).toBe(10);
    expect(wrong).toBeGreaterThanOrEqual(9);
    expect(await compared(1_000)).toEqual([64, 63]);
    expect(await compared('all')).toEqual([64, 63]);
  });

  test('needs as many buckets as images need memory, up to a limit', () => {
    expect(bucketsFor(0, 64 * 2 ** 20)).toBe(1);
    expect(bucketsFor(1_000_000, 64 * 2 ** 20)).toBeGreaterThan(1);
    expect(bucketsFor(10_000_000, 64 * 2 ** 20)).toBeLessThan(200);
    expect(bucketsFor(1e9, 64 * 2 ** 20)).toBe(512);
  });
});
