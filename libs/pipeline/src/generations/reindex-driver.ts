import {
  type EventLog,
  type GenerationStep,
  INDEX_GENERATIONS_TOPIC,
  imageVectorsTopic,
  isLookalikeError,
  Repeating,
  reasonOf,
  type VectorIndex,
  type VerificationReport,
} from '#core';
import { PartitionOwner } from '../partition-owner.js';
import { fitProjections } from '../projections/fit-projections.js';
import { dropProjection } from '../projections/projection-topic.js';
import { CatchUp, lagOf } from './catch-up.js';
import { projectionUsers } from './decided-state.js';
import { type DoneStep, type DriverStep, dueSteps, type IndexView } from './driver-step.js';
import type { Decision, Generations } from './generations.js';
import { type GenerationsState, inRole, type KnownGeneration } from './generations-state.js';
import { createUnlessThere } from './live-generation.js';
import { fittedFor } from './profiles.js';
import { dropVectors } from './vectors-drop.js';

/** Looks at a generation before searches are switched to it; `live` is `null` where the index has lost it. */
export type Verify = (
  next: KnownGeneration,
  live: KnownGeneration | null,
  signal: AbortSignal,
) => Promise<VerificationReport>;

export interface ReindexDriverOptions {
  readonly log: EventLog;
  readonly index: VectorIndex;
  readonly generations: Generations;
  readonly place: string;
  readonly verify: Verify;
  /** A generation that is fewer records behind the log than that may be switched to. */
  readonly maxLag: number;
  /** How often it looks what is due, in milliseconds. */
  readonly everyMs: number;
  /** When what is due begins to fail, not per retry; `null` when it goes on. */
  readonly onFault?: (error: unknown) => void;
  readonly onStep?: (step: DoneStep) => void;
  /** Of the topic of an encoder's vectors. */
  readonly partitions: number;
}

/**
 * Makes of the index what the log says of its generations: creates, verifies, switches, drops. Of all processes that run one, the
 * owner of the topic's only partition does the work. Nothing depends on that: each step may be repeated, by two at once too,
 * and what was decided meanwhile is asked before each.
 */
export class ReindexDriver {
  readonly #options: ReindexDriverOptions;
  readonly #catchUp: CatchUp;
  readonly #stopped = new AbortController();
  readonly #owner: PartitionOwner;
  readonly #working: Repeating;
  #fault: unknown = null;

  constructor(options: ReindexDriverOptions) {
    this.#options = options;
    this.#catchUp = new CatchUp(options.log);
    this.#working = new Repeating(() => this.#work(), options.everyMs);
    const { log, place } = options;
    this.#owner = new PartitionOwner({
      log,
      topic: INDEX_GENERATIONS_TOPIC,
      group: place === '' ? 'generations' : `generations.${place}`,
      onLost: () => this.#working.underWay,
      onFault: (error) => {
        // Who owns it finds out at its next step.
        if (error !== null || !this.#owner.isOwner) this.#setFault(error);
      },
    });
  }

  /** What keeps it from going on, or `null`. */
  get fault(): unknown {
    return this.#fault;
  }

  async start(): Promise<void> {
    await this.#owner.start();
    this.#working.start();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#working.stop();
    await this.#owner.stop();
  }

  async #work(): Promise<void> {
    if (!this.#owner.isOwner) return;
    try {
      // As many as are due one after the other, each looked at anew; one that is due again has had no effect, and waits.
      let before = '';
      while (this.#owner.isOwner && !this.#stopped.signal.aborted) {
        const done = await this.#doNext();
        if (done === null || done === before) break;
        before = done;
      }
      this.#setFault(null);
    } catch (error) {
      if (!this.#stopped.signal.aborted) this.#setFault(error);
    }
  }

  #setFault(error: unknown): void {
    const before = this.#fault;
    this.#fault = error;
    if ((before === null) !== (error === null)) this.#options.onFault?.(error);
  }

  /** @returns what was done, after which more may be due; `null` when there was nothing to do. */
  async #doNext(): Promise<string | null> {
    const { index, generations, onStep } = this.#options;
    const state = await generations.current();
    const there = await index.generations();
    const live = there.find((it) => it.live)?.name ?? null;
    const view = { names: new Set(there.map(({ name }) => name)), live };
    for (const step of dueSteps(state, view)) {
      if (!(await this.#isDone(step, state, view.names))) continue;
      onStep?.({ kind: step.kind, generation: step.generation.name });
      return `${step.kind} ${step.generation.name}`;
    }
    return (await this.#dropUnknown(state, view)) ?? this.#dropVectors();
  }

  async #dropVectors(): Promise<string | null> {
    const { log, generations, onStep } = this.#options;
    for (const vectors of (await generations.decided()).vectors.values()) {
      if (vectors.drop === null || !(await dropVectors(log, vectors))) continue;
      const { fingerprint } = vectors;
      if (!(await this.#decide({ kind: 'vectors-dropped', fingerprint, by: null }))) continue;
      onStep?.({ kind: 'drop-vectors', fingerprint });
      return `drop-vectors ${fingerprint}`;
    }
    return null;
  }

  /**
   * Who was stalled before it made a generation makes it although it was dropped meanwhile. A name is decided before it is
   * made, so one that is still unknown after it was seen is nobody's; unless the log does not know what is live.
   */
  async #dropUnknown(state: GenerationsState, { names, live }: IndexView): Promise<string | null> {
    const { generations, index } = this.#options;
    if (live === null || inRole(state, 'live')?.name !== live) return null;
    if ([...names].every((name) => state.has(name))) return null;
    const now = await generations.current();
    const unknown = [...names].find((name) => !now.has(name) && name !== live);
    if (unknown === undefined) return null;
    await index.dropGeneration(unknown);
    return `drop ${unknown}`;
  }

  /** @returns false when it is to wait. */
  async #isDone(
    { kind, generation }: DriverStep,
    state: GenerationsState,
    names: ReadonlySet<string>,
  ): Promise<boolean> {
    const { log, index, maxLag } = this.#options;
    const { name } = generation;
    const decide = (step: GenerationStep) => this.#decide({ ...step, generation: name, by: null });
    switch (kind) {
      case 'make-live':
        await index.makeLive(name);
        return true;
      case 'fit': {
        const projections = await this.#whileWanted(generation, (signal) =>
          fitProjections(log, generation.schema, signal),
        );
        return projections !== null && decide({ kind: 'fitted', projections });
      }
      case 'create':
        return this.#created(generation);
      case 'give-up':
        // Its group stands where it was filled to: a new one of that name would lack all below.
        return decide({ kind: 'cancelled', reason: 'The index has lost it.' });
      case 'load':
        if (!(await this.#catchUp.hasCaughtUp(generation))) return false;
        await index.settle(name);
        return decide({ kind: 'loaded' });
      case 'verify': {
        const live = inRole(state, 'live');
        const beside = live !== null && names.has(live.name) ? live : null;
        const report = await this.#whileWanted(generation, (signal) =>
          this.#options.verify(generation, beside, signal),
        );
        return report !== null && decide({ kind: 'verified', report });
      }
      case 'ask-switch':
        return decide({ kind: 'switch-asked', force: false });
      case 'switch':
        if (!(await this.#catchUp.hasCaughtUp(generation)) || (await lagOf(log, generation)) > maxLag) return false;
        return decide({ kind: 'switched' });
      case 'drop':
        await index.dropGeneration(name);
        this.#catchUp.forget(name);
        return true;
      case 'forget':
        await this.#dropProjections(generation);
        return decide({ kind: 'dropped' });
      case 'let-go':
        return decide({ kind: 'drop-asked' });
    }
  }

  async #created({ name, schema }: KnownGeneration): Promise<boolean> {
    const { log, partitions } = this.#options;
    try {
      // Who began it may have seen one that was dropped since.
      await log.ensureTopic(imageVectorsTopic(schema.encoder.fingerprint), { partitions, retention: 'compact' });
      await createUnlessThere(this.#options.index, name, schema);
    } catch (error) {
      // It never will be.
      const { message } = reasonOf(error);
      return this.#decide({ kind: 'cancelled', reason: message, generation: name, by: null });
    }
    return this.#decide({ kind: 'created', generation: name, by: null });
  }

  /** Those that nobody else uses. */
  async #dropProjections({ name, schema }: KnownGeneration): Promise<void> {
    const { log, generations } = this.#options;
    const decided = await generations.decided();
    for (const topic of fittedFor(schema)) {
      if (projectionUsers(decided, topic).every((user) => user === name)) await dropProjection(log, topic);
    }
  }

  /** What takes minutes; `null` when the generation is not wanted any more. */
  async #whileWanted<T>({ name }: KnownGeneration, work: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
    const { generations, everyMs } = this.#options;
    const ended = new AbortController();
    const end = () => ended.abort(this.#stopped.signal.reason);
    this.#stopped.signal.addEventListener('abort', end, { once: true });
    const isWanted = async () => {
      const known = (await generations.current()).get(name);
      return known?.role === 'next' && !known.paused;
    };
    const look = setInterval(() => {
      isWanted().then(
        (wanted) => wanted || ended.abort(),
        () => {},
      );
    }, everyMs);
    try {
      return await work(ended.signal);
    } catch (error) {
      if (ended.signal.aborted && !this.#stopped.signal.aborted) return null;
      throw error;
    } finally {
      clearInterval(look);
      this.#stopped.signal.removeEventListener('abort', end);
    }
  }

  /** Somebody may have decided otherwise meanwhile: then it has no effect, and what is due is looked at anew. */
  async #decide(decision: Decision): Promise<boolean> {
    try {
      await this.#options.generations.decide(decision);
      return true;
    } catch (error) {
      if (!isLookalikeError(error) || error.canRetry) throw error;
      return false;
    }
  }
}
