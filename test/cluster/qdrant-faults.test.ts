import { DEAD_LETTERS_TOPIC } from '#core';
import {
  describeWithOwnKafka,
  describeWithQdrant,
  eventually,
  HttpRelay,
  type RelayFault,
  recordsOf,
  testSeed,
} from '#testkit';
import { send } from '../ingest/requests.js';
import { Cluster } from './cluster.js';
import { expectFold, Load } from './load.js';
import { uploadSamples } from './sample-uploads.js';

jest.setTimeout(300_000);

const FAULTS: readonly (readonly [name: string, fault: RelayFault])[] = [
  ['does not answer', 'hang'],
  ['answers 500', { status: 500 }],
  ['answers 429', { status: 429 }],
  ['cuts connections', 'cut'],
  ['cuts connections after its work', 'cut-answer'],
];

describeWithOwnKafka('an index stage', (kafka) => {
  describeWithQdrant('whose Qdrant', (qdrant) => {
    const seed = testSeed();
    let cluster: Cluster;
    let relay: HttpRelay;
    let load: Load;
    beforeAll(async () => {
      relay = await HttpRelay.start(qdrant().url);
      cluster = new Cluster(kafka(), qdrant(), {
        LOOKALIKE_QDRANT_URL: relay.url,
        LOOKALIKE_QDRANT_REQUEST_TIMEOUT_SECONDS: '2',
      });
      await cluster.startAll();
      load = new Load(seed, await uploadSamples(cluster.collection), 100);
    });
    afterAll(async () => {
      await cluster?.remove();
      await relay?.stop();
    });

    const readiness = () => send(`${cluster.process('embedder').url}/health/ready`);

    test.each(FAULTS)(`%s: waits, says so, sets nothing aside, and goes on (SEED=${seed})`, async (_, fault) => {
      relay.fault = () => fault;
      expect(await load.publish(cluster.process('ingest').url, load.make(100))).toEqual([]);
      await eventually(async () => {
        const waiting = { error: { index: { code: 'index-unavailable', canRetry: true } } };
        expect(await readiness()).toMatchObject({ status: 503, body: waiting });
      }, 60_000);
      relay.fault = () => 'pass';
      await eventually(async () => expect((await readiness()).status).toBe(200), 60_000);
      await expectFold(cluster, load);
      expect(await deadLetters()).toBe(0);
    });

    async function deadLetters(): Promise<number> {
      return cluster.withLog(async (log) => (await recordsOf(log, DEAD_LETTERS_TOPIC)).length);
    }
  });
});
