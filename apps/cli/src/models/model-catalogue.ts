import type { DownloadProgress, ListedModel, ModelFile } from '#vision';

/** An encoder that lookalike knows how to use. */
export interface ShippedModel {
  /** As in LOOKALIKE_ENCODER. */
  readonly name: string;
  readonly model: ModelFile;
  readonly trained: boolean;
}

export interface ShippedModelState extends ShippedModel {
  readonly path: string;
  readonly state: ListedModel['state'];
}

export interface EnsureOptions {
  readonly folder: string;
  readonly mirrors: readonly string[];
  readonly signal: AbortSignal;
  readonly onProgress: (progress: DownloadProgress) => void;
}

/** What the commands need to know of model files. */
export interface ModelCatalogue {
  readonly models: readonly ShippedModel[];
  /** The path of the verified file, fetched or made if it is not there yet. */
  ensure(shipped: ShippedModel, options: EnsureOptions): Promise<string>;
  /** Reads each file that is there, to verify it. */
  list(folder: string): Promise<readonly ShippedModelState[]>;
}
