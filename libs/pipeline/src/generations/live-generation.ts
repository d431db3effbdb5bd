import { randomBytes } from 'node:crypto';
import {
  type DeclaredAttributes,
  type EncoderInfo,
  type EncoderReference,
  type EventLog,
  type Generation,
  type GenerationSchema,
  IMAGE_FIELDS,
  type ImageField,
  INDEX_GENERATIONS_TOPIC,
  imageVectorsTopic,
  isLookalikeError,
  LookalikeError,
  unlessUnknown,
  type VectorIndex,
} from '#core';
import { indexGroup } from '../groups.js';
import { logIdentity } from '../log-identity.js';
import { Generations } from './generations.js';
import { inRole, type KnownGeneration } from './generations-state.js';

/** Others may start at the same time; each attempt that fails has seen one of them come further. */
const MAX_ATTEMPTS = 5;

export interface GenerationShape {
  readonly encoder: EncoderInfo;
  readonly attributes: DeclaredAttributes;
  readonly settings: Readonly<Record<string, number>>;
}

/**
 * What the first generation is like. A later one is the work of a reindex, which is never a side effect of a start; only one in
 * place of an index that was lost has these attributes too.
 */
export interface EnsureGenerationOptions extends Omit<GenerationShape, 'settings'> {
  readonly log: EventLog;
  readonly index: VectorIndex;
  /** Those of the index. Default: of the only index that is filled from this log. */
  readonly generations?: Generations;
}

/**
 * The live generation of the log, made live in the index too. When the log knows none, or the index has lost it, another one
 * is established, which is filled from the vectors that its encoder has made. Several may start at once: they all get the same one.
 * @throws `log-mismatch` when the index was built from another log.
 */
export async function ensureGeneration(options: EnsureGenerationOptions): Promise<KnownGeneration> {
  const { log, index, generations = new Generations(log), ...first } = options;
  await log.ensureTopic(INDEX_GENERATIONS_TOPIC, { partitions: 1, retention: 'forever' });
  const identity = await logIdentity(log);
  const found = await index.live();
  if (found !== null) requireSameLog(identity, found.schema.log);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const live = inRole(await generations.current(), 'live');
    if (live !== null && (await madeLive(live, log, index))) return live;
    await establish(generations, { lost: live, found: await index.live(), identity, first });
  }
  throw new LookalikeError('internal', 'The first generation did not become live.');
}

/** What every new generation of an encoder has. */
function allFor({ labels = false }: EncoderReference) {
  const fields = Object.keys(IMAGE_FIELDS) as readonly ImageField[];
  return { fields: fields.filter((it) => it !== 'labels' || labels), greyCopies: true, filtersFailed: true };
}

function referenceOf({ name, fingerprint, digest, trained, labels, manifest }: EncoderReference): EncoderReference {
  return {
    name,
    fingerprint,
    ...(digest !== undefined && { digest }),
    trained,
    ...(labels !== undefined && { labels }),
    manifest,
  };
}

/** The schema of a generation of that shape. */
export function schemaOf(log: string, { encoder, attributes, settings }: GenerationShape): GenerationSchema {
  const { vectors } = encoder;
  return {
    log,
    encoder: referenceOf(encoder),
    vectors: vectors.map((vector) => ({ ...vector, datatype: 'float32' as const, role: 'searched' as const })),
    attributes,
    ...allFor(encoder),
    settings,
  };
}

/**
 * A name is never used twice: the index stage's group carries it, so a lost index is filled again from the start of the
 * log and not from where its predecessor stood.
 */
export function newGenerationName(fingerprint: string): string {
  return `${fingerprint}-${Date.now().toString(36)}-${randomBytes(3).toString('hex')}`;
}

/** @returns false when the index had it and has lost it. */
async function madeLive({ name, schema }: KnownGeneration, log: EventLog, index: VectorIndex): Promise<boolean> {
  const there = (await index.generations()).find((it) => it.name === name);
  if (there === undefined) {
    const topic = imageVectorsTopic(schema.encoder.fingerprint);
    const committed = await unlessUnknown(log.committed(topic, indexGroup(name)));
    if (committed !== null && committed.size > 0) return false;
    await createUnlessThere(index, name, schema);
  }
  if (there?.live !== true) await index.makeLive(name);
  return true;
}

interface Circumstances {
  /** What the log says is live and the index has no longer. */
  readonly lost: KnownGeneration | null;
  /** What is live in the index. */
  readonly found: Generation | null;
  readonly identity: string;
  readonly first: Omit<GenerationShape, 'settings'>;
}

/** Another who starts may come first; then this one has no effect. */
async function establish(generations: Generations, { lost, found, identity, first }: Circumstances): Promise<void> {
  // Live in the index and not known to the log, which has lost what was decided.
  const adopted = lost === null ? found : null;
  const schema = adopted?.schema ?? replacement(lost, first) ?? schemaOf(identity, { ...first, settings: {} });
  const generation = adopted?.name ?? newGenerationName(schema.encoder.fingerprint);
  try {
    await generations.decide({ kind: 'established', generation, schema, replaces: lost?.name ?? null, by: null });
  } catch (error) {
    if (!isLookalikeError(error) || error.code !== 'generation-exists') throw error;
  }
}

/** The vectors are there, so the encoder stays; what filters may name is a matter of the index alone. */
function replacement(lost: KnownGeneration | null, { attributes }: Circumstances['first']): GenerationSchema | null {
  return lost === null ? null : { ...lost.schema, attributes, ...allFor(lost.schema.encoder) };
}

export async function createUnlessThere(index: VectorIndex, name: string, schema: GenerationSchema): Promise<void> {
  try {
    await index.createGeneration(name, schema);
  } catch (error) {
    if (!isLookalikeError(error) || error.code !== 'generation-exists') throw error;
  }
}

function requireSameLog(wanted: string, found: string): void {
  if (wanted === found) return;
  throw new LookalikeError(
    'log-mismatch',
    'The index was built from another log than the one that is there now, so their versions cannot be compared. If the ' +
      'log was lost, bring it back; if it was replaced on purpose, delete the index: the next start builds it from this log.',
    { facts: { log: wanted, indexOfLog: found } },
  );
}
