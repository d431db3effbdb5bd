import { refused } from './link-rules.js';

/** An object of S3 by name. */
export interface ObjectName {
  readonly bucket: string;
  readonly key: string;
}

/** Of S3: in UTF-8. */
const KEY_MAX_BYTES = 1024;
const OBJECT_LINK = /^s3:\/\/([^/]+)\/(.+)$/is;

export function isObjectLink(uri: string): boolean {
  return /^s3:/i.test(uri);
}

/**
 * `s3://bucket/key` as the tools of AWS write it: whatever follows the bucket and its slash is the key as it is, so `%20`
 * is three characters of it, and `?` and `#` begin nothing. @throws `link-refused`.
 */
export function objectOf(uri: string, allowedBuckets: readonly string[]): ObjectName {
  const [, bucket, key] = OBJECT_LINK.exec(uri) ?? [];
  if (bucket === undefined || key === undefined || !canBeAsked(key)) {
    throw refused(
      'syntax',
      `The link is not s3://bucket/key, with a key of at most ${KEY_MAX_BYTES} bytes and no . or .. between slashes.`,
    );
  }
  if (!allowedBuckets.includes(bucket)) {
    throw refused('bucket', 'The link names a bucket that pictures are not fetched from.');
  }
  return { bucket, key };
}

function canBeAsked(key: string): boolean {
  // What stands in a path as a step up may lead out of the bucket where a server or a proxy takes it for one.
  const hasSteps = key.split('/').some((part) => part === '.' || part === '..');
  return key.isWellFormed() && Buffer.byteLength(key) <= KEY_MAX_BYTES && !hasSteps;
}
