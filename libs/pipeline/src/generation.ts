import { randomBytes } from 'node:crypto';
import {
  type AttributeType,
  type EncoderInfo,
  type EventLog,
  type Generation,
  type GenerationSchema,
  INDEX_GENERATIONS_TOPIC,
  imageVectorsTopic,
  isLookalikeError,
  LookalikeError,
  type VectorIndex,
} from '#core';
import { indexGroup } from './groups.js';
import { logIdentity } from './log-identity.js';

/** Others may start at the same time; each attempt that fails has seen one of them come further. */
const MAX_ATTEMPTS = 5;

export interface EnsureGenerationOptions {
  readonly log: EventLog;
  readonly index: VectorIndex;
  /** Tells apart indexes that are filled from one log, each with a name of its own for what it has read. */
  readonly place?: string;
  readonly encoder: EncoderInfo;
  readonly attributes: Readonly<Record<string, AttributeType>>;
}

/**
 * The generation that this encoder's records go to: the live one, or the first one when nothing is live yet. Another
 * encoder or other filterable attributes need a reindex, which is never a side effect of a start. Several may start at
 * once: they all get the same one. The topic of the encoder's vectors must be there.
 * @throws `log-mismatch` when the live generation was built from another log, `invalid-setting` when it was built with
 * another encoder or other attributes.
 */
export async function ensureGeneration(options: EnsureGenerationOptions): Promise<Generation> {
  const { log, index, place = '', encoder, attributes } = options;
  const identity = await logIdentity(log);
  const schema = {
    log: identity,
    fingerprint: encoder.fingerprint,
    vectors: encoder.vectors.map((vector) => ({ ...vector, datatype: 'float32' as const, role: 'searched' as const })),
    attributes,
  };
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const live = await index.live();
    if (live !== null) {
      requireSameLog(identity, live.schema.log);
      requireSame('LOOKALIKE_ENCODER', encoder.fingerprint, live.schema.fingerprint);
      requireSame('LOOKALIKE_ATTRIBUTES', attributeList(attributes), attributeList(live.schema.attributes));
      return live;
    }
    const name = await unusedName(log, encoder.fingerprint, place);
    // Whoever else starts has chosen the same name, or has used it already: then it is live by now.
    if ((await index.live()) !== null) continue;
    await createUnlessThere(index, name, schema);
    await index.makeLive(name);
  }
  throw new LookalikeError('internal', 'The first generation did not become live.');
}

/**
 * A name is never used twice: the index stage's group carries it, so a lost index is filled again from the start of the
 * log and not from where its predecessor stood. Names are given in the log, so that all who start at once take the first one.
 */
async function unusedName(log: EventLog, fingerprint: string, place: string): Promise<string> {
  await log.ensureTopic(INDEX_GENERATIONS_TOPIC, { partitions: 1, retention: 'forever' });
  const key = place === '' ? fingerprint : `${fingerprint} ${place}`;
  const found = await firstUnused(log, fingerprint, key);
  if (found !== null) return found;
  const name = `${fingerprint}-${Date.now().toString(36)}-${randomBytes(3).toString('hex')}`;
  await log.append(INDEX_GENERATIONS_TOPIC, [{ key, value: Buffer.from(name), headers: {} }]);
  return (await firstUnused(log, fingerprint, key)) ?? name;
}

async function firstUnused(log: EventLog, fingerprint: string, key: string): Promise<string | null> {
  for await (const { key: found, value } of log.read({ topic: INDEX_GENERATIONS_TOPIC, partition: 0, from: 0 })) {
    if (found !== key) continue;
    const name = Buffer.from(value ?? []).toString('utf8');
    const committed = await log.committed(imageVectorsTopic(fingerprint), indexGroup(name));
    if (committed.size === 0) return name;
  }
  return null;
}

async function createUnlessThere(index: VectorIndex, name: string, schema: GenerationSchema): Promise<void> {
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

function requireSame(setting: string, wanted: string, found: string): void {
  if (wanted === found) return;
  throw new LookalikeError(
    'invalid-setting',
    `${setting} asks for "${wanted}", but the live index was built with "${found}". ` +
      'Set it back, or use another data folder, or delete the index: the next start builds it again from the log.',
    { facts: { setting, wanted, found } },
  );
}

function attributeList(attributes: Readonly<Record<string, AttributeType>>): string {
  const entries = Object.entries(attributes).map(([name, type]) => `${name}:${type}`);
  return entries.sort().join(',');
}
