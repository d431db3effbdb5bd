import {
  type AttributeType,
  type EncoderInfo,
  type EventLog,
  type Generation,
  LookalikeError,
  type VectorIndex,
} from '#core';
import { logIdentity } from './log-identity.js';

export interface EnsureGenerationOptions {
  readonly log: EventLog;
  readonly index: VectorIndex;
  readonly encoder: EncoderInfo;
  readonly attributes: Readonly<Record<string, AttributeType>>;
}

/**
 * The generation that this encoder's records go to: the live one, or the first one when nothing is live yet. Another
 * encoder or other filterable attributes need a reindex, which is never a side effect of a start.
 * @throws `log-mismatch` when the live generation was built from another log, `invalid-setting` when it was built with
 * another encoder or other attributes.
 */
export async function ensureGeneration(options: EnsureGenerationOptions): Promise<Generation> {
  const { log, index, encoder, attributes } = options;
  const identity = await logIdentity(log);
  const live = await index.live();
  if (live !== null) {
    requireSameLog(identity, live.schema.log);
    requireSame('LOOKALIKE_ENCODER', encoder.fingerprint, live.schema.fingerprint);
    requireSame('LOOKALIKE_ATTRIBUTES', attributeList(attributes), attributeList(live.schema.attributes));
    return live;
  }
  const schema = {
    log: identity,
    fingerprint: encoder.fingerprint,
    vectors: encoder.vectors.map((vector) => ({ ...vector, datatype: 'float32' as const, role: 'searched' as const })),
    attributes,
  };
  // A name is never used twice: the index stage's group carries it, so a lost index is filled again from the start of
  // the log and not from where its predecessor stood.
  const name = `${encoder.fingerprint}-${Date.now().toString(36)}`;
  await index.createGeneration(name, schema);
  await index.makeLive(name);
  return { name, schema, live: true };
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
