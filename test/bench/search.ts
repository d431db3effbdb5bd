import { mkdtemp, rm } from 'node:fs/promises';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '#config';
import type { EncoderInfo, Generation, VectorIndex } from '#core';
import { openLanceIndex } from '#index-lancedb';
import { openSqliteLog } from '#log-sqlite';
import { ensureEventsTopic, logIdentity, schemaOf } from '#pipeline';
import { stagesOf } from '#search';
import { encoderInfo, readEncoderManifest } from '#vision';
import { type AtOnce, atOnce } from './at-once.js';
import { idOf, record } from './bench-records.js';
import { type Clustered, clusteredVectors, exactNearest } from './clustered-vectors.js';
import { processUse } from './machine.js';
import { type Model, realModel } from './photos.js';
import { post } from './post.js';
import { type BenchResult, type Figure, figure, quantile, say } from './report.js';
import { startServer } from './server-child.js';
import { uploadedSearches } from './uploaded-searches.js';

const VECTORS = 20_000;
const SIZE = 4096;
const CLUSTERS = 200;
/** Each is compared with all vectors for the recall, which takes 60 ms. */
const QUERIES = 200;
const ROUNDS = 5;
const CLIENTS = 16;
const SEARCHES_AT_ONCE = 2_000;
const ROUNDS_AT_ONCE = 3;
const AGENT = new Agent({ keepAlive: true });
const LIMIT = 10;
const GENERATION = 'bench';
/** As many as the index stage applies at once. */
const RECORDS_PER_APPLY = 128;

/** Through the port in this process and through REST into a standalone server: one search after the other, then many at once. */
export async function run(): Promise<BenchResult> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'lookalike-bench-'));
  try {
    const model = await realModel();
    const encoder = encoderInfo(await readEncoderManifest(model.manifest));
    say('making vectors');
    const data = clusteredVectors(VECTORS, QUERIES, CLUSTERS, SIZE);
    const index = await openLanceIndex({
      folder: join(dataFolder, 'index'),
      onBackgroundError: (error) => console.error(error),
    });
    say('writing and building');
    const built = await build(index, await newLog(dataFolder), encoder, data);
    say('searching through the port');
    const port = await searchPort(index, data);
    say('searching through REST');
    const rest = await searchRest(dataFolder, model, data, index);
    await index.close();
    return {
      bench: 'search',
      setup: `${VECTORS} synthetic ${SIZE}-d vectors in ${CLUSTERS} clusters, three quarters zeros; ${QUERIES} queries × ${ROUNDS}, limit ${LIMIT}, one at a time; then ${CLIENTS} clients, ${SEARCHES_AT_ONCE} searches × ${ROUNDS_AT_ONCE}`,
      figures: [...port, ...rest, ...built],
      notes: [
        'Exact: every vector compared in this process. Nothing is decoded or encoded: queries are vectors (port) or ids (REST).',
        'The bare call is the search of the port alone, as REST asks for it, in this process, by turns with REST. REST also reads the vector of the id.',
      ],
    };
  } finally {
    await rm(dataFolder, { recursive: true, force: true });
  }
}

/** The log that the server will find beside the index, which has to be its own. */
async function newLog(dataFolder: string): Promise<string> {
  const onBackgroundError = (error: unknown) => console.error(error);
  const log = await openSqliteLog({ folder: join(dataFolder, 'log'), maxRecordBytes: 1_048_576, onBackgroundError });
  try {
    const { partitions } = loadSettings({}).storage;
    await ensureEventsTopic(log, partitions);
    return await logIdentity(log);
  } finally {
    await log.close();
  }
}

async function build(index: VectorIndex, log: string, encoder: EncoderInfo, { vectors }: Clustered): Promise<Figure[]> {
  const schema = schemaOf(log, { encoder, attributes: {}, settings: {} });
  await index.createGeneration(GENERATION, schema);
  const startedAt = performance.now();
  for (let at = 0; at < vectors.length; at += RECORDS_PER_APPLY) {
    const some = vectors.slice(at, at + RECORDS_PER_APPLY);
    await index.apply(
      GENERATION,
      some.map((vector, i) => record(at + i, vector)),
    );
  }
  const writtenAt = performance.now();
  await index.settle(GENERATION);
  const settledAt = performance.now();
  await index.makeLive(GENERATION);
  return [
    figure('guarded writes, 128 at once', VECTORS / ((writtenAt - startedAt) / 1000), 'records/s'),
    figure('graph built', (settledAt - writtenAt) / 1000, 's'),
  ];
}

async function searchPort(index: VectorIndex, { vectors, queries }: Clustered): Promise<Figure[]> {
  const timesMs: number[] = [];
  let found = 0;
  for (let round = -1; round < ROUNDS; round++) {
    for (const query of queries) {
      const startedAt = performance.now();
      const { hits } = await index.search({ stages: [{ vector: 'fc', query, limit: LIMIT }] });
      // The first round fills the caches and, outside the time, is compared with the truth.
      if (round >= 0) timesMs.push(performance.now() - startedAt);
      else
        found += overlap(
          hits.map((it) => it.imageId),
          exactNearest(vectors, query, LIMIT),
        );
    }
  }
  return [
    figure('port: recall@10 against exact', found / (LIMIT * queries.length), '', '≥ 0.99'),
    figure('port: p50', quantile(timesMs, 0.5), 'ms'),
    figure('port: p99', quantile(timesMs, 0.99), 'ms', '≤ 20 ms'),
  ];
}

async function searchRest(
  dataFolder: string,
  model: Model,
  data: Clustered,
  index: VectorIndex,
): Promise<readonly Figure[]> {
  const { vectors } = data;
  const env = { LOOKALIKE_ENCODER: model.manifest, LOOKALIKE_MODEL_FILE: model.file, LOOKALIKE_DATA_DIR: dataFolder };
  const server = await startServer(env, dataFolder);
  try {
    const timesMs: number[] = [];
    let found = 0;
    for (let round = -1; round < ROUNDS; round++) {
      for (let at = 0; at < QUERIES; at++) {
        const startedAt = performance.now();
        const ids = await searchById(server.url, idOf(at));
        if (round >= 0) timesMs.push(performance.now() - startedAt);
        else {
          const nearest = exactNearest(vectors, vectors[at] as Float32Array, LIMIT + 1);
          found += overlap(ids, nearest.filter((it) => it !== at).slice(0, LIMIT));
        }
      }
    }
    return [
      figure('REST by id: recall@10 against exact', found / (LIMIT * QUERIES), '', '≥ 0.99'),
      figure('REST by id: p50', quantile(timesMs, 0.5), 'ms'),
      figure('REST by id: p99', quantile(timesMs, 0.99), 'ms'),
      ...(await searchAtOnce(server.url, index, data)),
      ...(await uploadedSearches(server.url, model)),
      figure('peak RSS of the server, model included', processUse(server.pid).peakRssMb, 'MB'),
    ];
  } finally {
    await server.stop();
  }
}

/** By turns through the port of this process and through REST: the same searches, of stored images by their ids. */
async function searchAtOnce(url: string, index: VectorIndex, { vectors }: Clustered): Promise<readonly Figure[]> {
  const { schema } = (await index.generations()).find((it) => it.live) as Generation;
  const vectorOf = (at: number) => vectors[at % vectors.length] as Float32Array;
  const search = (at: number) =>
    index.search({ stages: stagesOf('balanced', schema, { fc: vectorOf(at) }, LIMIT + 2) });
  const runs: { readonly bare: AtOnce; readonly whole: AtOnce; readonly rest: AtOnce }[] = [];
  for (let round = -1; round < ROUNDS_AT_ONCE; round++) {
    say(`${CLIENTS} at once, round ${round + 2} of ${ROUNDS_AT_ONCE + 1}`);
    const bare = await atOnce(CLIENTS, SEARCHES_AT_ONCE, search);
    const whole = await atOnce(CLIENTS, SEARCHES_AT_ONCE, async (at) => {
      await index.fetch([idOf(at % vectors.length)], { withVectors: true });
      await search(at);
    });
    const rest = await atOnce(CLIENTS, SEARCHES_AT_ONCE, (at) => searchById(url, idOf(at % vectors.length)));
    // The first fills the caches.
    if (round >= 0) runs.push({ bare, whole, rest });
  }
  const all = (name: string, of: (it: (typeof runs)[number]) => number, unit: string, aim?: string) =>
    figure(name, runs.map(of), unit, aim);
  return [
    all(`bare call, ${CLIENTS} at once`, ({ bare }) => bare.perS, 'searches/s'),
    all('bare call: p50', ({ bare }) => bare.p50Ms, 'ms'),
    all('bare call: p99', ({ bare }) => bare.p99Ms, 'ms'),
    all('bare call with reading the vector', ({ whole }) => whole.perS, 'searches/s'),
    all(`REST by id, ${CLIENTS} clients`, ({ rest }) => rest.perS, 'searches/s'),
    all('REST by id: p50', ({ rest }) => rest.p50Ms, 'ms'),
    all('REST by id: p99', ({ rest }) => rest.p99Ms, 'ms', '≤ 50 ms'),
    all('REST by id over the bare call', ({ bare, rest }) => rest.perS / bare.perS, '', '≥ 0.7'),
  ];
}

async function searchById(url: string, imageId: string): Promise<string[]> {
  const { status, body } = await post(
    AGENT,
    `${url}/v1/search`,
    'application/json',
    JSON.stringify({ imageId, limit: LIMIT }),
  );
  if (status !== 200) throw new Error(`${status} ${body}`);
  const { results } = JSON.parse(body) as { results: { imageId: string }[] };
  return results.map((it) => it.imageId);
}

function overlap(found: readonly string[], wanted: readonly number[]): number {
  const ids = new Set<string>(wanted.map(idOf));
  return found.filter((it) => ids.has(it)).length;
}
