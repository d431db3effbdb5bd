import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type GenerationSchema,
  type ImageId,
  imageVectorsTopic,
  type LogRecord,
  type NamedVectors,
  type Position,
  type ReadyRecord,
  type Version,
} from '#core';
import { decodeFor } from '../index-stage.js';
import type { AuditedPorts } from './spilled-sides.js';
import { runsOfRecords, sampledRuns } from './vector-runs.js';

/**
 * Below it two vectors are not the same: rounding to 16 bits costs 1e-7, another decoder's pixels or another batch of
 * the model some 1e-6, and another layer, model or picture has 0.9 at most.
 */
const LEAST_COSINE = 1 - 1e-4;
/** Vectors of both sides that are in memory at once. */
const BATCH_BYTES = 8 * 2 ** 20;
const BATCH_MAX_RECORDS = 500;

export interface VectorCheckOptions extends AuditedPorts {
  /** How many images are compared, taken at random; `all` reads the whole topic. */
  readonly vectors: number | 'all';
  /** Where the topic of the vectors ended. */
  readonly vectorsEnd: readonly Position[];
  /** May be told of one image more than once, where the topic has several records of its version. */
  readonly onWrong: (imageId: ImageId, version: Version, cosine: number) => Promise<void>;
}

/**
 * Compares vectors of the index with the records of the same version in the topic of the vectors. Which of the topic's
 * records the index should have need not be known: of one version all that are ready are of the same event and encoder,
 * so their vectors are the same, and of another version than the index's there is nothing to compare. Hence changes
 * meanwhile make no difference either.
 * @returns how many were compared.
 */
export async function compareVectors(options: VectorCheckOptions): Promise<number> {
  const { log, generation, vectors, vectorsEnd, signal } = options;
  const topic = imageVectorsTopic(generation.schema.encoder.fingerprint);
  const isSmall = typeof vectors === 'number' && vectorsEnd.reduce((sum, { offset }) => sum + offset, 0) <= vectors;
  const isWhole = vectors === 'all' || isSmall;
  // A sample that finds hardly anything to compare, since most was superseded, ends after as many places as it has records.
  const runs = isWhole
    ? runsOfRecords(log, topic, vectorsEnd, batchRecords(generation.schema))
    : sampledRuns(log, topic, vectorsEnd, vectors);
  const sample = isWhole ? null : { left: vectors, seen: new Set<ImageId>() };
  let compared = 0;
  for await (const records of runs) {
    signal?.throwIfAborted();
    compared += await compareBatch(options, records, sample);
    if (sample?.left === 0) break;
    await nextTurn();
  }
  return compared;
}

function batchRecords({ vectors }: GenerationSchema): number {
  const bytesOfBothSides = vectors.reduce((sum, { size }) => sum + 2 * 4 * size, 0);
  return Math.min(BATCH_MAX_RECORDS, Math.max(1, Math.floor(BATCH_BYTES / bytesOfBothSides)));
}

interface Sample {
  left: number;
  readonly seen: Set<ImageId>;
}

async function compareBatch(
  { index, generation, onWrong }: VectorCheckOptions,
  records: readonly LogRecord[],
  sample: Sample | null,
): Promise<number> {
  const wanted = new Map<ImageId, ReadyRecord[]>();
  for (const source of records) {
    const decoded = decodeFor(generation, source);
    if (!('record' in decoded) || decoded.record.state !== 'ready') continue;
    const { imageId } = decoded.record;
    if (sample?.seen.has(imageId)) continue;
    wanted.set(imageId, [...(wanted.get(imageId) ?? []), decoded.record]);
  }
  if (wanted.size === 0) return 0;
  const stored = await index.fetch([...wanted.keys()], { generation: generation.name, withVectors: true });
  let compared = 0;
  for (const record of stored) {
    if (sample?.left === 0) break;
    const { imageId, version, state } = record;
    const same = wanted.get(imageId)?.filter((it) => it.version === version) ?? [];
    if (state !== 'ready' || same.length === 0) continue;
    compared += 1;
    if (sample !== null) {
      sample.left -= 1;
      sample.seen.add(imageId);
    }
    const cosine = leastOf(same.map(({ vectors }) => leastCosine(vectors, record.vectors ?? {})));
    // NaN of what has no direction is below too.
    if (!(cosine >= LEAST_COSINE)) await onWrong(imageId, version, cosine);
  }
  return compared;
}

function leastCosine(wanted: NamedVectors, found: NamedVectors): number {
  return leastOf(Object.entries(wanted).map(([name, vector]) => cosine(vector, found[name] ?? new Float32Array())));
}

/** NaN when one of them is. */
function leastOf(cosines: readonly number[]): number {
  return cosines.length === 0 ? Number.NaN : Math.min(...cosines);
}

/** NaN of another length or without a direction. */
function cosine(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Number.NaN;
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return dot / Math.sqrt(aa * bb);
}
