import { isLookalikeError, LookalikeError } from '#core';
import { type S3Access, type S3Settings, wrong } from './s3-settings.js';

/** An answer that is not what was asked for. */
export class OddAnswerError extends Error {
  override readonly name = 'OddAnswerError';
}

/**
 * Whatever the server or its client throws, as the port's error: always a fault of the storage, which is waited for, and
 * never the end of a picture. `facts` have the answer's `status`, when there was one, and the error's `s3Code`.
 */
export function asStorageError(error: unknown): LookalikeError {
  if (isLookalikeError(error)) return error;
  const { status, code } = answerOf(error);
  const isRefusal = status !== undefined && status >= 300 && status < 500 && status !== 408 && status !== 429;
  const message = isRefusal
    ? 'S3 refuses what is asked of it: check the bucket, the region, the credentials and what they permit.'
    : 'S3 cannot be reached or does not answer as it should.';
  return new LookalikeError('storage-unavailable', message, {
    cause: error,
    facts: { ...(status !== undefined && { status }), s3Code: code },
  });
}

/** Whether the answer to a request for one object was that there is none. */
export function isMissing(error: unknown): boolean {
  return isLookalikeError(error) && error.facts.status === 404 && error.facts.s3Code !== 'NoSuchBucket';
}

/** Whether a multi-part upload was not there, or no longer. */
export function isUploadGone(error: unknown): boolean {
  return isLookalikeError(error) && error.facts.s3Code === 'NoSuchUpload';
}

/**
 * Whether S3, or its client, refuses who asks and not what is asked for: the next object would be refused as well, until
 * somebody mends it.
 */
export function isRefusalOfAsker(error: unknown): boolean {
  const { status, code } = answerOf(error);
  return status === 401 || OF_THE_ASKER.has(code) || PASSING_REFUSALS.has(code);
}

/** A setting that makes the server refuse, as `invalid-setting`; anything else as it came. */
export function asSettingError(error: unknown, settings: S3Access & Partial<S3Settings>): unknown {
  if (!isLookalikeError(error)) return error;
  const { status, s3Code } = error.facts as { status?: number; s3Code?: string };
  const refusals = REFUSALS.filter(({ ifSet, setting }) => !ifSet || settings[setting] !== undefined);
  const found = refusals.find(({ codes, statuses }) => codes.includes(s3Code ?? '') || statuses?.includes(status ?? 0));
  return found === undefined || PASSING_REFUSALS.has(s3Code ?? '') ? error : wrong(found.setting, found.rule, error);
}

/** The SDK throws a plain error when it finds none. */
const NO_REGION = 'NoRegion';
const OF_THE_REGION = [
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
  NO_REGION,
];
const OF_THE_CREDENTIALS = ['CredentialsProviderError', 'InvalidToken', 'ExpiredToken'];
/** Of these the server has no object in mind, although it answers 403 as for one that may not be read. */
const OF_THE_ASKER: ReadonlySet<string> = new Set([
  ...OF_THE_REGION,
  ...OF_THE_CREDENTIALS,
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'AccountProblem',
  'NotSignedUp',
]);

interface Refusal {
  readonly setting: keyof S3Settings;
  readonly rule: string;
  readonly codes: readonly string[];
  readonly statuses?: readonly number[];
  /** Not the cause where nothing is set. */
  readonly ifSet?: true;
}

/** The first that fits. */
const REFUSALS: readonly Refusal[] = [
  {
    setting: 'region',
    rule: 'must be the region of the bucket',
    codes: OF_THE_REGION,
    statuses: [301],
  },
  {
    setting: 'kmsKeyId',
    ifSet: true,
    rule: 'must name a key that the server can use',
    codes: ['KMS.NotFoundException', 'KMS.DisabledException', 'KMS.KMSInvalidStateException'],
  },
  {
    setting: 'serverSideEncryption',
    ifSet: true,
    rule: 'must be a kind that the server offers',
    codes: ['NotImplemented', 'InvalidEncryptionAlgorithmError'],
    statuses: [501],
  },
  {
    setting: 'credentials',
    rule: 'must be found, valid, and permitted to list the bucket and to read, write and delete its objects',
    codes: OF_THE_CREDENTIALS,
    statuses: [401, 403],
  },
  {
    setting: 'bucket',
    rule: 'must name a bucket that is there',
    codes: ['NoSuchBucket', 'InvalidBucketName'],
    statuses: [404],
  },
];

/** Refused for the moment: clocks are set. */
const PASSING_REFUSALS = new Set(['RequestTimeTooSkewed', 'RequestExpired']);

function answerOf(error: unknown): { readonly status?: number | undefined; readonly code: string } {
  const { $metadata, name, code, message } = (error ?? {}) as {
    $metadata?: { httpStatusCode?: number };
    name?: unknown;
    code?: unknown;
    message?: unknown;
  };
  if (message === 'Region is missing') return { code: NO_REGION };
  const status = $metadata?.httpStatusCode;
  return { status, code: String((status === undefined && code) || name || 'unknown') };
}
