import {
  decodeGenerationEvent,
  type EventLog,
  encodeGenerationEvent,
  type GenerationStep,
  INDEX_GENERATIONS_TOPIC,
  type LogRecord,
  LookalikeError,
  nullIfOutcome,
  type VectorsStep,
} from '#core';
import { afterDecision, type DecidedState, decisionRefusal, generationsAt, NOTHING_DECIDED } from './decided-state.js';
import type { GenerationsState } from './generations-state.js';

const MAX_REFUSED = 100;

/** What a decision is about and who takes it. */
export type Decision = ((GenerationStep & { readonly generation: string }) | VectorsStep) & {
  readonly by: string | null;
};

/**
 * The generations of one index as the log has them. All who share the log agree on the order of decisions, so no process
 * needs to be asked, and none is missed when it dies.
 */
export class Generations {
  #state: DecidedState = NOTHING_DECIDED;
  /** Why decisions had no effect, by where they stand; of the last few, for those who wrote them. */
  readonly #refused = new Map<number, LookalikeError>();
  #next = 0;
  #turn: Promise<unknown> = Promise.resolve();

  /** @param place tells apart indexes that are filled from one log. */
  constructor(
    private readonly log: EventLog,
    readonly place = '',
  ) {}

  /** As `decided`, of this index alone. */
  async current(): Promise<GenerationsState> {
    return generationsAt(await this.decided(), this.place);
  }

  /** Reads what was decided since the last call. @throws `topic-unknown`, `log-unavailable`. */
  decided(): Promise<DecidedState> {
    const caughtUp = this.#turn.then(() => this.#catchUp());
    this.#turn = caughtUp.catch(() => {});
    return caughtUp;
  }

  /**
   * Writes a decision. It counts from where it stands in the log, so another may have come before it.
   * @returns what holds with it. @throws why it has no effect; `log-unavailable`: it may count all the same.
   */
  async decide(decision: Decision): Promise<GenerationsState> {
    const event = { ...decision, atMs: Date.now() };
    const early = decisionRefusal(await this.decided(), this.place, event);
    if (early !== null) throw early;
    const [position] = await this.log.append(INDEX_GENERATIONS_TOPIC, [encodeGenerationEvent(this.place, event)]);
    if (position === undefined) throw new LookalikeError('internal', 'The log does not say where it put a decision.');
    const state = await this.current();
    const late = this.#refused.get(position.offset);
    if (late !== undefined) throw late;
    return state;
  }

  async #catchUp(): Promise<DecidedState> {
    const topic = INDEX_GENERATIONS_TOPIC;
    for await (const record of this.log.read({ topic, partition: 0, from: this.#next })) {
      this.#next = record.offset + 1;
      this.#take(record);
    }
    return this.#state;
  }

  #take(record: LogRecord): void {
    const event = nullIfOutcome(() => decodeGenerationEvent(record));
    // What is no decision changes nothing.
    if (event === null || record.key === null) return;
    const refusal = decisionRefusal(this.#state, record.key, event);
    if (refusal === null) {
      this.#state = afterDecision(this.#state, record.key, event);
      return;
    }
    this.#refused.set(record.offset, refusal);
    const [oldest] = this.#refused.keys();
    if (this.#refused.size > MAX_REFUSED && oldest !== undefined) this.#refused.delete(oldest);
  }
}
