import type { ModelFile } from '#vision';

/** An encoder that lookalike knows how to use. */
export interface ShippedModel {
  /** As in LOOKALIKE_ENCODER. */
  readonly name: string;
  readonly model: ModelFile;
}

export interface EnsureOptions {
  readonly folder: string;
  readonly mirrors: readonly string[];
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { readonly doneBytes: number; readonly totalBytes: number }) => void;
}

/** What the commands need to know of model files. */
export interface ModelCatalogue {
  readonly models: readonly ShippedModel[];
  /** The path of the verified file, fetched if it is not there yet. */
  ensure(file: ModelFile, options: EnsureOptions): Promise<string>;
}
