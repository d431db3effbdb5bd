import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom, testSeed } from '#testkit';
import { describeWithCluster } from './cluster.js';
import { expectFold, Load } from './load.js';
import { uploadSamples } from './sample-uploads.js';

jest.setTimeout(600_000);

const ROUNDS = 10;
const EVENTS_A_ROUND = 200;
/** A round's events are published in about this time; some kills come while the stages still work on them. */
const KILL_WITHIN_MS = 2_000;

describeWithCluster('an embedder or ingest that is killed with -9', 'in the middle of 2,000 events', (cluster) => {
  const seed = testSeed();
  test(`${ROUNDS} times over (SEED=${seed}): every acknowledged event has its effect`, async () => {
    const random = seededRandom(seed);
    const load = new Load(seed, await uploadSamples(cluster().collection), 300);
    for (let round = 0; round < ROUNDS; round++) {
      const victim = random() < 0.5 ? 'embedder' : 'ingest';
      const publishing = load.publish(cluster().process('ingest').url, load.make(EVENTS_A_ROUND));
      await sleep(random() * KILL_WITHIN_MS);
      await cluster().process(victim).kill();
      let open = await publishing;
      await cluster().start(victim);
      // As a publisher does: what got no answer is sent again.
      while (open.length > 0) open = await load.publish(cluster().process('ingest').url, open);
    }
    expect(load.acknowledged).toHaveLength(ROUNDS * EVENTS_A_ROUND);
    await expectFold(cluster(), load);
  });
});
