import { type AttributeType, type EncoderInfo, type Generation, LookalikeError, type VectorIndex } from '#core';

export interface EnsureGenerationOptions {
  readonly encoder: EncoderInfo;
  readonly attributes: Readonly<Record<string, AttributeType>>;
}

/**
 * The generation that this encoder's records go to: the live one, or the first one when nothing is live yet. Another
 * encoder or other filterable attributes need a reindex, which is never a side effect of a start.
 * @throws `invalid-setting` when the live generation was built with another encoder or other attributes.
 */
export async function ensureGeneration(index: VectorIndex, options: EnsureGenerationOptions): Promise<Generation> {
  const { encoder, attributes } = options;
  const live = await index.live();
  if (live !== null) {
    requireSame('LOOKALIKE_ENCODER', encoder.fingerprint, live.schema.fingerprint);
    requireSame('LOOKALIKE_ATTRIBUTES', attributeList(attributes), attributeList(live.schema.attributes));
    return live;
  }
  const schema = {
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
