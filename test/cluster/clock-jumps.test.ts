import { setTimeout as sleep } from 'node:timers/promises';
import { IMAGE_EVENTS_TOPIC, type LogRecord, type NewRecord } from '#core';
import {
  addedEvent,
  deletedEvent,
  describeWithJumpingClocks,
  describeWithOwnKafka,
  describeWithQdrant,
  eventually,
  JumpingClock,
  recordsOf,
  seededRandom,
  stateOf,
  testSeed,
  updatedEvent,
} from '#testkit';
import { PHOTO, send, uniquePhoto } from '../ingest/requests.js';
import { Cluster } from './cluster.js';
import { expectFold, Load } from './load.js';
import { uploadSamples } from './sample-uploads.js';

jest.setTimeout(300_000);

const DAY_MS = 86_400_000;
/** How far the clock is off then: forward a day, back two, forward again, and right. */
const JUMPS = [DAY_MS, -DAY_MS, 2 * DAY_MS, 0];
const APPS = ['ingest', 'embedder'] as const;
type App = (typeof APPS)[number];
const EVENTS_A_JUMP = 150;
const AGAIN_A_JUMP = 40;
/** A jump's events are published in about this time; some jumps come while the stages still work on them. */
const JUMP_WITHIN_MS = 1_000;
/** Their picture comes after the events that name it. */
const LATE = Array.from({ length: 12 }, (_, at) => `late-${at}`);

describeWithOwnKafka('ingest and embedder', (kafka) => {
  describeWithQdrant('on one log and one index', (qdrant) => {
    describeWithJumpingClocks('whose clocks jump', () => {
      const seed = testSeed();
      const random = seededRandom(seed);
      const clocks = { ingest: new JumpingClock(), embedder: new JumpingClock() };
      let cluster: Cluster;
      let load: Load;
      beforeAll(async () => {
        cluster = new Cluster(kafka(), qdrant());
        for (const app of APPS) await cluster.start(app, clocks[app].env);
        await cluster.start('query');
        load = new Load(seed, await uploadSamples(cluster.collection), 100);
      });
      afterAll(async () => {
        await cluster?.remove();
        for (const app of APPS) clocks[app].remove();
      });

      const app = (name: App) => cluster.process(name);
      const letters = async () => (await cluster.collection.status()).deadLetters;

      test(`take what is published meanwhile, also twice and late: index = fold(log) (SEED=${seed})`, async () => {
        let overtaken = 0;
        for (const offsetMs of JUMPS) {
          for (const name of APPS) {
            const publishing = load.publish(app('ingest').url, load.make(EVENTS_A_JUMP));
            await sleep(random() * JUMP_WITHIN_MS);
            await jump(name, offsetMs);
            overtaken += await publishAgain();
            expect(await publishing).toEqual([]);
          }
        }
        expect(overtaken).toBeGreaterThan(0);
        for (const name of APPS) {
          await eventually(async () => expect((await send(`${app(name).url}/health/ready`)).status).toBe(200));
        }
        await expectFold(cluster, load);
      });

      test('send dead letters again out of order while newer events come, and overtake nothing', async () => {
        const late = uniquePhoto();
        for (const n of [1, 2]) {
          await append(LATE.map((it) => updatedEvent(it, stateOf(late, { n }))));
          await eventually(async () => expect(await letters()).toMatchObject({ open: n * LATE.length }), 60_000);
        }
        await jump('embedder', -DAY_MS);
        await cluster.collection.visible(await cluster.collection.add('uploaded', late));
        const { body } = await send(`${app('embedder').url}/v1/dead-letters?limit=100`);
        // Of three images one is deleted, one is there anew, and of one the newer letter is the last word.
        const newer = LATE.flatMap((it, at) =>
          at % 3 === 0 ? deletedEvent(it) : at % 3 === 1 ? addedEvent(it, stateOf(PHOTO, { n: 3 })) : [],
        );
        const appending = append(newer);
        // The newest first.
        for (const { id } of body.letters) {
          const redriven = await send(`${app('embedder').url}/v1/dead-letters/${id}/redrive`, { method: 'POST' });
          expect(redriven.status).toBe(202);
        }
        await appending;
        await jump('embedder', DAY_MS);
        await eventually(async () => {
          const { redriven, superseded, ...others } = await letters();
          expect({ ...others, over: redriven + superseded }).toEqual({
            open: 0,
            redriving: 0,
            discarded: 0,
            erased: 0,
            over: 2 * LATE.length,
          });
        }, 60_000);
        await expectFold(cluster, load);
      });

      async function jump(name: App, offsetMs: number): Promise<void> {
        clocks[name].set(offsetMs);
        await eventually(async () => {
          const { headers } = await send(`${app(name).url}/health/live`);
          expect(Math.abs(Date.parse(headers.get('date') ?? '') - Date.now() - offsetMs)).toBeLessThan(DAY_MS / 2);
        });
      }

      const append = (events: readonly NewRecord[]) => cluster.withLog((log) => log.append(IMAGE_EVENTS_TOPIC, events));

      /**
       * Delivers events once more, twice or thrice, as a publisher may that got no answer. What is delivered behind
       * a newer event of its image is then its newest. @returns how many those were.
       */
      async function publishAgain(): Promise<number> {
        return cluster.withLog(async (log) => {
          const records = await recordsOf(log, IMAGE_EVENTS_TOPIC);
          const newest = new Map(records.map((it) => [it.key, it]));
          const some = Array.from(
            { length: AGAIN_A_JUMP },
            () => records[Math.floor(random() * records.length)] as LogRecord,
          );
          const again = some.flatMap((it) => Array.from({ length: 1 + Math.floor(random() * 3) }, () => it));
          await log.append(
            IMAGE_EVENTS_TOPIC,
            again.map(({ key, value, headers }) => ({ key: key ?? '', value, headers })),
          );
          return some.filter((it) => newest.get(it.key) !== it).length;
        });
      }
    });
  });
});
