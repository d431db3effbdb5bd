import type { Consumer, ConsumerConfig, Kafka } from 'kafkajs';

/**
 * What this adapter needs of kafkajs 2.2.4 beyond its public interface. A consumer that belongs to a group is all that
 * kafkajs offers for reading: it cannot read a range without joining a group, commit for the generation that handed the
 * records out, or wait before it joins again. The parts below can, and are not exported. The version is pinned; a test
 * fails when one of them is missing.
 */
export interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addTargetTopic(topic: string): Promise<void>;
  refreshMetadata(): Promise<void>;
  findTopicPartitionMetadata(topic: string): readonly { readonly partitionId: number; readonly leader: number }[];
  findBroker(node: { readonly nodeId: number }): Promise<Broker>;
  findGroupCoordinator(group: { readonly groupId: string }): Promise<Broker>;
}

export interface Broker {
  fetch(request: FetchRequest): Promise<{ readonly responses: readonly FetchedTopic[] }>;
  joinGroup(request: unknown): Promise<JoinedGroup>;
  offsetCommit(request: OffsetCommitRequest): Promise<unknown>;
}

interface FetchRequest {
  readonly isolationLevel: number;
  readonly maxWaitTime: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly fetchOffset: string;
      readonly maxBytes: number;
    }[];
  }[];
}

interface FetchedTopic {
  readonly partitions: readonly { readonly partition: number; readonly messages: readonly FetchedMessage[] }[];
}

export interface FetchedMessage {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>;
  readonly isControlRecord?: boolean;
}

export interface JoinedGroup {
  readonly generationId: number;
  readonly memberId: string;
}

interface OffsetCommitRequest {
  readonly groupId: string;
  readonly groupGenerationId: number;
  readonly memberId: string;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly offset: string; readonly metadata: string }[];
  }[];
}

type CreateCluster = (options: object) => Cluster;

export function createCluster(kafka: Kafka): Cluster {
  return creatorOf(kafka)({ allowAutoTopicCreation: false, isolationLevel: READ_COMMITTED });
}

export const READ_COMMITTED = 1;

/** A consumer, and the cluster it talks through as `adapt` changes it. */
export function createConsumer(kafka: Kafka, config: ConsumerConfig, adapt: (cluster: Cluster) => void): Consumer {
  const create = creatorOf(kafka);
  const own: Kafka = Object.create(kafka, {
    [creatorSymbol(kafka)]: {
      value: (options: object) => {
        const cluster = create(options);
        adapt(cluster);
        return cluster;
      },
    },
  });
  return own.consumer(config);
}

function creatorOf(kafka: Kafka): CreateCluster {
  return (kafka as unknown as Record<symbol, CreateCluster>)[creatorSymbol(kafka)] as CreateCluster;
}

function creatorSymbol(kafka: Kafka): symbol {
  const found = Object.getOwnPropertySymbols(kafka).find((it) => it.description === 'private:Kafka:createCluster');
  if (found === undefined) throw new Error('kafkajs is not the version that this adapter was written for (2.2.4).');
  return found;
}
