import { isLookalikeError, LookalikeError } from '#core';
import type { UnreadableBatch } from './record-batches.js';

/** An error and what it wraps, outermost first. */
function* chainOf(error: unknown): Iterable<{ readonly name?: unknown; readonly type?: unknown }> {
  for (let it = error; typeof it === 'object' && it !== null; ) {
    yield it;
    const { cause, errors } = it as { cause?: unknown; errors?: readonly unknown[] };
    it = cause ?? errors?.[0];
  }
}

/** The name that the protocol gives an error, else the innermost that kafkajs or Node gives it. */
export function kafkaTypeOf(error: unknown): string {
  let name = 'unknown';
  for (const it of chainOf(error)) {
    if (typeof it.type === 'string') return it.type;
    if (typeof it.name === 'string') name = it.name;
  }
  return name;
}

const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);
const UNKNOWN_TOPIC = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'UNKNOWN_TOPIC']);
/** Only somebody who changes the settings or the broker's permissions can help: waiting does not. */
const REFUSED = new Set([
  'SASL_AUTHENTICATION_FAILED',
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'KafkaJSSASLAuthenticationError',
]);

/** As it is asked for, the topic will not be made, however long anybody waits. */
const UNMAKEABLE = new Set([
  'INVALID_REPLICATION_FACTOR',
  'INVALID_PARTITIONS',
  'INVALID_CONFIG',
  'INVALID_TOPIC_EXCEPTION',
  'POLICY_VIOLATION',
]);

/**
 * Whatever Kafka or kafkajs throws, as the port's errors. What cannot be named is a fault: the log is waited for. A
 * client that is refused is no fault, but a wrong setting: of this program, or of the broker's permissions.
 */
export function asLogError(error: unknown, topic?: string): LookalikeError {
  for (const it of chainOf(error)) if (isLookalikeError(it)) return it;
  const kafkaType = kafkaTypeOf(error);
  const details = { cause: error, facts: { ...(topic !== undefined && { topic }), kafkaType } };
  if (UNKNOWN_TOPIC.has(kafkaType)) return new LookalikeError('topic-unknown', `There is no topic ${topic}.`, details);
  if (TOO_LARGE.has(kafkaType)) {
    return new LookalikeError('record-too-large', 'The broker takes no record of this size.', details);
  }
  if (REFUSED.has(kafkaType)) {
    return new LookalikeError(
      'invalid-setting',
      `Kafka refuses this client (${kafkaType}): its user, its password or what it is permitted has to be changed.`,
      details,
    );
  }
  if (UNMAKEABLE.has(kafkaType)) {
    const message = `Kafka does not make topic ${topic} as it is asked for (${kafkaType}): the settings do not fit the cluster.`;
    return new LookalikeError('invalid-setting', message, details);
  }
  const message = `Kafka cannot be reached or does not answer as it should (${kafkaType}).`;
  return new LookalikeError('log-unavailable', message, details);
}

/** What is stored at a position and cannot be read. Never passed over: what is behind it waits until it is mended. */
export function damaged(topic: string, partition: number, batch: UnreadableBatch): LookalikeError {
  const { offset, codec } = batch;
  return new LookalikeError('log-damaged', `${batch.message} It is in partition ${partition} of topic ${topic}.`, {
    cause: batch,
    facts: { topic, partition, offset, codec },
  });
}

/** The leader that was asked no longer is one, or the one that is cannot be reached: its successor is looked for. */
export function isMovedLeader(error: unknown): boolean {
  return [
    'NOT_LEADER_FOR_PARTITION',
    'LEADER_NOT_AVAILABLE',
    'FENCED_LEADER_EPOCH',
    'UNKNOWN_LEADER_EPOCH',
    'REPLICA_NOT_AVAILABLE',
    'KafkaJSBrokerNotFound',
  ].includes(kafkaTypeOf(error));
}

/** What a commit is answered when its generation of the group is over. */
export function isLostMembership(error: unknown): boolean {
  return ['ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'REBALANCE_IN_PROGRESS', 'FENCED_INSTANCE_ID'].includes(
    kafkaTypeOf(error),
  );
}
