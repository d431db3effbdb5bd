import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadSettings } from '#config';
import {
  type EventLog,
  encodeVectorRecord,
  type GenerationSchema,
  imageVectorsTopic,
  parseImageId,
  type VectorIndex,
  type VectorRecord,
} from '#core';
import { openLanceIndex } from '#index-lancedb';
import { openSqliteLog } from '#log-sqlite';
import { BatchConsumer, createIndexStage, indexGroup, logIdentity } from '#pipeline';
import { BareEncoder } from './bare-encoder.js';
import { type Clustered, clusteredVectors } from './clustered-vectors.js';
import { PacedSearches } from './paced-searches.js';
import { realModel } from './photos.js';
import { type BenchResult, type Figure, figure, quantile, say } from './report.js';

const VECTORS = 20_000;
const SIZE = 4096;
const CLUSTERS = 200;
const QUERIES = 200;
const PARTITIONS = 8;
const RUNS = Number(process.env.BENCH_RUNS ?? 3);
const SEARCHES_PER_S = 50;
const QUIET_MS = 20_000;
/** Before the switch, and again after it. */
const AROUND_SWITCH_MS = 2_000;
/** Photos of one run of the bare encoder. */
const BARE_PHOTOS = 100;
/** As the index stage of a generation that is filled has them. */
const BATCH = 256;
const LIMITS = { maxBytes: 32 * 2 ** 20, maxWaitMs: 20 };
const BATCHES_AHEAD = 2;
const FINGERPRINT = 'bench';
const TOPIC = imageVectorsTopic(FINGERPRINT);
const SHA256 = 'a'.repeat(64);

/** Vector records of the log into a new generation, through the consumer and the stage that a reindex has. */
export async function run(): Promise<BenchResult> {
  const { threads, batch } = loadSettings({}).encoder;
  const bare = await BareEncoder.start(await realModel(), threads, batch, BARE_PHOTOS);
  const dataFolder = await mkdtemp(join(tmpdir(), 'lookalike-bench-'));
  const onBackgroundError = (error: unknown) => console.error(error);
  const log = await openSqliteLog({ folder: join(dataFolder, 'log'), maxRecordBytes: 1_048_576, onBackgroundError });
  const index = await openLanceIndex({ folder: join(dataFolder, 'index'), onBackgroundError });
  try {
    say('writing the log');
    const data = clusteredVectors(VECTORS, QUERIES, CLUSTERS, SIZE);
    await writeLog(log, data);
    const bench = new RebuildBench(log, index, await logIdentity(log), bare);
    return {
      bench: 'rebuild',
      setup: `${VECTORS} records of ${SIZE}-d in ${PARTITIONS} partitions of the SQLite log, attributes of each type; batches of ${BATCH}`,
      figures: [
        ...(await bench.fills(BATCH)),
        ...(await bench.otherBatches([128, 512])),
        ...(await bench.besideSearches(BATCH, data.queries)),
      ],
      notes: [
        'Filled: until the last batch is durable in the generation and its position committed, without the graph.',
      ],
    };
  } finally {
    await bare.stop();
    await index.close();
    await log.close();
    await rm(dataFolder, { recursive: true, force: true });
  }
}

interface FillRun {
  /** Pictures a second. */
  readonly bare: number;
  readonly filledS: number;
  readonly settledS: number;
  readonly cpuMs: number;
}

class RebuildBench {
  constructor(
    private readonly log: EventLog,
    private readonly index: VectorIndex,
    private readonly identity: string,
    private readonly bare: BareEncoder,
  ) {}

  /** The last one stays and is live. Shares are of the bare encoder's run just before each. */
  async fills(batch: number): Promise<Figure[]> {
    const runs: FillRun[] = [];
    for (let at = 0; at < RUNS; at++) {
      say(`rebuild ${at + 1} of ${RUNS}`);
      const { picturesPerS: bare } = await this.bare.run();
      const name = newName();
      const cpuBefore = process.cpuUsage();
      const filledS = await this.#fill(name, batch);
      const { user, system } = process.cpuUsage(cpuBefore);
      const startedAt = performance.now();
      await this.index.settle(name);
      const settledS = (performance.now() - startedAt) / 1000;
      runs.push({ bare, filledS, settledS, cpuMs: (user + system) / 1000 / VECTORS });
      await this.#check(name);
      if (at === RUNS - 1) await this.index.makeLive(name);
      else await this.index.dropGeneration(name);
    }
    const all = (of: (run: FillRun) => number) => runs.map(of);
    const whole = ({ filledS, settledS }: FillRun) => VECTORS / (filledS + settledS);
    return [
      figure(
        'filled, without the graph',
        all(({ filledS }) => VECTORS / filledS),
        'images/s',
        '≥ 2,000',
      ),
      figure(
        'the same, CPU of all threads',
        all(({ cpuMs }) => cpuMs),
        'ms an image',
      ),
      figure(
        'graph built',
        all(({ settledS }) => settledS),
        's',
      ),
      figure('filled and graph built', all(whole), 'images/s'),
      figure(
        'bare encoder',
        all(({ bare }) => bare),
        'pictures/s',
      ),
      figure(
        'filled over bare encoder',
        all(({ filledS, bare }) => VECTORS / filledS / bare),
        'times',
        '≥ 50',
      ),
      figure(
        'filled and graph built over bare encoder',
        all((run) => whole(run) / run.bare),
        'times',
        '≥ 15',
      ),
    ];
  }

  async otherBatches(sizes: readonly number[]): Promise<Figure[]> {
    const figures: Figure[] = [];
    for (const size of sizes) {
      say(`rebuild in batches of ${size}`);
      const name = newName();
      figures.push(figure(`filled in batches of ${size}`, VECTORS / (await this.#fill(name, size)), 'images/s'));
      await this.index.dropGeneration(name);
    }
    return figures;
  }

  /** Searches go to the live generation at a steady pace, whoever waits: first alone, then while another is built and made live. */
  async besideSearches(batch: number, queries: readonly Float32Array[]): Promise<Figure[]> {
    say('searches alone');
    const quiet = new PacedSearches(this.index, queries, SEARCHES_PER_S);
    await quiet.during(() => sleep(QUIET_MS));
    say('searches beside a rebuild');
    const name = newName();
    const filling = new PacedSearches(this.index, queries, SEARCHES_PER_S);
    const filledS = await filling.during(() => this.#fill(name, batch));
    const settling = new PacedSearches(this.index, queries, SEARCHES_PER_S);
    await settling.during(() => this.index.settle(name));
    const switching = new PacedSearches(this.index, queries, SEARCHES_PER_S);
    await switching.during(async () => {
      await sleep(AROUND_SWITCH_MS);
      await this.index.makeLive(name);
      await sleep(AROUND_SWITCH_MS);
    });
    const all = [quiet, filling, settling, switching];
    const p = (share: number, { timesMs }: PacedSearches) => quantile(timesMs, share);
    return [
      figure(`filled beside ${SEARCHES_PER_S} searches/s`, VECTORS / filledS, 'images/s'),
      figure('searches that failed', sum(all.map(({ failed }) => failed)), '', '0'),
      figure('searches answered', sum(all.map(({ timesMs }) => timesMs.length)), ''),
      figure('generations that answered around the switch', switching.generations.size, '', '2'),
      ...[
        ['alone', quiet] as const,
        ['while filling', filling] as const,
        ['while the graph is built', settling] as const,
        ['around the switch', switching] as const,
      ].flatMap(([when, searches]) => [
        figure(`search p50 ${when}`, p(0.5, searches), 'ms'),
        figure(`search p99 ${when}`, p(0.99, searches), 'ms'),
      ]),
      figure(
        'p99 of all while it is rebuilt over p99 alone',
        quantile(
          all.slice(1).flatMap(({ timesMs }) => timesMs),
          0.99,
        ) / p(0.99, quiet),
        'times',
        '≤ 5',
      ),
    ];
  }

  async #fill(name: string, batch: number): Promise<number> {
    const schema = schemaFor(this.identity);
    await this.index.createGeneration(name, schema);
    return filled(this.log, this.index, { name, schema }, batch);
  }

  async #check(generation: string): Promise<void> {
    const { ready } = await this.index.count({ generation });
    if (ready !== VECTORS) throw new Error(`The generation has ${ready} images.`);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, it) => total + it, 0);
}

function newName(): string {
  return `bench-${randomUUID().slice(0, 8)}`;
}

function schemaFor(log: string): GenerationSchema {
  return {
    log,
    encoder: { name: 'clusters', fingerprint: FINGERPRINT, trained: false, manifest: {} },
    vectors: [{ name: 'fc', size: SIZE, datatype: 'float32', role: 'searched' }],
    attributes: { title: 'string', album: 'string', tags: 'strings', year: 'number', published: 'boolean' },
    settings: {},
  };
}

async function writeLog(log: EventLog, { vectors }: Clustered): Promise<void> {
  await log.ensureTopic(TOPIC, { partitions: PARTITIONS, retention: 'compact' });
  for (let at = 0; at < vectors.length; at += 200) {
    const some = vectors.slice(at, at + 200).map((vector, i) => encodeVectorRecord(record(at + i, vector)));
    await log.append(TOPIC, some);
  }
}

function record(at: number, vector: Float32Array): VectorRecord {
  const attributes = {
    title: `Picture ${at} of a holiday at the sea`,
    album: `album-${at % 500}`,
    tags: [`tag-${at % 40}`, `tag-${at % 7}`, 'all'],
    year: 1990 + (at % 36),
    published: at % 3 > 0,
  };
  return {
    state: 'ready',
    imageId: parseImageId(`photos/2026/image-${at}.jpg`),
    version: at,
    eventTimeMs: 1_795_000_000_000,
    image: { uri: `blob:${SHA256}`, sha256: SHA256, sizeBytes: 100_000, mediaType: 'image/jpeg', attributes },
    vectors: { fc: vector },
    perceptualHash: '0123456789abcdef',
    width: 500,
    height: 375,
    thumbnail: SHA256,
  };
}

/** @returns how many seconds a new group takes for all of the topic. */
async function filled(
  log: EventLog,
  index: VectorIndex,
  generation: { readonly name: string; readonly schema: GenerationSchema },
  batch: number,
): Promise<number> {
  let done = 0;
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const consumer = new BatchConsumer({
    log,
    topic: TOPIC,
    group: indexGroup(generation.name),
    limits: { ...LIMITS, maxRecords: batch },
    batchesAhead: BATCHES_AHEAD,
    handler: createIndexStage(log, index, generation),
    observer: {
      fetched: () => {},
      tried: (step, _, failed) => {
        if (failed) throw new Error(`The step ${step} failed.`);
      },
      committed: (records) => {
        done += records;
        if (done >= VECTORS) end();
      },
    },
  });
  const startedAt = performance.now();
  await consumer.start();
  await ended;
  const seconds = (performance.now() - startedAt) / 1000;
  await consumer.stop(10_000);
  return seconds;
}
