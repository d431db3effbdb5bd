import type { Consumer, ConsumerConfig, Kafka, Producer, ProducerConfig } from 'kafkajs';

/**
 * What this adapter needs of kafkajs 2.2.4 beyond its public interface. A consumer that belongs to a group is all that
 * kafkajs offers for reading: it cannot read a range without joining a group, commit for the generation that handed the
 * records out, wait before it joins again, tell for which assignment it fetched, or ask for offsets that are stable; and
 * its producer cannot be stopped from sending again. The parts below and in `kafkajs-protocol.d.ts` can, and are not
 * exported. The version is pinned; a test fails when one of them is missing.
 */
export interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addTargetTopic(topic: string): Promise<void>;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  refreshMetadata(): Promise<void>;
  findTopicPartitionMetadata(topic: string): readonly { readonly partitionId: number; readonly leader: number }[];
  findBroker(node: { readonly nodeId: number | string }): Promise<Broker>;
  /** Of the partitions whose leaders are known: those of others are passed over. */
  fetchTopicsOffset(topics: readonly OffsetsQuery[]): Promise<readonly FoundOffsets[]>;
  findControllerBroker(): Promise<Broker>;
  /** Of brokers that are up, as far as is known. */
  getNodeIds(): readonly string[];
  findGroupCoordinator(group: GroupQuery): Promise<Broker>;
  readonly brokerPool: { findConnectedBroker(): Promise<Broker> };
}

interface GroupQuery {
  readonly groupId: string;
  readonly coordinatorType?: number;
}

interface OffsetsQuery {
  readonly topic: string;
  readonly partitions: readonly { readonly partition: number }[];
  readonly fromBeginning: boolean;
}

interface FoundOffsets {
  readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
}

export interface Broker {
  fetch(request: FetchRequest): Promise<FetchAnswer>;
  findGroupCoordinator(group: GroupQuery): Promise<unknown>;
  initProducerId(request: unknown): Promise<ProducerIdentity>;
  joinGroup(request: unknown): Promise<JoinedGroup>;
  leaveGroup(request: unknown): Promise<unknown>;
  heartbeat(request: unknown): Promise<unknown>;
  offsetCommit(request: OffsetCommitRequest): Promise<unknown>;
  metadata(topics: readonly string[]): Promise<unknown>;
  deleteTopics(request: { readonly topics: readonly string[] }): Promise<unknown>;
  /** What is wrong with one is told, and not thrown. */
  deleteGroups(groups: readonly string[]): Promise<{ readonly results: readonly { readonly error?: Error }[] }>;
  offsetFetch(request: OffsetFetchRequest): Promise<{ readonly responses: readonly FoundOffsets[] }>;
  /** By the number of a request, what the broker takes. */
  readonly versions: Readonly<Record<number, { readonly maxVersion: number } | undefined>>;
  /** How a request is written and its answer read: of all versions that kafkajs knows, the latest that the broker does. */
  lookupRequest(apiKey: number, known: unknown): unknown;
}

export interface ProtocolRequest {
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly apiName: string;
    encode(): Promise<{ readonly buffer: Buffer }>;
  };
  readonly response: {
    decode(bytes: Buffer): Promise<unknown>;
    /** @throws what the answer says went wrong. */
    parse(answer: never): Promise<unknown>;
  };
}

export interface FetchRequest {
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

export interface FetchAnswer {
  readonly responses: readonly { readonly topicName: string; readonly partitions: FetchedPartition[] }[];
}

export interface FetchedPartition {
  readonly partition: number;
  /** The first offset that is not readable yet: of an open transaction, else of what comes next. */
  readonly lastStableOffset: string;
  /** Those that reach into what was fetched, with the first offset of each. */
  readonly abortedTransactions: readonly { readonly producerId: string; readonly firstOffset: string }[];
  /** None may be there though there are records: of a batch that is not whole, nothing is read. */
  readonly messages: readonly FetchedMessage[];
  readonly isCut: boolean;
}

export interface ProducerIdentity {
  readonly producerId: unknown;
  readonly producerEpoch: number;
}

export interface FetchedMessage {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, Buffer | null>>;
  readonly isControlRecord: boolean;
  readonly batchContext: {
    readonly producerId: string;
    readonly inTransaction: boolean;
  };
}

export interface JoinedGroup {
  readonly generationId: number;
  readonly memberId: string;
}

export interface OffsetFetchRequest {
  readonly groupId: string;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number }[];
  }[];
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

type Adapt = (cluster: Cluster) => void;

/** A consumer, and the cluster it talks through as `adapt` changes it. */
export function createConsumer(kafka: Kafka, config: ConsumerConfig, adapt: Adapt): Consumer {
  return withAdapted(kafka, adapt).consumer(config);
}

/** A producer, and the cluster it talks through as `adapt` changes it. */
export function createProducer(kafka: Kafka, config: ProducerConfig, adapt: Adapt): Producer {
  return withAdapted(kafka, adapt).producer(config);
}

/** Asked for a group's coordinator, kafkajs keeps to itself why there is none: it may be refused. */
export function withReasons(kafka: Kafka): Kafka {
  return withAdapted(kafka, (cluster) => {
    const find = cluster.findGroupCoordinator.bind(cluster);
    cluster.findGroupCoordinator = async (group) => {
      try {
        return await find(group);
      } catch (error) {
        if ((error as Error).name !== 'KafkaJSGroupCoordinatorNotFound') throw error;
        const broker = await cluster.brokerPool.findConnectedBroker();
        await broker.findGroupCoordinator({ coordinatorType: GROUP, ...group });
        throw error;
      }
    };
  });
}

const GROUP = 0;

/** A client that writes one kind of request, and reads its answer, as `lookUp` says for each broker. */
export function withRequests(
  kafka: Kafka,
  apiKey: number,
  lookUp: (broker: Broker, known: unknown) => (request: never) => ProtocolRequest,
): Kafka {
  return withAdapted(kafka, (cluster) => {
    // Of all brokers: a member whose connection to its coordinator was lost finds it by its id.
    const find = cluster.findBroker.bind(cluster);
    cluster.findBroker = async (node) => {
      const broker = await find(node);
      const lookupRequest: Broker['lookupRequest'] = (asked, known) =>
        asked === apiKey ? lookUp(broker, known) : broker.lookupRequest(asked, known);
      return Object.create(broker, { lookupRequest: { value: lookupRequest } }) as Broker;
    };
  });
}

/** A client whose clusters are as `adapt` changes them. */
function withAdapted(kafka: Kafka, adapt: Adapt): Kafka {
  const create = creatorOf(kafka);
  const value: CreateCluster = (options) => {
    const cluster = create(options);
    adapt(cluster);
    return cluster;
  };
  return Object.create(kafka, { [creatorSymbol(kafka)]: { value } });
}

function creatorOf(kafka: Kafka): CreateCluster {
  return (kafka as unknown as Record<symbol, CreateCluster>)[creatorSymbol(kafka)] as CreateCluster;
}

function creatorSymbol(kafka: Kafka): symbol {
  for (let it: object | null = kafka; it !== null; it = Object.getPrototypeOf(it)) {
    const found = Object.getOwnPropertySymbols(it).find((one) => one.description === 'private:Kafka:createCluster');
    if (found !== undefined) return found;
  }
  throw new Error('kafkajs is not the version that this adapter was written for (2.2.4).');
}
