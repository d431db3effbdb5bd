import { DEAD_LETTERS_TOPIC, encodeVectorRecord, type VectorRecord } from '#core';
import { addedEvent, damagedPicture, deletedEvent, plainPicture, recordsOf, stateOf, updatedEvent } from '#testkit';
import { AuditedWorld, deletedRecord, foundIn, idOf } from '../../test/audited-world.js';
import type { AuditOptions } from './audit-generation.js';
import { embedAgain } from './embed-again.js';
import { GenerationRepair, type RepairOptions, type RepairReport } from './repair.js';

const [CAT, DOG] = ['cat', 'dog'].map(plainPicture) as [Buffer, Buffer];
const BAD = damagedPicture('bad');

describe('a repair', () => {
  let world: AuditedWorld;
  beforeEach(async () => {
    world = await AuditedWorld.open();
    await world.put(CAT, DOG, BAD);
    await world.take(...['a', 'b', 'c', 'd', 'e'].map((id) => addedEvent(id, stateOf(CAT))));
    await world.take(updatedEvent('b', stateOf(DOG)), deletedEvent('c'), addedEvent('bad', stateOf(BAD)));
  });
  afterEach(() => world.close());

  /** Audits, and hands over what is found as it comes. */
  async function repair(options: Partial<RepairOptions> = {}, audit: Partial<AuditOptions> = {}) {
    const { log, index, generation } = world;
    const repairing = new GenerationRepair({ log, index, generation, ...options });
    await world.audit({ vectors: 'all', ...audit, onFinding: (it) => repairing.add(it) });
    return repairing.finish();
  }

  function remediesOf({ unmendable }: RepairReport): Record<string, string[]> {
    const given = Object.entries(unmendable).filter(([, { count }]) => count > 0);
    return Object.fromEntries(
      given.map(([it, { examples }]) => [it, examples.map(({ finding }) => finding.kind).sort()]),
    );
  }

  const mendable: readonly [string, (it: AuditedWorld) => void][] = [
    ['what is missing', (it) => it.records.delete('a')],
    ['a tombstone that is missing', (it) => it.records.delete('c')],
    ['a failure that is missing', (it) => it.records.delete('bad')],
    ['what is stale', (it) => it.change('b', { version: it.record('b').version - 1 })],
    [
      'what was deleted and lives at an older version',
      (it) => it.records.set('c', { ...it.record('a'), imageId: idOf('c'), version: it.record('c').version - 1 }),
    ],
    [
      'what was deleted and failed at that version',
      (it) => it.records.set('c', { ...it.record('bad'), imageId: idOf('c'), version: it.record('c').version }),
    ],
  ];
  test.each(mendable)('mends %s', async (_, damage) => {
    const { digests } = (await world.audit()).comparison ?? {};
    damage(world);
    expect((await world.audit()).verdict).toBe('damaged');
    const report = await repair();
    expect(report).toMatchObject({ mended: 1, needsEmbedding: { count: 0 } });
    expect(remediesOf(report)).toEqual({});
    const again = await world.audit({ vectors: 'all' });
    expect(again).toMatchObject({ verdict: 'clean', comparison: { digests } });
  });

  test('mends everything in as many passes as it takes', async () => {
    world.records.clear();
    expect(await repair({ imagesPerPass: 2 })).toMatchObject({ mended: 6 });
    expect((await world.audit({ vectors: 'all' })).verdict).toBe('clean');
  });

  test('takes what was redriven rather than the failure of the same event', async () => {
    const [ready, bad] = [world.record('a'), world.record('bad')];
    const redriven = { ...ready, imageId: bad.imageId, version: bad.version } as VectorRecord;
    await world.log.append(world.vectorsTopic, [{ ...encodeVectorRecord(redriven), key: '\u0001an event' }]);
    await world.fill();
    world.records.delete('bad');
    await repair();
    expect(world.record('bad').state).toBe('ready');
  });

  test('says what no write can mend, and what to do', async () => {
    const { version } = world.record('c');
    world.records.set('c', { ...world.record('a'), imageId: idOf('c'), version });
    world.records.set('a', deletedRecord('a', world.record('a').version));
    const other = world.record('d');
    if (other.state !== 'ready') throw new Error('not ready');
    world.change('b', { vectors: other.vectors } as Partial<VectorRecord>);
    world.records.set('z', deletedRecord('z', 0));
    world.change('e', { version: 99 });
    await world.blobs.delete(stateOf(DOG).sha256);
    const before = new Map(world.records);
    const report = await repair({}, { blobs: { store: world.blobs, verify: false } });
    expect(report.mended).toBe(0);
    expect(remediesOf(report)).toEqual({
      reindex: ['extra', 'resurrected', 'wrong-state', 'wrong-vector'],
      'bring-back-log': ['ahead'],
      'bring-back-blob': ['blob-missing'],
    });
    expect(world.records).toEqual(before);
  });

  test('says that the generation cannot take a record, which the index stage has set aside', async () => {
    world.records.delete('a');
    const schema = { ...world.generation.schema };
    const vectors = [{ name: 'other', size: 3, datatype: 'float32', role: 'searched' }] as const;
    const report = await repair({ generation: { name: world.generation.name, schema: { ...schema, vectors } } });
    expect(remediesOf(report)).toEqual({ 'see-dead-letter': ['missing'] });
    expect(report.unmendable['see-dead-letter'].examples[0]?.why).toMatch(/vector other is missing/);
  });

  describe('of an image whose vector record is lost', () => {
    test('names its event, which embedded again makes the index whole', async () => {
      world.records.delete('a');
      world.records.delete('bad');
      world.loseVectors('a', 'bad');
      const { needsEmbedding, mended } = await repair();
      expect([needsEmbedding.count, mended]).toEqual([2, 0]);
      const { log } = world;
      const letters = (await recordsOf(log, DEAD_LETTERS_TOPIC)).length;
      const positions = [...needsEmbedding.positions, { partition: 0, offset: 999 }];
      const embedded = await embedAgain({ log, embedder: world.embedder() }, positions);
      expect(embedded).toEqual({ written: 2, failed: 1, noEvent: 1 });
      // The failure was set aside before, with the same reason.
      expect((await recordsOf(log, DEAD_LETTERS_TOPIC)).length).toBe(letters);
      await world.fill();
      expect((await world.audit({ vectors: 'all' })).verdict).toBe('clean');
      for (const { key } of (await recordsOf(log, world.vectorsTopic)).slice(-2)) expect(key).not.toMatch(/^(a|bad)$/);
    });

    test('does not bring back what was deleted since its last record that is there', async () => {
      world.records.delete('c');
      world.loseVectors('c');
      expect((await recordsOf(world.log, world.vectorsTopic)).map(({ key }) => key)).toContain('c');
      expect(await repair()).toMatchObject({ mended: 0, needsEmbedding: { count: 1 } });
      expect(world.records.has('c')).toBe(false);
    });
  });

  test('leaves alone what has gone on since', async () => {
    world.records.delete('a');
    const { log, index, generation } = world;
    const repairing = new GenerationRepair({ log, index, generation });
    await world.audit({ onFinding: (it) => repairing.add(it) });
    await world.take(deletedEvent('a'));
    expect(await repairing.finish()).toMatchObject({ mended: 1 });
    expect(world.record('a').state).toBe('deleted');
    expect(foundIn(await world.audit())).toEqual([]);
  });
});
