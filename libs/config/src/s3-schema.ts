import type { SchemaObj } from 'convict';
import { oneOf, optionalSecret, optionalText, text, wholeNumber } from './entry.js';

/**
 * Where the applications that run apart keep pictures, when that is not a folder; and where pictures are that `s3:` links
 * name.
 */
export const S3_SCHEMA = {
  bucket: optionalText(
    'LOOKALIKE_S3_BUCKET',
    'Bucket of the pictures; needed with `LOOKALIKE_BLOBS=s3`.',
    'a name',
    'none',
  ),
  prefix: text('LOOKALIKE_S3_PREFIX', 'lookalike', 'How all keys in the bucket begin.', 'a path'),
  sourceBuckets: {
    env: 'LOOKALIKE_S3_SOURCE_BUCKETS',
    format: 'bucket-names',
    default: [],
    doc:
      'Buckets that s3: links may name; without any these links are refused. Endpoint, region, credentials and addressing ' +
      'are those of the settings below, also where pictures are kept in a folder.',
    allowed: 'names of buckets, separated by commas',
    defaultText: 'none',
  } as SchemaObj<readonly string[]>,
  endpoint: optionalText(
    'LOOKALIKE_S3_ENDPOINT',
    'Address of the S3 server.',
    'an http or https address',
    "the region's own",
  ),
  region: optionalText('LOOKALIKE_S3_REGION', 'Region of the bucket.', 'a name', 'what the AWS environment says'),
  accessKeyId: optionalText(
    'LOOKALIKE_S3_ACCESS_KEY_ID',
    'Who asks the S3 server.',
    'a key id',
    'what the AWS environment says',
  ),
  secretAccessKey: optionalSecret('LOOKALIKE_S3_SECRET_ACCESS_KEY', 'Secret of `LOOKALIKE_S3_ACCESS_KEY_ID`.'),
  sessionToken: optionalSecret('LOOKALIKE_S3_SESSION_TOKEN', 'Token of temporary credentials.'),
  addressing: oneOf(
    'LOOKALIKE_S3_ADDRESSING',
    ['auto', 'path', 'host'],
    'auto',
    'Whether the bucket stands in the path or in the host name; `auto` takes the path where there is an endpoint.',
  ),
  encryption: oneOf(
    'LOOKALIKE_S3_ENCRYPTION',
    ['bucket', 'AES256', 'aws:kms', 'aws:kms:dsse'],
    'bucket',
    'How the server encrypts what it keeps; `bucket` leaves it to the bucket.',
  ),
  kmsKeyId: optionalText('LOOKALIKE_S3_KMS_KEY_ID', 'Key of KMS.', 'a key id', "the account's own"),
  checksums: oneOf(
    'LOOKALIKE_S3_CHECKSUMS',
    ['on', 'off'],
    'on',
    'Whether the server checks SHA-256; `off` is for servers that do not know it.',
  ),
  partBytes: wholeNumber(
    'LOOKALIKE_S3_PART_BYTES',
    8_388_608,
    [5_242_880, 1_073_741_824],
    'Size of the parts in which larger pictures are sent; each upload holds one in memory.',
  ),
  maxConnections: wholeNumber('LOOKALIKE_S3_MAX_CONNECTIONS', 32, [1, 1000], 'Connections to the S3 server at a time.'),
  connectTimeoutSeconds: wholeNumber(
    'LOOKALIKE_S3_CONNECT_TIMEOUT_SECONDS',
    5,
    [1, 600],
    'How long connecting may take.',
  ),
  requestTimeoutSeconds: wholeNumber(
    'LOOKALIKE_S3_REQUEST_TIMEOUT_SECONDS',
    30,
    [1, 600],
    'How long the S3 server may take until it begins to answer.',
  ),
  idleTimeoutSeconds: wholeNumber(
    'LOOKALIKE_S3_IDLE_TIMEOUT_SECONDS',
    10,
    [1, 600],
    'How long nothing may move on a connection.',
  ),
  retries: wholeNumber('LOOKALIKE_S3_RETRIES', 3, [0, 20], 'How often a request to the S3 server is repeated.'),
};
