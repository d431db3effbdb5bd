import { setTimeout as sleep } from 'node:timers/promises';
import { hideAborted } from './aborted-records.js';
import { offsetAsked } from './fetch-answers.js';
import { isMovedLeader } from './kafka-errors.js';
import type { Broker, Cluster, FetchAnswer, FetchedMessage, FetchRequest } from './kafkajs-internals.js';

const LOOK_AGAIN_MS = 250;
const NOTHING: FetchAnswer = { responses: [] };

/** An answer holds nothing to hand out between these offsets, the second exclusive. */
type OnPassed = (partition: number, from: number, end: number) => void;

/**
 * The fetches of a group's member, as kafkajs should make them:
 *
 * - A fetch belongs to the assignment that it was asked under. With several brokers one fetch may be answered, or wait
 *   for its turn, while the member has already joined again: its offsets are no longer where the group stands, and what
 *   lies before them would be passed over.
 * - Records of aborted transactions are never seen.
 * - A leader that has moved is looked for; kafkajs joins the group again, which voids what all partitions had begun.
 */
export class GroupFetches {
  readonly #onPassed: OnPassed;
  #assignment: object | null = null;
  readonly #assignmentOf = new WeakMap<readonly FetchedMessage[], object>();

  constructor(onPassed: OnPassed) {
    this.#onPassed = onPassed;
  }

  /** From now on fetches are for what was assigned. */
  begin(): void {
    this.#assignment = {};
  }

  /** What was fetched until now is void. */
  end(): void {
    this.#assignment = null;
  }

  /** @param messages all those of one partition in one answer. */
  isCurrent(messages: readonly FetchedMessage[]): boolean {
    return this.#assignment !== null && this.#assignmentOf.get(messages) === this.#assignment;
  }

  adapt(cluster: Cluster): void {
    const find = cluster.findBroker.bind(cluster);
    cluster.findBroker = async (node) => {
      // Before anything is waited for: kafkajs has just read its offsets.
      const assignment = this.#assignment;
      const broker = await find(node);
      const fetch = (request: FetchRequest) => this.#fetch(cluster, broker, request, assignment);
      return Object.create(broker, { fetch: { value: fetch } }) as Broker;
    };
  }

  async #fetch(cluster: Cluster, broker: Broker, request: FetchRequest, assignment: object | null) {
    if (assignment === null || assignment !== this.#assignment) {
      // kafkajs asks again at once.
      await sleep(LOOK_AGAIN_MS);
      return NOTHING;
    }
    const { responses } = await this.#ask(cluster, broker, request);
    if (assignment !== this.#assignment) return NOTHING;
    for (const { topicName, partitions } of responses) {
      for (const [i, fetched] of partitions.entries()) {
        const messages = hideAborted(fetched);
        this.#assignmentOf.set(messages, assignment);
        partitions[i] = { ...fetched, messages, abortedTransactions: [] };
        this.#tellIfPassed(offsetAsked(request, topicName, fetched.partition), fetched.partition, messages);
      }
    }
    return { responses };
  }

  #tellIfPassed(from: number, partition: number, messages: readonly FetchedMessage[]): void {
    const last = messages.at(-1);
    if (last === undefined || messages.some((it) => !it.isControlRecord && Number(it.offset) >= from)) return;
    // Where kafkajs goes on.
    this.#onPassed(partition, from, Math.max(Number(last.offset), from) + 1);
  }

  async #ask(cluster: Cluster, broker: Broker, request: FetchRequest): Promise<FetchAnswer> {
    try {
      return await broker.fetch(request);
    } catch (error) {
      if (!isMovedLeader(error)) throw error;
      await sleep(LOOK_AGAIN_MS);
      await cluster.refreshMetadata();
      return NOTHING;
    }
  }
}
