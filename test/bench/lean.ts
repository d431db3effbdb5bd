import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  type EncoderInfo,
  encodeVectorRecord,
  type GenerationSchema,
  imageVectorsTopic,
  type VectorIndex,
  type VectorRecord,
} from '#core';
import { openLanceIndex } from '#index-lancedb';
import {
  fitProjections,
  type Profile,
  ProjectingIndex,
  readProjection,
  schemaOf,
  vectorsIn,
  withFitted,
} from '#pipeline';
import { SEARCH_MODES, type SearchMode, stagesOf } from '#search';
import { MemoryEventLog } from '#testkit';
import { encoderInfo, readEncoderManifest } from '#vision';
import { record } from './bench-records.js';
import { exactNearest } from './clustered-vectors.js';
import { realModel } from './photos.js';
import { realVectors } from './real-vectors.js';
import { type BenchResult, type Figure, figure, quantile, say } from './report.js';

const VECTORS = Number(process.env.BENCH_VECTORS ?? 20_000);
const QUERIES = 200;
/** Each compares all vectors. */
const EXACT_QUERIES = 50;
const ROUNDS = 3;
const LIMIT = 10;
const COMPONENTS = 256;
const RECORDS_PER_APPLY = 128;
const GENERATION = 'bench';
/** Links of the graph and what belongs to them, as `reindex start --dry-run` reckons. */
const GRAPH_BYTES = 200;

interface Built {
  readonly name: string;
  readonly schema: GenerationSchema;
  readonly index: VectorIndex;
  readonly folder: string;
}

/** The same real vectors in both profiles, in LanceDB, searched in turns. */
export async function run(): Promise<BenchResult> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'lookalike-bench-'));
  try {
    const all = await realVectors(VECTORS);
    const [vectors, queries] = [all.slice(0, -QUERIES), all.slice(-QUERIES)];
    const encoder = encoderInfo(await readEncoderManifest((await realModel()).manifest));
    const log = await logOf(vectors, encoder);
    say('fitting');
    const startedAt = performance.now();
    const lean = leanSchema(encoder);
    const fitted = await fitProjections(log, lean, new AbortController().signal);
    const fitS = (performance.now() - startedAt) / 1000;
    const build = (name: string, schema: GenerationSchema) => built(join(dataFolder, name), name, schema, log, vectors);
    const profiles = [
      await build('literal', schemaOf('bench', { encoder, attributes: {}, settings: {} })),
      await build('lean', withFitted(lean, fitted)),
    ];
    const figures = await searched(profiles, vectors, queries);
    const memory = await Promise.all(profiles.map(memoryFigure));
    for (const { index } of profiles) await index.close();
    return {
      bench: 'lean',
      setup: `${vectors.length} real VGG16 fc2 vectors of ${queries.length} held out in LanceDB, ${COMPONENTS} components; ${QUERIES} queries × ${ROUNDS} in turns, limit ${LIMIT}, one at a time`,
      figures: [
        ...figures,
        figure('variance that the projection keeps', fitted[0]?.explained ?? Number.NaN, ''),
        figure('fitting, reading the log included', fitS, 's'),
        ...reckoned(profiles),
        ...memory,
      ],
      notes: [
        'Recall is of the ten nearest of the true cosine over all. Vectors of queries are given: nothing is encoded.',
      ],
    };
  } finally {
    await rm(dataFolder, { recursive: true, force: true });
  }
}

function leanSchema(encoder: EncoderInfo): GenerationSchema {
  const schema = schemaOf('bench', { encoder, attributes: {}, settings: {} });
  const profile: Profile = { kind: 'lean', components: COMPONENTS };
  return { ...schema, vectors: vectorsIn(profile, schema, GENERATION) };
}

async function logOf(vectors: readonly Float32Array[], { fingerprint }: EncoderInfo): Promise<MemoryEventLog> {
  const log = new MemoryEventLog();
  const topic = imageVectorsTopic(fingerprint);
  await log.ensureTopic(topic, { partitions: 4, retention: 'compact' });
  for (const records of batches(vectors)) {
    await log.append(
      topic,
      records.map((it) => encodeVectorRecord(it)),
    );
  }
  return log;
}

function* batches(vectors: readonly Float32Array[]): Generator<readonly VectorRecord[]> {
  for (let at = 0; at < vectors.length; at += RECORDS_PER_APPLY) {
    yield vectors.slice(at, at + RECORDS_PER_APPLY).map((vector, i) => record(at + i, vector));
  }
}

async function built(
  folder: string,
  name: string,
  schema: GenerationSchema,
  log: MemoryEventLog,
  vectors: readonly Float32Array[],
): Promise<Built> {
  say(`building ${name}`);
  const stored = await openLanceIndex({ folder, onBackgroundError: (error) => console.error(error) });
  const index = new ProjectingIndex(stored, (it) => readProjection(log, it));
  await index.createGeneration(GENERATION, schema);
  for (const records of batches(vectors)) await index.apply(GENERATION, records);
  await index.settle(GENERATION);
  await index.makeLive(GENERATION);
  return { name, schema, index, folder };
}

async function searched(
  profiles: readonly Built[],
  vectors: readonly Float32Array[],
  queries: readonly Float32Array[],
): Promise<Figure[]> {
  say('searching');
  const wanted = queries.map((it) => new Set<string>(exactNearest(vectors, it, LIMIT).map((at) => `image-${at}`)));
  const ways = profiles.flatMap((profile) =>
    SEARCH_MODES.map((mode): Way => ({ profile, mode, timesMs: [], found: 0 })),
  );
  for (let round = -1; round < ROUNDS; round++) {
    for (const [at, query] of queries.entries()) {
      for (const way of ways) if (isAsked(way, round, at)) await ask(way, query, wanted[at] ?? new Set(), round);
    }
  }
  return ways.flatMap(({ profile: { name }, mode, timesMs, found }) => {
    const asked = mode === 'exact' ? EXACT_QUERIES : queries.length;
    const aim = name === 'lean' && mode === 'balanced' ? '≥ 0.99' : undefined;
    return [
      figure(`${name}, ${mode}: recall@10`, found / (LIMIT * asked), '', aim),
      figure(`${name}, ${mode}: p50`, quantile(timesMs, 0.5), 'ms'),
      figure(`${name}, ${mode}: p99`, quantile(timesMs, 0.99), 'ms'),
    ];
  });
}

interface Way {
  readonly profile: Built;
  readonly mode: SearchMode;
  readonly timesMs: number[];
  found: number;
}

function isAsked({ mode }: Way, round: number, at: number): boolean {
  return mode !== 'exact' || (round === 0 && at < EXACT_QUERIES);
}

/** Round -1 fills the caches and tells what is found; of exact searches there is only round 0. */
async function ask(way: Way, query: Float32Array, wanted: ReadonlySet<string>, round: number): Promise<void> {
  const startedAt = performance.now();
  const ids = await answer(way.profile, way.mode, query);
  if (round >= 0) way.timesMs.push(performance.now() - startedAt);
  if (round < 0 || way.mode === 'exact') way.found += ids.filter((it) => wanted.has(it)).length;
}

async function answer({ index, schema }: Built, mode: SearchMode, query: Float32Array): Promise<readonly string[]> {
  const stages = stagesOf(mode, schema, { fc: query }, LIMIT);
  const { hits } = await index.search({ generation: GENERATION, stages });
  return hits.map(({ imageId }) => imageId);
}

function reckoned(profiles: readonly Built[]): Figure[] {
  const bytes = profiles.map(({ schema }) =>
    schema.vectors.reduce((sum, { role, size }) => sum + (role === 'searched' ? size + GRAPH_BYTES : 0), 0),
  );
  const [literal = Number.NaN, lean = Number.NaN] = bytes;
  return [
    figure('literal: memory an image, reckoned', literal, 'bytes'),
    figure('lean: memory an image, reckoned', lean, 'bytes'),
    figure('lean: share of literal’s memory, reckoned', lean / literal, '', '≤ 0.25'),
  ];
}

/** What a process that only searches needs beyond what it has before it opens the index. */
async function memoryFigure({ name, schema, folder }: Built): Promise<Figure> {
  const searchedBy = schema.vectors.find(({ role }) => role === 'searched');
  const args = [folder, GENERATION, searchedBy?.name ?? '', String(searchedBy?.size ?? 0)];
  const child = fork(resolve(__dirname, 'lean-child.js'), args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [{ grownMb }] = (await once(child, 'message')) as [{ readonly grownMb: number }];
  await once(child, 'exit');
  return figure(`${name}: memory of walking its graph, measured`, grownMb, 'MB');
}
