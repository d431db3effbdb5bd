import { type EventLog, LookalikeError, type ProjectionReference, projectionTopic, unlessUnknown } from '#core';
import { decodeProjection, encodeProjection, type Projection, projectionDigest } from './projection.js';

/** Of one record; a log takes twice as much. */
const PART_BYTES = 512 * 1024;

/** Durable when it resolves, with the digest that it is found by. @throws as `append`. */
export async function writeProjection(log: EventLog, fittedFor: string, projection: Projection): Promise<string> {
  const topic = projectionTopic(fittedFor);
  await log.ensureTopic(topic, { partitions: 1, retention: 'forever' });
  const bytes = encodeProjection(projection);
  const digest = projectionDigest(bytes);
  const parts = Math.ceil(bytes.length / PART_BYTES);
  for (let part = 0; part < parts; part++) {
    const value = bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES);
    await log.append(topic, [{ key: digest, value, headers: { part: String(part), parts: String(parts) } }]);
  }
  return digest;
}

/** @throws `log-damaged` where it is not there, or not all of it; faults of the log. */
export async function readProjection(
  log: EventLog,
  { fittedFor, digest }: Pick<ProjectionReference, 'fittedFor' | 'digest'>,
): Promise<Projection> {
  const topic = projectionTopic(fittedFor);
  const parts = (await unlessUnknown(partsOf(log, topic, digest))) ?? [];
  const bytes = Buffer.concat(parts);
  if (digest !== null && projectionDigest(bytes) === digest) return decodeProjection(bytes);
  throw new LookalikeError(
    'log-damaged',
    `The projection ${digest} is not in ${topic} as it was written. A reindex with another profile, or with this one anew, does without it.`,
    { facts: { topic, digest } },
  );
}

/** One that was stopped may have written some before. */
async function partsOf(log: EventLog, topic: string, digest: string | null): Promise<readonly Buffer[]> {
  const parts = new Map<number, Buffer>();
  for await (const { key, value, headers } of log.read({ topic, partition: 0, from: 0 })) {
    if (key === digest) parts.set(Number(headers.part), Buffer.from(value ?? []));
  }
  return [...parts].sort(([a], [b]) => a - b).map(([, bytes]) => bytes);
}

/** It is gone when it resolves; repeating it is harmless. */
export async function dropProjection(log: EventLog, fittedFor: string): Promise<void> {
  const topic = projectionTopic(fittedFor);
  const id = await unlessUnknown(log.topicId(topic));
  if (id !== null) await log.dropTopic(topic, id);
}
