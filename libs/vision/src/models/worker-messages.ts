import { type ErrorCode, isLookalikeError, LookalikeError } from '#core';
import type { FeatureSessionOptions } from './feature-session.js';

export type WorkerData = FeatureSessionOptions;

export type ToWorker =
  | { readonly kind: 'encode'; readonly pictures: readonly Uint8Array[] }
  | { readonly kind: 'close' };

export type FromWorker =
  | { readonly kind: 'ready' }
  /** The model could not be opened; the worker ends. */
  | { readonly kind: 'refused'; readonly error: PlainError }
  | { readonly kind: 'encoded'; readonly vectors: Float32Array }
  | { readonly kind: 'failed'; readonly error: PlainError };

/** An error in a form that crosses threads. */
export interface PlainError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly detail: string;
}

export function toPlainError(error: unknown): PlainError {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (!isLookalikeError(error))
    return { code: 'encoder-unavailable', message: 'The model could not be run.', facts: {}, detail };
  const cause = error.cause instanceof Error ? `\ncaused by ${error.cause.stack ?? error.cause.message}` : '';
  return { code: error.code, message: error.message, facts: error.facts, detail: detail + cause };
}

export function fromPlainError({ code, message, facts, detail }: PlainError): LookalikeError {
  return new LookalikeError(code, message, { facts, cause: new Error(detail) });
}
