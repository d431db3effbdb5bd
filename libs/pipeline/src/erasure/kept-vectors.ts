import { unusedVectors } from '../generations/decided-state.js';
import type { EraseOptions } from './erase-options.js';

/** Encoders whose vectors the log keeps, by fingerprint. */
export interface KeptVectors {
  /** Stages fill their topics, for a generation of any index. */
  readonly inUse: readonly string[];
  readonly unused: readonly string[];
}

export async function keptVectors({ generations }: Pick<EraseOptions, 'generations'>): Promise<KeptVectors> {
  const state = await generations.decided();
  const unused = unusedVectors(state).map(({ fingerprint }) => fingerprint);
  return { inUse: [...state.vectors.keys()].filter((it) => !unused.includes(it)), unused };
}
