import { addedEvent, damagedPicture, deletedEvent, plainPicture, recordsOf, stateOf, updatedEvent } from '#testkit';
import { AuditedWorld, foundIn, indexWith } from '../../test/audited-world.js';

const [CAT, DOG] = ['cat', 'dog'].map(plainPicture) as [Buffer, Buffer];
const BAD = damagedPicture('bad');

describe('an audit beside the stages', () => {
  let world: AuditedWorld;
  beforeEach(async () => {
    world = await AuditedWorld.open();
    await world.put(CAT, DOG, BAD);
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

  describe('while images are changed', () => {
    /** Does something once, in the middle of the scan. */
    function indexDuringScan(change: () => Promise<void>, after = false) {
      return indexWith(world.index, {
        async *scan(options) {
          if (!after) await change();
          yield* world.index.scan({ ...options, batchSize: 1 });
          if (after) await change();
        },
      });
    }
    const traffic = () =>
      world.take(
        updatedEvent('a', stateOf(DOG)),
        deletedEvent('b'),
        addedEvent('c', stateOf(DOG)),
        addedEvent('n', stateOf(DOG)),
        addedEvent('m', stateOf(DOG)),
        deletedEvent('m'),
      );

    test.each([true, false])('finds nothing that is not there (after the scan: %s)', async (after) => {
      const before = await world.audit();
      const report = await world.audit({ index: indexDuringScan(traffic, after), vectors: 'all' });
      expect(foundIn(report)).toEqual([]);
      expect(report.verdict).toBe('clean');
      expect(report.comparison?.digests).toEqual(before.comparison?.digests);
      expect(report.comparison?.goneOn).toBe(after ? 0 : 5);
    });

    test('finds nothing where a stage has not come to the later events', async () => {
      world.records.delete('a');
      world.records.delete('d');
      const index = indexDuringScan(() => world.append(updatedEvent('a', stateOf(DOG))));
      expect(foundIn(await world.audit({ index }))).toEqual(['missing d']);
    });

    test('finds what no later event will win against', async () => {
      world.change('a', { version: 99 });
      const index = indexDuringScan(() => world.append(updatedEvent('a', stateOf(DOG)), deletedEvent('b')));
      expect(foundIn(await world.audit({ index }))).toEqual(['ahead a']);
    });

    test('a picture may go with its image', async () => {
      const index = indexDuringScan(async () => {
        await world.take(deletedEvent('b'));
        await world.blobs.delete(stateOf(DOG).sha256);
      });
      const report = await world.audit({ index, blobs: { store: world.blobs, verify: true } });
      expect(report.verdict).toBe('clean');
    });

    test('a failure that is sent again and succeeds is not there twice', async () => {
      const bad = world.record('bad');
      const index = indexWith(world.index, {
        async *scan(options) {
          yield [bad];
          const { vectors, perceptualHash, width, height, thumbnail } = world.record('a') as never;
          world.change('bad', { state: 'ready', vectors, perceptualHash, width, height, thumbnail } as never);
          yield* world.index.scan(options);
        },
      });
      expect((await world.audit({ index })).verdict).toBe('clean');
    });
  });

  describe('of a generation that is behind', () => {
    test('says how far, and compares nothing unless it is told to', async () => {
      await world.append(updatedEvent('a', stateOf(DOG)));
      const report = await world.audit();
      expect(report).toMatchObject({ verdict: 'behind', behind: { embed: 1, index: 0 }, comparison: null });
      await world.embed();
      expect(await world.audit()).toMatchObject({ verdict: 'behind', behind: { embed: 0, index: 1 } });
      await world.fill();
      expect((await world.audit()).verdict).toBe('clean');
    });

    test('what waits for a stage is no finding, and what does not is one', async () => {
      await world.append(updatedEvent('a', stateOf(DOG)), deletedEvent('b'));
      await world.embed();
      await world.append(addedEvent('n', stateOf(CAT)), deletedEvent('d'));
      world.records.delete('e');
      const report = await world.audit({ evenIfBehind: true });
      expect(foundIn(report)).toEqual(['missing e']);
      expect(report).toMatchObject({ verdict: 'damaged', comparison: { waiting: 4 } });
      await world.take();
      expect(foundIn(await world.audit())).toEqual(['missing e']);
    });

    test('an older record that waits for the index stage does not hide that the last one is lost', async () => {
      const older = (await recordsOf(world.log, world.vectorsTopic)).find(({ key }) => key === 'a');
      await world.take(deletedEvent('a'));
      world.records.delete('a');
      if (older === undefined) throw new Error('no record');
      await world.log.append(world.vectorsTopic, [{ ...older, key: '\u0001older' }]);
      expect(foundIn(await world.audit({ evenIfBehind: true }))).toEqual(['missing a']);
    });

    test('waits for the stages, but not for what comes in meanwhile', async () => {
      await world.append(updatedEvent('a', stateOf(DOG)));
      const audited = world.audit({ waitMs: 20_000 });
      await world.take(updatedEvent('b', stateOf(CAT)));
      await world.append(updatedEvent('d', stateOf(DOG)));
      expect((await audited).verdict).toBe('clean');
    });

    test('is no longer waited for when it is aborted', async () => {
      await world.append(updatedEvent('a', stateOf(DOG)));
      const reason = new Error('enough');
      const signal = AbortSignal.abort(reason);
      await expect(world.audit({ waitMs: 20_000, signal })).rejects.toBe(reason);
    });
  });
});
