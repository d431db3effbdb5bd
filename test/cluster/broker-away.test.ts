import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, testSeed } from '#testkit';
import { send } from '../ingest/requests.js';
import { describeWithCluster } from './cluster.js';
import { expectFold, Load } from './load.js';
import { uploadSamples } from './sample-uploads.js';

jest.setTimeout(300_000);

const AWAY_MS = 60_000;
/** One append may take 15 s, and the machine may be busy. */
const ANSWER_LIMIT_MS = 25_000;

describeWithCluster('a broker that is away for a minute', 'while changes are published', (cluster) => {
  const seed = testSeed();
  const isReady = async (app: 'ingest' | 'embedder') => send(`${cluster().process(app).url}/health/ready`);

  test(`is told to publishers, loses nothing, and is gone on from (SEED=${seed})`, async () => {
    const load = new Load(seed, await uploadSamples(cluster().collection), 100);
    const publish = async () => load.publish(cluster().process('ingest').url, load.make(200));
    expect(await publish()).toEqual([]);

    const during = publish();
    await cluster().kafka.stop('SIGKILL');
    const awayUntil = Date.now() + AWAY_MS;
    const askedAt = Date.now();
    const refused = await send(`${cluster().process('ingest').url}/v1/images/x`, { method: 'DELETE' });
    expect(refused).toMatchObject({ status: 503, body: { code: 'log-unavailable', canRetry: true } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Date.now() - askedAt).toBeLessThan(ANSWER_LIMIT_MS);
    for (const app of ['ingest', 'embedder'] as const) {
      await eventually(async () => expect(await isReady(app)).toMatchObject({ status: 503 }), 30_000);
    }
    await sleep(awayUntil - Date.now());
    await cluster().kafka.startAgain();

    for (const app of ['ingest', 'embedder'] as const) {
      await eventually(async () => expect(await isReady(app)).toMatchObject({ status: 200 }), 60_000);
    }
    let open = await during;
    while (open.length > 0) open = await load.publish(cluster().process('ingest').url, open);
    expect(await publish()).toEqual([]);
    await expectFold(cluster(), load);
  });
});
