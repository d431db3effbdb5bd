import { ConstantBackoff, handleWhen, retry } from 'cockatiel';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { type BatchLimits, endedWithin, type LogRecord, LookalikeError, type NextOffsets } from '#core';
import { asLogError, isLostMembership, kafkaTypeOf } from './kafka-errors.js';
import type { KafkaSettings } from './kafka-settings.js';
import {
  type Broker,
  type Cluster,
  createConsumer,
  type FetchedMessage,
  type JoinedGroup,
} from './kafkajs-internals.js';
import { toRecord } from './message-codec.js';
import { PendingRecords } from './pending-records.js';
import { Signal } from './signal.js';

export interface GroupMemberOptions {
  readonly kafka: Kafka;
  readonly settings: KafkaSettings;
  readonly topic: string;
  readonly group: string;
  readonly partitions: number;
  readonly onRecords: () => void;
  /** Of all its partitions, before it joins again. */
  readonly onRevoked: (partitions: readonly number[]) => Promise<void>;
  /** Once; it will hand out nothing more, and what it had is void. */
  readonly onCrash: (error: unknown) => void;
}

/** How long a fetch waits at the broker for a first record. It also bounds how long a stop takes. */
const FETCH_WAIT_MS = 250;
const FETCH_MAX_BYTES = 16 * 2 ** 20;
/** With more than this waiting to be taken nothing further is fetched. One fetch comes on top. */
const AHEAD_BYTES = 8 * 2 ** 20;
const STOP_LIMIT_MS = 5_000;
/** Of the time that a rebalance may take: so much is for writing what was begun, the rest for joining. */
const LET_GO_SHARE = 0.8;

/** A coordinator that has just become one reads the groups first. */
const WHILE_LOADING = retry(
  handleWhen((error) => kafkaTypeOf(error) === 'GROUP_LOAD_IN_PROGRESS'),
  { maxAttempts: 40, backoff: new ConstantBackoff(250) },
);

/**
 * One life of a consumer of kafkajs in a group; after a crash another takes its place. What kafkajs leaves open is
 * closed here:
 *
 * - A fetch is handed to `eachBatch` by partition and the next one waits for all of it, so records go to a common queue
 *   from which batches are made across partitions. `eachBatch` holds up the next fetch only while much is waiting there,
 *   and sends heartbeats meanwhile, however long the work on it takes.
 * - It joins again as soon as it hears of a rebalance. Here joining waits until what is being written has ended, and
 *   what was handed out and not committed is void.
 * - A commit of kafkajs goes out with whatever generation is current, and is dropped in silence when the consumer does
 *   not run. Here it carries the generation that the records were handed out in.
 */
export class GroupMember {
  readonly #pending = new PendingRecords();
  readonly #options: GroupMemberOptions;
  readonly #taken = new Signal();
  readonly #assigned = new Set<number>();
  /** Where each partition's progress stands, as far as this member knows. */
  readonly #committed = new Map<number, number>();
  #consumer: Consumer | null = null;
  #cluster: Cluster | null = null;
  #generation: JoinedGroup | null = null;
  #lastSignOfLifeMs = Date.now();
  #watchdog: NodeJS.Timeout | undefined;
  #hasEnded = false;

  private constructor(options: GroupMemberOptions) {
    this.#options = options;
  }

  /** Resolves when it is connected; it joins in the background. @throws `log-unavailable`. */
  static async start(options: GroupMemberOptions): Promise<GroupMember> {
    const member = new GroupMember(options);
    try {
      await member.#start();
      return member;
    } catch (error) {
      await member.close();
      throw asLogError(error, options.topic);
    }
  }

  async #start(): Promise<void> {
    const { kafka, settings, topic, group, partitions } = this.#options;
    const config = {
      groupId: group,
      sessionTimeout: settings.sessionTimeoutMs,
      rebalanceTimeout: settings.rebalanceTimeoutMs,
      heartbeatInterval: settings.heartbeatIntervalMs,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      maxBytes: FETCH_MAX_BYTES,
      maxBytesPerPartition: Math.max(2 ** 20, settings.maxRecordBytes),
      allowAutoTopicCreation: false,
      // Started again by whoever asks for records next, who can also tell of it.
      retry: {
        initialRetryTime: 100,
        maxRetryTime: 2_000,
        retries: settings.retries,
        restartOnFailure: async () => false,
      },
    };
    const consumer = createConsumer(kafka, config, (cluster) => this.#adapt(cluster));
    this.#consumer = consumer;
    const { CRASH, GROUP_JOIN, HEARTBEAT, FETCH } = consumer.events;
    consumer.on(CRASH, ({ payload }) => this.#crash(payload.error));
    consumer.on(HEARTBEAT, () => this.#showLife());
    consumer.on(FETCH, () => this.#showLife());
    consumer.on(GROUP_JOIN, ({ payload }) => {
      this.#showLife();
      for (const partition of payload.memberAssignment[topic] ?? []) this.#assigned.add(partition);
    });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    this.#watch();
    consumer
      .run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: partitions,
        eachBatch: (payload) => this.#handOut(payload),
      })
      .catch((error: unknown) => this.#crash(error));
  }

  owns(partition: number): boolean {
    return !this.#hasEnded && this.#assigned.has(partition);
  }

  /** What could be taken now. */
  batch(limits: BatchLimits): { readonly count: number; readonly isFull: boolean } {
    return this.#pending.batch(limits);
  }

  take(count: number): readonly LogRecord[] {
    const records = this.#pending.take(count);
    this.#taken.wake();
    return records;
  }

  /** @throws `partition-lost`, `log-unavailable`. */
  async commit(next: NextOffsets): Promise<void> {
    const owned = [...next].filter(([partition]) => this.owns(partition));
    const isLost = await this.#commitOwned(owned.filter(([at, offset]) => offset > (this.#committed.get(at) ?? -1)));
    const lost = [...next.keys()].filter((partition) => isLost || !owned.some(([it]) => it === partition));
    if (lost.length === 0) return;
    const { topic, group } = this.#options;
    throw new LookalikeError('partition-lost', `Partitions ${lost.join(', ')} belong to another member of the group.`, {
      facts: { topic, group, partitions: lost },
    });
  }

  /** @returns true when the generation is over, and with it the claim to all partitions. */
  async #commitOwned(offsets: readonly (readonly [partition: number, offset: number])[]): Promise<boolean> {
    const { topic, group } = this.#options;
    if (offsets.length === 0 || this.#generation === null || this.#cluster === null) return false;
    const { generationId, memberId } = this.#generation;
    const partitions = offsets.map(([partition, offset]) => ({ partition, offset: String(offset), metadata: '' }));
    try {
      const coordinator = await this.#cluster.findGroupCoordinator({ groupId: group });
      await coordinator.offsetCommit({
        groupId: group,
        groupGenerationId: generationId,
        memberId,
        topics: [{ topic, partitions }],
      });
    } catch (error) {
      if (isLostMembership(error)) return true;
      throw asLogError(error, topic);
    }
    for (const [partition, offset] of offsets) this.#committed.set(partition, offset);
    return false;
  }

  async close(): Promise<void> {
    this.#end();
    // A broker that does not answer must not hold up a stop: it sees the member's session end.
    if (this.#consumer !== null) await endedWithin(this.#consumer.disconnect(), STOP_LIMIT_MS);
  }

  #adapt(cluster: Cluster): void {
    this.#cluster = cluster;
    const find = cluster.findGroupCoordinator.bind(cluster);
    cluster.findGroupCoordinator = async (group) => {
      const broker = await find(group);
      const joinGroup = async (request: unknown) => {
        await this.#letGo();
        // kafkajs goes on joining after a stop that came before the first join.
        if (this.#hasEnded) throw new LookalikeError('log-closed', 'The member has left.');
        this.#generation = await WHILE_LOADING.execute(() => broker.joinGroup(request));
        return this.#generation;
      };
      return Object.create(broker, { joinGroup: { value: joinGroup } }) as Broker;
    };
  }

  /** Nobody gets the partitions before this member has joined again, unless it takes longer than the rebalance may. */
  async #letGo(): Promise<void> {
    const partitions = [...this.#assigned];
    this.#assigned.clear();
    this.#committed.clear();
    this.#pending.clear();
    if (partitions.length === 0 || this.#hasEnded) return;
    const limitMs = this.#options.settings.rebalanceTimeoutMs * LET_GO_SHARE;
    await endedWithin(this.#options.onRevoked(partitions), limitMs);
  }

  async #handOut({ batch, heartbeat, resolveOffset, isRunning }: EachBatchPayload): Promise<void> {
    const { topic, settings } = this.#options;
    const messages = batch.messages as unknown as readonly FetchedMessage[];
    const records = messages.map((it) => toRecord(topic, batch.partition, it));
    if (!this.#committed.has(batch.partition)) this.#committed.set(batch.partition, records[0]?.offset ?? -1);
    if (this.#hasEnded) return;
    this.#pending.add(records);
    this.#options.onRecords();
    const last = records.at(-1);
    if (last !== undefined) resolveOffset(String(last.offset));
    await heartbeat();
    while (this.#pending.sizeBytes > AHEAD_BYTES && isRunning() && !this.#hasEnded) {
      await this.#taken.wait(settings.heartbeatIntervalMs);
      await heartbeat();
    }
  }

  #showLife(): void {
    this.#lastSignOfLifeMs = Date.now();
  }

  /** kafkajs has ways to stop without a word. While the group moves partitions there is nothing to hear either. */
  #watch(): void {
    const { sessionTimeoutMs, rebalanceTimeoutMs } = this.#options.settings;
    const limitMs = sessionTimeoutMs + rebalanceTimeoutMs;
    this.#showLife();
    this.#watchdog = setInterval(() => {
      if (Date.now() - this.#lastSignOfLifeMs < limitMs) return;
      this.#crash(new LookalikeError('log-unavailable', `Kafka's consumer has shown no life for ${limitMs} ms.`));
    }, sessionTimeoutMs).unref();
  }

  #crash(error: unknown): void {
    if (this.#hasEnded) return;
    this.#end();
    this.#options.onCrash(error);
  }

  #end(): void {
    this.#hasEnded = true;
    clearInterval(this.#watchdog);
    this.#assigned.clear();
    this.#pending.clear();
    this.#taken.wake();
  }
}
