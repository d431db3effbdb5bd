import { LookalikeError, type TopicConfig } from '#core';
import { type KafkaSettings, maxMessageBytes, minInsyncReplicas } from './kafka-settings.js';

/** What a topic has that matters to its promises. */
export interface FoundTopic {
  readonly partitions: number;
  /** Copies of the partition that has the fewest. */
  readonly replicas: number;
  /** As the brokers apply them, whether they are the topic's own or a default. */
  readonly configs: ReadonlyMap<string, string>;
}

/** How long a tombstone stays to be seen by a reader that is behind, and how long what it replaces may stay at most. */
const COMPACTED_WITHIN_MS = 7 * 24 * 3_600_000;

/**
 * What a topic is made with. `checkTopic` asks the same of one that is there, but for what is its owner's affair: how
 * soon it is compacted, how long its tombstones stay, and whether records have the time of their senders, which keeps
 * the promises too, but refuses senders whose clocks are an hour ahead.
 */
export function topicConfigs(retention: TopicConfig['retention'], settings: KafkaSettings): Record<string, string> {
  const kept =
    retention === 'forever'
      ? { 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '-1' }
      : {
          'cleanup.policy': 'compact',
          'delete.retention.ms': String(COMPACTED_WITHIN_MS),
          // Otherwise what was deleted stays until enough else has changed.
          'max.compaction.lag.ms': String(COMPACTED_WITHIN_MS),
        };
  return {
    ...kept,
    'max.message.bytes': String(maxMessageBytes(settings)),
    'min.insync.replicas': String(minInsyncReplicas(settings)),
    'unclean.leader.election.enable': 'false',
    'message.timestamp.type': 'LogAppendTime',
  };
}

/** @throws `topic-mismatch` with what was found and wanted, when the topic cannot keep the log's promises. */
export function checkTopic(topic: string, found: FoundTopic, wanted: TopicConfig, settings: KafkaSettings): void {
  const expected: Expected[] = [
    is('partitions', found.partitions, wanted.partitions),
    is('retention', retentionOf(found), wanted.retention),
    atLeast('maxMessageBytes', found, 'max.message.bytes', maxMessageBytes(settings)),
    {
      name: 'replicationFactor',
      found: found.replicas,
      wanted: settings.replicationFactor,
      isMet: found.replicas >= settings.replicationFactor,
    },
    atLeast('minInsyncReplicas', found, 'min.insync.replicas', minInsyncReplicas(settings)),
    isWritable(found),
    // It would lose records that were confirmed, and give their offsets, which are versions, to others.
    is('uncleanLeaderElection', found.configs.get('unclean.leader.election.enable') === 'true', false),
  ];
  const unmet = expected.filter((it) => !it.isMet);
  if (unmet.length === 0) return;
  // Partitions and retention are what was asked for: they are told in any case.
  const told = expected.filter((it, i) => i < 2 || !it.isMet);
  const facts = (of: 'found' | 'wanted') => Object.fromEntries(told.map((it) => [it.name, it[of]]));
  throw new LookalikeError(
    'topic-mismatch',
    `Topic ${topic} cannot be used: ${unmet.map((it) => `${it.name} is ${it.found}, not ${it.wanted}`).join('; ')}.`,
    { facts: { topic, found: facts('found'), wanted: facts('wanted') } },
  );
}

interface Expected {
  readonly name: string;
  readonly found: unknown;
  readonly wanted: unknown;
  readonly isMet: boolean;
}

function is(name: string, found: unknown, wanted: unknown): Expected {
  return { name, found, wanted, isMet: found === wanted };
}

function atLeast(name: string, { configs }: FoundTopic, config: string, wanted: number): Expected {
  const found = Number(configs.get(config) ?? wanted);
  return { name, found, wanted, isMet: found >= wanted };
}

/** More copies in sync than there are copies: no write would ever be confirmed. */
function isWritable({ configs, replicas }: FoundTopic): Expected {
  const found = Number(configs.get('min.insync.replicas') ?? 1);
  return { name: 'minInsyncReplicas', found, wanted: `at most ${replicas}`, isMet: found <= replicas };
}

/** A topic that is compacted and also deletes by time or size keeps neither promise. */
function retentionOf({ configs }: FoundTopic): string {
  const policy = configs.get('cleanup.policy');
  if (policy === 'compact') return 'compact';
  if (policy !== 'delete') return String(policy);
  const [ms, bytes] = [configs.get('retention.ms'), configs.get('retention.bytes')];
  return ms === '-1' && bytes === '-1' ? 'forever' : `delete after ${ms} ms or ${bytes} bytes`;
}
