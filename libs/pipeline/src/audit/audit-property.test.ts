import fc from 'fast-check';
import { AuditedWorld, foundIn, indexWith } from '../../test/audited-world.js';
import {
  eventRecord,
  inflict,
  PICTURES,
  type RandomDamage,
  randomDamages,
  randomEvents,
} from '../../test/random-damage.js';
import { GenerationRepair } from './repair.js';

const bucketBytes = fc.constantFrom(1, 10_000, 64 * 2 ** 20);

async function inWorld(work: (world: AuditedWorld) => Promise<void>): Promise<void> {
  const world = await AuditedWorld.open(2);
  try {
    await world.put(...PICTURES);
    await work(world);
  } finally {
    await world.close();
  }
}

test('an audit finds exactly the damage, whatever the events, and a repair mends what a guarded write can', async () => {
  const batches = fc.integer({ min: 1, max: 10 });
  const found = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(randomEvents(40), batches, randomDamages, bucketBytes, (events, size, damages, bucketBytes) =>
      inWorld(async (world) => {
        for (let at = 0; at < events.length; at += size) {
          await world.take(...events.slice(at, at + size).map(eventRecord));
        }
        const clean = await world.audit({ vectors: 'all', bucketBytes });
        expect(clean.verdict).toBe('clean');
        expect(clean.comparison?.digests.index).toBe(clean.comparison?.digests.log);

        const wanted = damages.flatMap((it) => inflict(world, it)).sort();
        const { log, index, generation } = world;
        const repair = new GenerationRepair({ log, index, generation, imagesPerPass: 3 });
        const damaged = await world.audit({ vectors: 'all', bucketBytes, onFinding: (it) => repair.add(it) });
        expect(foundIn(damaged)).toEqual(wanted);
        const digests = damaged.comparison?.digests;
        expect(digests?.log).toBe(clean.comparison?.digests.log);
        // Vectors are no part of it.
        expect(digests?.index !== digests?.log).toBe(wanted.some((it) => !it.startsWith('wrong-vector')));

        const report = await repair.finish();
        const isMendable = (it: string) => /^(missing|stale|resurrected) /.test(it);
        expect(report).toMatchObject({ mended: wanted.filter(isMendable).length, needsEmbedding: { count: 0 } });
        expect(foundIn(await world.audit({ vectors: 'all' }))).toEqual(wanted.filter((it) => !isMendable(it)));
        for (const [kind = ''] of wanted.map((it) => it.split(' '))) found.set(kind, (found.get(kind) ?? 0) + 1);
      }),
    ),
    { numRuns: 60 },
  );
  // Schedules that no longer made a kind of damage would not be noticed otherwise.
  for (const kind of ['missing', 'stale', 'extra', 'resurrected', 'ahead', 'wrong-state', 'wrong-vector']) {
    expect([kind, found.get(kind) ?? 0]).not.toEqual([kind, 0]);
  }
}, 120_000);

test('changes before, while and after the index is scanned, however far the stages come, hide and add nothing', async () => {
  const progress = fc.constantFrom('append', 'embed', 'take');
  const change = fc.record({ events: randomEvents(6), progress });
  const changes = fc.record({ before: change, during: change, after: change });
  await fc.assert(
    fc.asyncProperty(randomEvents(30), randomDamages, changes, bucketBytes, (events, damages, changes, bucketBytes) =>
      inWorld(async (world) => {
        await world.take(...events.map(eventRecord));
        // What is done to vectors is gone with the next event, and a record from beyond the end stops the index stage.
        const lasting = damages.filter(({ how }) => how !== 'revector' && how !== 'push');
        const touched = new Set<string>();
        const make = async ({ events, progress }: typeof changes.before) => {
          for (const it of events) if (it.do !== 'garbage') touched.add(it.id);
          await world.append(...events.map(eventRecord));
          if (progress !== 'append') await world.embed();
          if (progress === 'take') await world.fill();
        };
        await make(changes.before);
        const known = [...touched];
        // Of a partition that is empty until then it depends on when it is looked at what a stranger is.
        const isSettled = ({ id }: RandomDamage) => !known.includes(id) && world.endOf(id) > 0;
        const wanted = lasting.filter(isSettled).flatMap((it) => inflict(world, it));
        const index = indexWith(world.index, {
          async *scan(options) {
            let batches = 0;
            for await (const batch of world.index.scan({ ...options, batchSize: 1 })) {
              if (batches === 1) await make(changes.during);
              batches += 1;
              yield batch;
            }
            await make(changes.after);
          },
        });
        const report = await world.audit({ index, bucketBytes, evenIfBehind: true });
        expect(foundIn(report)).toEqual(wanted.filter((it) => !touched.has(it.split(' ')[1] ?? '')).sort());
        // Once the stages have come to the end, only what was not touched is still damaged.
        await world.take();
        const after = foundIn(await world.audit());
        expect(after).toEqual(foundIn(report));
      }),
    ),
    { numRuns: 60 },
  );
}, 120_000);
