import type { SchemaObj } from 'convict';
import { oneOf, wholeNumber } from './entry.js';

/** Pictures that are named by link, and what fetching one may cost: over HTTP or from a bucket. */
export const LINKS_SCHEMA = {
  fetching: oneOf(
    'LOOKALIKE_LINKS',
    ['on', 'off'],
    'on',
    'Whether pictures are fetched that are named by http: or https: links. For s3: links see `LOOKALIKE_S3_SOURCE_BUCKETS`.',
  ),
  httpPorts: ports('LOOKALIKE_LINK_HTTP_PORTS', [80], 'Ports that http: links may name; `none` refuses them all.'),
  httpsPorts: ports('LOOKALIKE_LINK_HTTPS_PORTS', [443], 'Ports that https: links may name; `none` refuses them all.'),
  allowedNetworks: {
    env: 'LOOKALIKE_LINK_ALLOWED_NETWORKS',
    format: 'list',
    default: [],
    doc: 'Networks that links may lead to although they are not public, such as that of a picture server of your own.',
    allowed: 'networks such as `10.1.0.0/16`, separated by commas',
    defaultText: 'none',
  } as SchemaObj<readonly string[]>,
  maxRedirects: wholeNumber('LOOKALIKE_LINK_MAX_REDIRECTS', 5, [0, 20], 'Redirects that one link may take.'),
  firstByteSeconds: wholeNumber(
    'LOOKALIKE_LINK_FIRST_BYTE_SECONDS',
    20,
    [1, 600],
    'How long a server may take until it begins to answer, looking it up and connecting included.',
  ),
  stallSeconds: wholeNumber(
    'LOOKALIKE_LINK_STALL_SECONDS',
    10,
    [1, 600],
    'How long the bytes of a link may stay below 4 kB/s.',
  ),
  timeoutSeconds: wholeNumber(
    'LOOKALIKE_LINK_TIMEOUT_SECONDS',
    120,
    [1, 3600],
    'How long fetching one picture may take.',
  ),
  fetchesPerHost: wholeNumber(
    'LOOKALIKE_LINK_FETCHES_PER_HOST',
    4,
    [1, 1024],
    'How many pictures are fetched from one host, or one bucket, at the same time.',
  ),
  maxTries: wholeNumber(
    'LOOKALIKE_LINK_TRIES',
    5,
    [1, 100],
    'How often the embed stage tries a link whose server fails, before the image fails.',
  ),
  maxTrySeconds: wholeNumber(
    'LOOKALIKE_LINK_TRY_SECONDS',
    180,
    [1, 86_400],
    'How long it goes on trying; its partition waits meanwhile.',
  ),
};

function ports(env: string, standard: readonly number[], doc: string): SchemaObj<readonly number[]> {
  return {
    env,
    format: 'ports',
    default: standard,
    doc,
    allowed: 'port numbers separated by commas, or `none`',
    defaultText: standard.join(),
  } as SchemaObj<readonly number[]>;
}
