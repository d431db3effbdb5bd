import type { SchemaObj } from 'convict';
import { oneOf, optionalSecret, optionalText, text, wholeNumber } from './entry.js';

/** The log of the applications that run apart; standalone has one of its own. */
export const KAFKA_SCHEMA = {
  brokers: {
    env: 'LOOKALIKE_KAFKA_BROKERS',
    format: 'addresses',
    default: ['127.0.0.1:9092'],
    doc: 'Brokers of Kafka to begin with; the others are learnt from them.',
    allowed: '`host:port` separated by commas',
    defaultText: '127.0.0.1:9092',
  } as SchemaObj<readonly string[]>,
  clientId: text('LOOKALIKE_KAFKA_CLIENT_ID', 'lookalike', 'How the brokers see this process.', 'a name'),
  tls: oneOf('LOOKALIKE_KAFKA_TLS', ['off', 'on'], 'off', 'Whether connections to the brokers are encrypted.'),
  caFile: optionalText(
    'LOOKALIKE_KAFKA_CA_FILE',
    'Certificates of the authorities that vouch for the brokers, as PEM. Only with `LOOKALIKE_KAFKA_TLS=on`.',
    'a path',
    "the system's authorities",
  ),
  sasl: oneOf(
    'LOOKALIKE_KAFKA_SASL',
    ['none', 'plain', 'scram-sha-256', 'scram-sha-512'],
    'none',
    'How this process proves to the brokers who it is.',
  ),
  username: optionalText('LOOKALIKE_KAFKA_USERNAME', 'Name for SASL.', 'a name', 'none'),
  password: optionalSecret('LOOKALIKE_KAFKA_PASSWORD', 'Password for SASL.'),
  replicationFactor: wholeNumber(
    'LOOKALIKE_KAFKA_REPLICATION',
    1,
    [1, 100],
    'Copies of each partition, of topics that are made. With fewer than 3 the loss of a broker may lose the truth.',
  ),
  compression: oneOf('LOOKALIKE_KAFKA_COMPRESSION', ['none', 'gzip'], 'none', 'How records are compressed.'),
  connectTimeoutSeconds: wholeNumber(
    'LOOKALIKE_KAFKA_CONNECT_TIMEOUT_SECONDS',
    3,
    [1, 300],
    'How long connecting to a broker may take.',
  ),
  requestTimeoutSeconds: wholeNumber(
    'LOOKALIKE_KAFKA_REQUEST_TIMEOUT_SECONDS',
    10,
    [1, 300],
    'How long a broker may take for one request.',
  ),
  retries: wholeNumber('LOOKALIKE_KAFKA_RETRIES', 3, [1, 20], 'How often a request to a broker is repeated.'),
  appendTimeoutSeconds: wholeNumber(
    'LOOKALIKE_KAFKA_APPEND_TIMEOUT_SECONDS',
    15,
    [1, 300],
    'How long writing a change may take before its publisher is told to come again.',
  ),
  maxQueuedBytes: wholeNumber(
    'LOOKALIKE_KAFKA_MAX_QUEUED_BYTES',
    33_554_432,
    [1_048_576, 1_073_741_824],
    'Memory for changes that wait to be written; further ones are told to come again.',
  ),
  sessionTimeoutSeconds: wholeNumber(
    'LOOKALIKE_KAFKA_SESSION_TIMEOUT_SECONDS',
    30,
    [1, 3600],
    'A stage that the brokers have not heard from for so long loses its partitions to others.',
  ),
  heartbeatSeconds: wholeNumber(
    'LOOKALIKE_KAFKA_HEARTBEAT_SECONDS',
    3,
    [1, 1200],
    'How often a stage tells the brokers that it is there. At most a third of the session timeout.',
  ),
  rebalanceTimeoutSeconds: wholeNumber(
    'LOOKALIKE_KAFKA_REBALANCE_TIMEOUT_SECONDS',
    60,
    [1, 3600],
    'How long stages may take to let go of partitions that move to others.',
  ),
};
