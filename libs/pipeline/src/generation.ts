import { type AttributeType, type EncoderInfo, type Generation, LookalikeError, type VectorIndex } from '#core';

export interface EnsureGenerationOptions {
  readonly encoder: EncoderInfo;
  readonly attributes: Readonly<Record<string, AttributeType>>;
}

/**
 * The generation that this encoder's records go to: the live one if it is this encoder's, else the newest of its own,
 * else a new one. Made live only when there is no live one yet: changing encoders is a reindex, never a side effect of
 * a start.
 * @throws `invalid-setting` when the live generation belongs to another encoder.
 */
export async function ensureGeneration(index: VectorIndex, options: EnsureGenerationOptions): Promise<Generation> {
  const { encoder, attributes } = options;
  const live = await index.live();
  if (live !== null) {
    if (live.schema.fingerprint === encoder.fingerprint) return live;
    throw new LookalikeError(
      'invalid-setting',
      `LOOKALIKE_ENCODER is ${encoder.name} (fingerprint ${encoder.fingerprint}), but the index was built by the encoder ` +
        `with fingerprint ${live.schema.fingerprint}. Choose that encoder, or another data folder.`,
      { facts: { setting: 'LOOKALIKE_ENCODER', found: encoder.fingerprint, expected: live.schema.fingerprint } },
    );
  }
  const name = `${encoder.fingerprint}-1`;
  const schema = {
    fingerprint: encoder.fingerprint,
    vectors: encoder.vectors.map((vector) => ({ ...vector, datatype: 'float32' as const, role: 'searched' as const })),
    attributes,
  };
  const existing = (await index.generations()).find((it) => it.name === name);
  if (existing === undefined) await index.createGeneration(name, schema);
  await index.makeLive(name);
  return { name, schema: existing?.schema ?? schema, live: true };
}
