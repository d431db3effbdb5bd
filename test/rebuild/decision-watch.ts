import {
  decodeGenerationEvent,
  type EventLog,
  type GenerationEvent,
  INDEX_GENERATIONS_TOPIC,
  type NewRecord,
  type VectorIndex,
  type VectorsEvent,
} from '#core';
import { afterDecision, type DecidedState, decisionRefusal, generationsAt, NOTHING_DECIDED } from '#pipeline';
import { missingBelowMarks } from './below-marks.js';
import { replacing } from './replacing.js';

/** What is to be known of a decision that took effect: what it was, and what held before. */
type OnEffect = (event: GenerationEvent | VectorsEvent) => void;

/**
 * Looks at each decision once it is written, and at what is made live. A switch is right when the index has everything below
 * the marks at that moment, however the product found out.
 */
export class DecisionWatch {
  readonly log: EventLog;
  readonly index: VectorIndex;
  /** By generation, whose encoder it has. */
  readonly fingerprints = new Map<string, string>();
  /** What was made live, one after the other; `null` for an index that is empty. */
  readonly lives: (string | null)[] = [null];
  /** Which of them everybody has seen by now: what comes after it is under way. */
  settledAt = 0;
  /** Of the index, which may be lost. */
  indexNumber = 0;
  #state: DecidedState = NOTHING_DECIDED;
  #next = 0;
  #turn: Promise<void> = Promise.resolve();

  constructor(
    log: EventLog,
    index: VectorIndex,
    private readonly onEffect: OnEffect,
    private readonly onWrong: (error: unknown) => void,
  ) {
    this.log = replacing(log, {
      append: async (topic: string, records: readonly NewRecord[]) => {
        const positions = await log.append(topic, records);
        if (topic === INDEX_GENERATIONS_TOPIC) await this.#look();
        return positions;
      },
    });
    this.index = replacing(index, {
      makeLive: async (name: string) => {
        // Before, for who is answered while it happens.
        const at = this.lives.push(name) - 1;
        try {
          await index.makeLive(name);
          this.settledAt = Math.max(this.settledAt, at);
        } catch (error) {
          this.settledAt = this.lives.push((await index.live())?.name ?? null) - 1;
          throw error;
        }
      },
    });
  }

  indexLost(): void {
    this.indexNumber += 1;
    this.settledAt = this.lives.push(null) - 1;
  }

  #look(): Promise<void> {
    this.#turn = this.#turn.then(() => this.#follow()).catch(this.onWrong);
    return this.#turn;
  }

  async #follow(): Promise<void> {
    const from = { topic: INDEX_GENERATIONS_TOPIC, partition: 0, from: this.#next };
    for await (const record of this.log.read(from)) {
      this.#next = record.offset + 1;
      const event = decodeGenerationEvent(record);
      const place = record.key ?? '';
      if (decisionRefusal(this.#state, place, event) !== null) continue;
      this.#state = afterDecision(this.#state, place, event);
      this.onEffect(event);
      if (event.kind === 'started' || event.kind === 'established') {
        this.fingerprints.set(event.generation, event.schema.encoder.fingerprint);
      }
      if (event.kind === 'switched') await this.#switched(event.generation);
    }
  }

  async #switched(name: string): Promise<void> {
    const generation = generationsAt(this.#state, '').get(name);
    if (generation === undefined) return;
    const missing = await missingBelowMarks(this.log, this.index, generation);
    if (missing.length === 0) return;
    this.onWrong(new Error(`Switched to ${name}, which lacks ${missing.join(', ')} below its marks.`));
  }
}
