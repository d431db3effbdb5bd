import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '#config';
import { type EncoderInfo, parseImageId, type VectorIndex, type VectorRecord } from '#core';
import { openLanceIndex } from '#index-lancedb';
import { openSqliteLog } from '#log-sqlite';
import { ensureEventsTopic, logIdentity, schemaOf } from '#pipeline';
import { encoderInfo, readEncoderManifest } from '#vision';
import { type Clustered, clusteredVectors, exactNearest } from './clustered-vectors.js';
import { processUse } from './machine.js';
import { type Model, realModel } from './photos.js';
import { type BenchResult, type Figure, figure, quantile, say } from './report.js';
import { startServer } from './server-child.js';

const VECTORS = 20_000;
const SIZE = 4096;
const CLUSTERS = 200;
/** Each is compared with all vectors for the recall, which takes 60 ms. */
const QUERIES = 200;
const ROUNDS = 5;
const LIMIT = 10;
const GENERATION = 'bench';
/** As many as the index stage applies at once. */
const RECORDS_PER_APPLY = 128;
const SHA256 = 'a'.repeat(64);

/** One search after the other, through the port in this process and then by id through REST into a standalone server. */
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
    await index.close();
    say('searching through REST');
    const rest = await searchRest(dataFolder, model, data);
    return {
      bench: 'search',
      setup: `${VECTORS} synthetic ${SIZE}-d vectors in ${CLUSTERS} clusters, three quarters zeros; ${QUERIES} queries × ${ROUNDS}, limit ${LIMIT}, one at a time`,
      figures: [...port, ...rest, ...built],
      notes: [
        'Exact: every vector compared in this process. Nothing is decoded or encoded: queries are vectors (port) or ids (REST).',
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

function record(at: number, vector: Float32Array): VectorRecord {
  return {
    state: 'ready',
    imageId: idOf(at),
    version: at,
    eventTimeMs: 0,
    image: { uri: `blob:${SHA256}`, sha256: SHA256, sizeBytes: 1, mediaType: 'image/jpeg', attributes: {} },
    vectors: { fc: vector },
    perceptualHash: '0'.repeat(16),
    width: 500,
    height: 375,
    thumbnail: SHA256,
  };
}

function idOf(at: number) {
  return parseImageId(`image-${at}`);
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

async function searchRest(dataFolder: string, model: Model, { vectors }: Clustered): Promise<Figure[]> {
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
      figure('peak RSS of the server, model included', processUse(server.pid).peakRssMb, 'MB'),
    ];
  } finally {
    await server.stop();
  }
}

async function searchById(url: string, imageId: string): Promise<string[]> {
  const response = await fetch(`${url}/v1/search`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ imageId, limit: LIMIT }),
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  const { results } = (await response.json()) as { results: { imageId: string }[] };
  return results.map((it) => it.imageId);
}

function overlap(found: readonly string[], wanted: readonly number[]): number {
  const ids = new Set<string>(wanted.map(idOf));
  return found.filter((it) => ids.has(it)).length;
}
