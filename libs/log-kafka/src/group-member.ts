import { ConstantBackoff, handleWhen, retry } from 'cockatiel';
import type { Consumer, ConsumerConfig, EachBatchPayload, Kafka } from 'kafkajs';
import { type BatchLimits, endedWithin, type LogRecord, LookalikeError, type NextOffsets } from '#core';
import { GroupClaims } from './group-claims.js';
import { GroupFetches } from './group-fetches.js';
import { asLogError, kafkaTypeOf } from './kafka-errors.js';
import { type KafkaSettings, maxMessageBytes } from './kafka-settings.js';
import {
  type Broker,
  type Cluster,
  createConsumer,
  type FetchedMessage,
  type JoinedGroup,
} from './kafkajs-internals.js';
import { toRecord } from './message-codec.js';
import { STOP_LIMIT_MS } from './on-demand.js';
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
/** Of the time that a rebalance may take: so much is for writing what was begun, the rest for joining. */
const LET_GO_SHARE = 0.8;

/** In ms. kafkajs counts from the wall clock, and would send none for as long as that was set back: `#heartbeat` counts. */
const AT_EVERY_TURN = Number.NEGATIVE_INFINITY;

/** A coordinator that has just become one reads the groups first. */
const WHILE_LOADING = retry(
  handleWhen((error) => kafkaTypeOf(error) === 'GROUP_LOAD_IN_PROGRESS'),
  { maxAttempts: 40, backoff: new ConstantBackoff(250) },
);

/** What kafkajs hands over, with what it keeps of the answer beside its public interface. */
type FetchedBatch = EachBatchPayload['batch'] & {
  readonly fetchedOffset: string;
  readonly rawMessages: readonly FetchedMessage[];
};

/**
 * One life of a consumer of kafkajs in a group; after a crash another takes its place. What kafkajs leaves open is
 * closed here, in `GroupFetches` and in `GroupClaims`:
 *
 * - A fetch is handed to `eachBatch` by partition and the next one waits for all of it, so records go to a common queue
 *   from which batches are made across partitions. `eachBatch` holds up the next fetch only while much is waiting there,
 *   and sends heartbeats meanwhile, however long the work on it takes.
 * - It joins again as soon as it hears of a rebalance. Here joining waits until what is being written has ended, and
 *   what was handed out and not committed is void.
 */
export class GroupMember {
  readonly #options: GroupMemberOptions;
  readonly #pending = new PendingRecords();
  readonly #taken = new Signal();
  readonly #claims: GroupClaims;
  readonly #fetches: GroupFetches;
  #consumer: Consumer | null = null;
  #cluster: Cluster | null = null;
  #lastSignOfLifeMs = performance.now();
  #nextHeartbeatMs = 0;
  #watchdog: NodeJS.Timeout | undefined;
  #hasEnded = false;

  private constructor(options: GroupMemberOptions) {
    this.#options = options;
    this.#claims = new GroupClaims(options.topic, options.group);
    this.#fetches = new GroupFetches((partition, from, end) => {
      if (this.#cluster !== null) void this.#claims.pass(this.#cluster, partition, from, end);
    });
  }

  /** Resolves when it is connected; it joins in the background. @throws `log-unavailable`, `invalid-setting`. */
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
    const { kafka, topic, group, partitions } = this.#options;
    const consumer = createConsumer(kafka, this.#config(), (cluster) => this.#adapt(cluster));
    this.#consumer = consumer;
    const { CRASH, GROUP_JOIN, FETCH } = consumer.events;
    consumer.on(CRASH, ({ payload }) => this.#crash(payload.error));
    consumer.on(FETCH, () => this.#showLife());
    consumer.on(GROUP_JOIN, ({ payload }) => {
      this.#showLife();
      this.#claims.assign(payload.memberAssignment[topic] ?? []);
      this.#fetches.begin();
    });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    // Whoever is not permitted to use the group hears of it now.
    await this.#cluster?.findGroupCoordinator({ groupId: group });
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

  #config(): ConsumerConfig {
    const { settings, group } = this.#options;
    return {
      groupId: group,
      sessionTimeout: settings.sessionTimeoutMs,
      rebalanceTimeout: settings.rebalanceTimeoutMs,
      heartbeatInterval: AT_EVERY_TURN,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      maxBytes: FETCH_MAX_BYTES,
      maxBytesPerPartition: Math.max(2 ** 20, maxMessageBytes(settings)),
      allowAutoTopicCreation: false,
      readUncommitted: false,
      // Started again by whoever asks for records next, who can also tell of it.
      retry: {
        initialRetryTime: 100,
        maxRetryTime: 2_000,
        retries: settings.retries,
        restartOnFailure: async () => false,
      },
    };
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
    if (this.#cluster !== null) await this.#claims.commit(this.#cluster, next);
  }

  async close(): Promise<void> {
    this.#end();
    // A broker that does not answer sees the member's session end.
    if (this.#consumer !== null) await endedWithin(this.#consumer.disconnect(), STOP_LIMIT_MS);
  }

  #adapt(cluster: Cluster): void {
    this.#cluster = cluster;
    this.#fetches.adapt(cluster);
    const find = cluster.findGroupCoordinator.bind(cluster);
    cluster.findGroupCoordinator = async (group) => {
      const broker = await find(group);
      const joinGroup = async (request: unknown): Promise<JoinedGroup> => {
        await this.#letGo(cluster);
        // kafkajs goes on joining after a stop that came before the first join.
        if (this.#hasEnded) throw new LookalikeError('log-closed', 'The member has left.');
        const generation = await WHILE_LOADING.execute(() => broker.joinGroup(request));
        this.#claims.joined(generation);
        return generation;
      };
      // Of its own accord kafkajs leaves when it crashes.
      const leaveGroup = async (request: unknown) => {
        await this.#letGo(cluster);
        return broker.leaveGroup(request);
      };
      const heartbeat = (request: unknown) => this.#heartbeat(broker, request);
      return Object.create(broker, {
        joinGroup: { value: joinGroup },
        leaveGroup: { value: leaveGroup },
        heartbeat: { value: heartbeat },
      }) as Broker;
    };
  }

  async #heartbeat(coordinator: Broker, request: unknown): Promise<void> {
    if (performance.now() < this.#nextHeartbeatMs) return;
    await coordinator.heartbeat(request);
    this.#showLife();
    this.#nextHeartbeatMs = performance.now() + this.#options.settings.heartbeatIntervalMs;
  }

  /** Nobody gets the partitions before this member has joined again, unless it takes longer than the rebalance may. */
  async #letGo(cluster: Cluster): Promise<void> {
    const partitions = this.#claims.letGo();
    this.#fetches.end();
    this.#pending.clear();
    this.#taken.wake();
    if (partitions.length === 0 || this.#hasEnded) return;
    const { heartbeatIntervalMs, rebalanceTimeoutMs } = this.#options.settings;
    let hasLetGo = false;
    const lettingGo = endedWithin(this.#options.onRevoked(partitions), rebalanceTimeoutMs * LET_GO_SHARE).then(() => {
      hasLetGo = true;
    });
    for (;;) {
      await endedWithin(lettingGo, heartbeatIntervalMs);
      if (hasLetGo) return;
      await Promise.race([lettingGo, this.#keepSession(cluster)]);
    }
  }

  /** While the group rebalances, the answer says so, which is an error; the session goes on all the same. */
  async #keepSession(cluster: Cluster): Promise<void> {
    const { group } = this.#options;
    try {
      const coordinator = await cluster.findGroupCoordinator({ groupId: group });
      await coordinator.heartbeat({ groupId: group, ...this.#claims.membership });
    } catch {
      // Joining tells what is wrong.
    }
  }

  async #handOut({ batch, heartbeat, resolveOffset, isRunning }: EachBatchPayload): Promise<void> {
    const { topic, settings } = this.#options;
    const { partition, fetchedOffset, rawMessages } = batch as FetchedBatch;
    const isWanted = () => isRunning() && !this.#hasEnded && this.#fetches.isCurrent(rawMessages);
    const records = (batch.messages as unknown as readonly FetchedMessage[]).map((it) =>
      toRecord(topic, partition, it),
    );
    const last = records.at(-1);
    if (last === undefined || !isWanted()) return;
    this.#claims.handOut(partition, Number(fetchedOffset), last.offset + 1, Number(batch.lastOffset()) + 1);
    this.#pending.add(records);
    resolveOffset(String(last.offset));
    this.#options.onRecords();
    await heartbeat();
    while (this.#pending.heldBytes > AHEAD_BYTES && isWanted()) {
      await this.#taken.wait(settings.heartbeatIntervalMs);
      await heartbeat();
    }
  }

  #showLife(): void {
    this.#lastSignOfLifeMs = performance.now();
  }

  /** kafkajs has ways to stop without a word. While the group moves partitions there is nothing to hear either. */
  #watch(): void {
    const { sessionTimeoutMs, rebalanceTimeoutMs } = this.#options.settings;
    const limitMs = sessionTimeoutMs + rebalanceTimeoutMs;
    this.#showLife();
    this.#watchdog = setInterval(() => {
      if (performance.now() - this.#lastSignOfLifeMs < limitMs) return;
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
    this.#claims.letGo();
    this.#fetches.end();
    this.#pending.clear();
    this.#taken.wake();
  }
}
