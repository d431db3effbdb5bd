import type { LinkAnswer } from './read-answer.js';

/**
 * Asks S3 for an object, once, and resolves with what it answers, whatever the status. Ended by the signal.
 * @throws the fault `storage-unavailable` when it is not the object that is refused but whoever asks; what the connection
 * throws, as it is.
 */
export type GetObject = (bucket: string, key: string, signal: AbortSignal) => Promise<LinkAnswer>;

/** Where `s3:` links lead: to one server, which unlike the hosts of other links is known. */
export interface ObjectSource {
  /** That links may name. */
  readonly buckets: readonly string[];
  readonly get: GetObject;
}
