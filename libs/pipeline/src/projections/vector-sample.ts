import { createHash } from 'node:crypto';
import {
  decodeVectorRecord,
  type EventLog,
  type ImageId,
  imageVectorsTopic,
  isImageId,
  type LogRecord,
  nullIfOutcome,
  type VectorRecord,
  winsAgainst,
} from '#core';
import { visitRecords } from '../audit/logged-events.js';

export interface SampledVectors {
  readonly log: EventLog;
  readonly fingerprint: string;
  /** Which of the encoder's vectors, and of how many numbers. */
  readonly name: string;
  readonly size: number;
  readonly signal?: AbortSignal;
}

/**
 * Vectors of so many images, a random choice that is the same for the same images, whatever the order and the partitions of
 * their records: those whose ids have the least hashes (Cohen and Kaplan, Summarizing data using bottom-k sketches, 2007).
 * Reads the whole topic, but decodes little of it. 16 kB of memory for each image at 4096 numbers, and twice that at the end.
 * @returns the vectors one after the other, fewer where images have none.
 */
export async function sampleVectors(
  { log, fingerprint, name, size, signal }: SampledVectors,
  images: number,
): Promise<Float32Array> {
  const sample = new LeastHashes(images, name, size);
  const topic = imageVectorsTopic(fingerprint);
  for (const { partition, low, high } of await log.watermarks(topic)) {
    await visitRecords({ log, topic, partition, from: low, to: high, signal }, (record) => {
      sample.offer(record);
      return undefined;
    });
  }
  return sample.vectors();
}

interface Sampled extends Pick<VectorRecord, 'version' | 'state'> {
  readonly hash: string;
  readonly vector: Float32Array | null;
}

/** More than are wanted may wait to be sorted out. */
const SLACK = 1.25;

class LeastHashes {
  readonly #images = new Map<ImageId, Sampled>();
  /** What is above it is out for good. */
  #bound = 'g';

  constructor(
    private readonly wanted: number,
    private readonly name: string,
    private readonly size: number,
  ) {}

  offer(logged: LogRecord): void {
    // A redriven record has a key of its own (docs/adr/0013).
    if (isImageId(logged.key) && this.#images.get(logged.key) === undefined && hashOf(logged.key) > this.#bound) return;
    const record = nullIfOutcome(() => decodeVectorRecord(logged));
    if (record === null) return;
    const { imageId, version, state } = record;
    const hash = hashOf(imageId);
    const before = this.#images.get(imageId);
    if (hash > this.#bound || (before !== undefined && !winsAgainst(record, before))) return;
    const vector = record.state === 'ready' ? (record.vectors[this.name] ?? null) : null;
    this.#images.set(imageId, {
      hash,
      version,
      state,
      vector: vector?.length === this.size ? Float32Array.from(vector) : null,
    });
    if (this.#images.size > SLACK * this.wanted) this.#prune();
  }

  /** Empties the sample. */
  vectors(): Float32Array {
    this.#prune();
    const found = this.#sorted().filter(([, { vector }]) => vector !== null);
    const values = new Float32Array(found.length * this.size);
    for (const [at, [imageId, { vector }]] of found.entries()) {
      if (vector !== null) values.set(vector, at * this.size);
      this.#images.delete(imageId);
    }
    return values;
  }

  #sorted(): readonly (readonly [ImageId, Sampled])[] {
    return [...this.#images].sort(([, a], [, b]) => (a.hash < b.hash ? -1 : 1));
  }

  #prune(): void {
    const sorted = this.#sorted();
    for (const [imageId] of sorted.slice(this.wanted)) this.#images.delete(imageId);
    this.#bound = sorted[this.wanted - 1]?.[1].hash ?? this.#bound;
  }
}

function hashOf(imageId: ImageId): string {
  return createHash('sha256').update(imageId).digest('hex');
}
