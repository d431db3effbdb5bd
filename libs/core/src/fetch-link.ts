/** What is known of a picture before it is fetched by link. */
export interface LinkExpectation {
  /** More bytes than this end the fetch with `link-too-large`. */
  readonly maxBytes: number;
  /** The exact number of bytes, where it was declared. */
  readonly sizeBytes?: number | undefined;
  /** Lowercase hex SHA-256, where it was declared. */
  readonly sha256?: string | undefined;
  /** Ends the fetch with its reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface FetchedPicture {
  /** Whole, and of the size and hash that were expected; the caller's alone, who may `giveBack` their memory. */
  readonly bytes: Buffer;
  /** What the server says it is, in lowercase and without parameters; `null` when it does not say. */
  readonly mediaType: string | null;
}

/**
 * Fetches a picture by an `http:`, `https:` or `s3:` link, once. @throws LookalikeError an outcome (`canRetry` false) when the
 * same link will not give the picture later either, else a fault; or the signal's reason.
 */
export type FetchLink = (uri: string, expected: LinkExpectation) => Promise<FetchedPicture>;

/** True for `http:`, `https:` and `s3:` references; whether they may be fetched is for the fetcher to say. */
export function isLink(uri: string): boolean {
  return /^(?:https?|s3):/i.test(uri);
}
