import { type EventLog, type FittedProjection, type GenerationSchema, LookalikeError } from '#core';
import { fitComponents } from './fit-components.js';
import { writeProjection } from './projection-topic.js';
import { sampleVectors } from './vector-sample.js';

/** 134 MB of 4096 numbers each, twice for a moment, until it is fitted. More makes the components hardly better. */
const SAMPLED_IMAGES = 8_192;

/** Fits what the generation's schema lacks, to vectors that the log has, and keeps it in the log. @throws the signal's reason, faults of the log. */
export async function fitProjections(
  log: EventLog,
  { encoder, vectors }: Pick<GenerationSchema, 'encoder' | 'vectors'>,
  signal: AbortSignal,
): Promise<readonly FittedProjection[]> {
  const found: FittedProjection[] = [];
  for (const { name, size: components, projection } of vectors) {
    if (projection === undefined || projection.digest !== null) continue;
    const { of, fittedFor } = projection;
    const size = vectors.find((it) => it.name === of)?.size;
    if (size === undefined) throw new LookalikeError('internal', `There is no vector ${of} to project.`);
    const sample = await sampleVectors(
      { log, fingerprint: encoder.fingerprint, name: of, size, signal },
      SAMPLED_IMAGES,
    );
    const sampled = sample.length / size;
    const { explained, ...fitted } = await fitComponents({ sample, size, components }, signal);
    const digest = await writeProjection(log, fittedFor, { size, ...fitted });
    found.push({ name, digest, explained, sampled });
  }
  return found;
}
