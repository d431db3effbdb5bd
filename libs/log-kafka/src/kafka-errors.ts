import { isLookalikeError, LookalikeError } from '#core';

/** The name that the protocol or kafkajs gives an error, from the innermost that has one. */
export function kafkaTypeOf(error: unknown): string {
  for (let it = error; typeof it === 'object' && it !== null; it = (it as { cause?: unknown }).cause) {
    const { type } = it as { type?: unknown };
    if (typeof type === 'string') return type;
  }
  return error instanceof Error ? error.name : 'unknown';
}

const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);
const UNKNOWN_TOPIC = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'UNKNOWN_TOPIC']);
/** Only somebody who changes the settings or the broker's permissions can help: waiting does not. */
const REFUSED = new Set([
  'SASL_AUTHENTICATION_FAILED',
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'KafkaJSSASLAuthenticationError',
]);

/** Whatever Kafka or kafkajs throws, as the port's errors. What cannot be named is a fault: the log is waited for. */
export function asLogError(error: unknown, topic?: string): LookalikeError {
  if (isLookalikeError(error)) return error;
  const kafkaType = kafkaTypeOf(error);
  const details = { cause: error, facts: { ...(topic !== undefined && { topic }), kafkaType } };
  if (UNKNOWN_TOPIC.has(kafkaType)) return new LookalikeError('topic-unknown', `There is no topic ${topic}.`, details);
  if (TOO_LARGE.has(kafkaType)) {
    return new LookalikeError('record-too-large', 'The broker takes no record of this size.', details);
  }
  const why = REFUSED.has(kafkaType) ? 'refuses this client' : 'cannot be reached or does not answer as it should';
  return new LookalikeError('log-unavailable', `Kafka ${why} (${kafkaType}).`, details);
}

/** What a commit is answered when its generation of the group is over. */
export function isLostMembership(error: unknown): boolean {
  return ['ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'REBALANCE_IN_PROGRESS', 'FENCED_INSTANCE_ID'].includes(
    kafkaTypeOf(error),
  );
}
