import type { ErrorCode } from '#core';
import type { ExportedEncoder, ImportResult } from '#pipeline';

/** What the process is to do: its only argument, as JSON. */
export type TransferRequest = {
  /** `standalone`: the log in the data folder. `cluster`: the one in Kafka. */
  readonly profile: 'standalone' | 'cluster';
  /** `-` for stdout or stdin. */
  readonly file: string;
} & (
  | { readonly action: 'import' }
  /** Fingerprints of the encoders whose vectors are wanted; `null`: of the live generation's. */
  | { readonly action: 'export'; readonly encoders: readonly string[] | null }
);

export interface ExportResult {
  readonly export: string;
  readonly log: string;
  readonly encoders: readonly ExportedEncoder[];
  /** By topic. */
  readonly records: Readonly<Record<string, number>>;
  /** Of the file. */
  readonly sizeBytes: number;
}

/** What it says over IPC, one of the last three at the end. */
export type TransferMessage =
  | { readonly type: 'progress'; readonly label: string; readonly done: number; readonly total: number | null }
  | { readonly type: 'done'; readonly result: ExportResult | ImportResult }
  | { readonly type: 'failed'; readonly code: ErrorCode; readonly message: string }
  | { readonly type: 'stopped' };

const EVERY_MS = 200;

/** Says now and then how far it is. */
export class ProgressReport {
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly send: (message: TransferMessage) => void) {}

  at(label: string, done: number, total: number | null): void {
    if (performance.now() - this.#lastMs < EVERY_MS) return;
    this.#lastMs = performance.now();
    this.send({ type: 'progress', label, done, total });
  }
}
