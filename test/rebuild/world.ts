import {
  type BlobStore,
  DEAD_LETTER_ACTIONS_TOPIC,
  DEAD_LETTERS_TOPIC,
  type EventLog,
  type Generation,
  IMAGE_EVENTS_TOPIC,
  imageVectorsTopic,
  type NewRecord,
  unlessUnknown,
  type VectorIndex,
  type VectorRecord,
} from '#core';
import { DeadLetters, decodeFor, Generations, type GenerationsState, LetterStates, type Reindexes } from '#pipeline';
import { MemoryBlobStore, recordsOf } from '#testkit';
import type { Clock } from './clock.js';
import { DecisionWatch } from './decision-watch.js';
import { EmbedderProcess, PARTITIONS, type ProcessDouble } from './embedder-process.js';
import { DAMAGED, FIRST_VECTORS_TOPIC, type KnownVectors, LATE, PICTURES, type ProcessEncoders } from './encoders.js';
import { Reader } from './reader.js';
import { bound } from './replacing.js';
import { CALM, type Struck } from './weather.js';

/** What outlives processes. */
export interface Disks {
  readonly log: EventLog;
  /** Drops of compacted topics what is superseded; not every log can be asked for it. */
  readonly compact?: () => void;
  /** An empty one each time: a new server, a new folder. */
  openIndex(): Promise<VectorIndex>;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly disks: Disks;
  readonly clock: Clock;
  readonly seed: number;
  readonly struck: Struck;
  readonly double: ProcessDouble;
  readonly readerEncoders: ProcessEncoders;
  readonly vectors: KnownVectors;
  /** Told of each decision that takes effect. */
  readonly decided: (kind: string) => void;
}

/** Refusals of what operators ask for, and servers that are away when they do. */
const ANSWERS = new Set([
  'reindex-under-way',
  'generation-kept',
  'generation-unknown',
  'generation-exists',
  'generation-live',
  'no-live-generation',
  'not-verified',
  'vectors-unknown',
  'vectors-in-use',
  'vectors-being-dropped',
  'log-unavailable',
  'index-unavailable',
]);

/** Embedders that come and go over disks that outlive them, publishers, operators, and somebody who searches. */
export class World {
  readonly log: EventLog;
  readonly index: VectorIndex;
  readonly blobs: BlobStore = new MemoryBlobStore();
  readonly reader: Reader;
  weather = CALM;
  readonly processes: EmbedderProcess[] = [];
  readonly watch: DecisionWatch;
  #index: VectorIndex;
  #starts = 0;
  readonly #everStarted: EmbedderProcess[] = [];
  #hadOneWriter = true;
  readonly #underWay = new Set<Promise<void>>();
  /** What should never have happened. */
  readonly #wrong: unknown[] = [];

  private constructor(
    private readonly options: WorldOptions,
    index: VectorIndex,
  ) {
    this.#index = index;
    const current = bound(index, (name) => (...args: unknown[]) => {
      const method: (...args: unknown[]) => unknown = Reflect.get(this.#index, name);
      return Reflect.apply(method, this.#index, args);
    });
    this.watch = new DecisionWatch(
      options.disks.log,
      current,
      ({ kind }) => options.decided(kind),
      (error) => this.#wrong.push(error),
    );
    this.log = this.watch.log;
    this.index = this.watch.index;
    this.reader = new Reader(this, options, () => this.#latency());
  }

  static async open(options: WorldOptions): Promise<World> {
    const world = new World(options, await options.disks.openIndex());
    for (const topic of [IMAGE_EVENTS_TOPIC, DEAD_LETTERS_TOPIC, DEAD_LETTER_ACTIONS_TOPIC]) {
      await world.log.ensureTopic(topic, { partitions: PARTITIONS, retention: 'forever' });
    }
    await world.log.ensureTopic(FIRST_VECTORS_TOPIC, { partitions: PARTITIONS, retention: 'compact' });
    for (const bytes of [...PICTURES, DAMAGED]) await world.blobs.put(bytes, { maxBytes: 1000 });
    world.join();
    return world;
  }

  get clock(): Clock {
    return this.options.clock;
  }

  async publish(record: NewRecord, topic = IMAGE_EVENTS_TOPIC): Promise<void> {
    // What is meant for vectors that were dropped is lost.
    await unlessUnknown(this.log.append(topic, [record]));
  }

  async uploadLate(): Promise<void> {
    await this.blobs.put(LATE, { maxBytes: 1000 });
  }

  join(): void {
    if (this.processes.length > 0) this.#hadOneWriter = false;
    this.#starts += 1;
    const { seed, struck, double } = this.options;
    const process = new EmbedderProcess({
      ports: { log: this.log, index: this.index, blobs: this.blobs },
      seed: seed * 1000 + this.#starts,
      latency: () => this.#latency(),
      weather: () => this.weather,
      struck,
      double,
    });
    this.processes.push(process);
    this.#everStarted.push(process);
    this.begin(Promise.race([this.#started(process), process.wire.died]));
  }

  /** Another one starts at once. */
  crash(which: number): void {
    const process = this.#take(which);
    if (process === undefined) return;
    this.options.struck.add('crash');
    process.wire.die();
    this.join();
  }

  leave(which: number): void {
    const process = this.#take(which);
    if (process !== undefined) this.begin(Promise.race([process.stop(), process.wire.died]));
  }

  stall(which: number, ms: number, isTold: boolean): void {
    this.#hadOneWriter = false;
    this.options.struck.add('stall');
    this.processes[which % this.processes.length]?.wire.stall(ms, isTold);
  }

  /**
   * Not once two may have written at the same time: compaction keeps the last record and not the newest version, so what is
   * rebuilt from it then may be older (docs/adr/0002).
   */
  compact(): void {
    if (this.#hadOneWriter) this.options.disks.compact?.();
  }

  async loseIndex(): Promise<void> {
    this.options.struck.add('index lost');
    this.#index = await this.options.disks.openIndex();
    this.watch.indexLost();
  }

  setWallClock(offsetMs: number): void {
    this.options.struck.add('clock jump');
    this.clock.setWallClock(offsetMs);
  }

  /** What an operator asks of one of the processes. */
  ask(which: number, command: (reindexes: Reindexes) => Promise<unknown>): void {
    const process = this.processes[which % this.processes.length];
    const reindexes = process?.reindexes ?? null;
    if (process === undefined || reindexes === null) return;
    this.begin(Promise.race([answered(command(reindexes)), process.wire.died]));
  }

  /** Sends one of the dead letters again, whatever has become of its image since. */
  async redrive(share: number): Promise<void> {
    const letters = new DeadLetters(this.log, new LetterStates(this.log));
    const { letters: known } = await letters.list({ limit: 1000 });
    const letter = known[Math.floor(share * known.length)];
    if (letter !== undefined) await letters.act(letter.id, 'redrive', null);
  }

  /** All of them, the newest first, so against the order of their images. */
  async redriveAll(): Promise<void> {
    const letters = new DeadLetters(this.log, new LetterStates(this.log));
    for (const { id } of (await letters.list({ limit: 1000 })).letters) await letters.act(id, 'redrive', null);
  }

  /** A vector record that was written before reaches a generation once more, whatever is there by now. */
  async applyLate(which: number, share: number): Promise<void> {
    const generations = await this.index.generations();
    const generation = generations[which % Math.max(1, generations.length)];
    if (generation === undefined) return;
    const records = await this.#vectorsFor(generation);
    const late = records[Math.floor(share * records.length)];
    if (late === undefined) return;
    this.options.struck.add('late record');
    await this.index.apply(generation.name, [late]);
  }

  /** All vector records reach all generations once more, against their order. */
  async applyAllAgain(): Promise<void> {
    for (const generation of await this.index.generations()) {
      for (const record of (await this.#vectorsFor(generation)).reverse()) {
        await this.index.apply(generation.name, [record]);
      }
    }
  }

  async #vectorsFor(generation: Generation): Promise<VectorRecord[]> {
    const topic = imageVectorsTopic(generation.schema.encoder.fingerprint);
    const all = (await unlessUnknown(recordsOf(this.log, topic))) ?? [];
    return all.map((it) => decodeFor(generation, it)).flatMap((it) => ('record' in it ? [it.record] : []));
  }

  /** What was decided, read anew. */
  state(): Promise<GenerationsState> {
    return new Generations(this.log).current();
  }

  /** Vectors that somebody wants dropped, by fingerprint. */
  async droppedVectors(): Promise<readonly string[]> {
    const { vectors } = await new Generations(this.log).decided();
    return [...vectors.values()].filter(({ drop }) => drop !== null).map(({ fingerprint }) => fingerprint);
  }

  /** What goes on while the schedule does. What it throws is wrong. */
  begin(work: Promise<unknown>): void {
    const ended: Promise<void> = work
      .then(
        () => {},
        (error) => {
          this.#wrong.push(error);
        },
      )
      .finally(() => this.#underWay.delete(ended));
    this.#underWay.add(ended);
  }

  get isBusy(): boolean {
    return this.#underWay.size > 0;
  }

  throwWhatWasWrong(): void {
    if (this.#wrong.length > 0) throw this.#wrong[0];
  }

  async close(): Promise<void> {
    for (const process of this.#everStarted) process.bury();
    await this.options.disks.close();
  }

  /** Who meets an index that is lost while it starts ends, and whoever runs it starts it again. */
  async #started(process: EmbedderProcess): Promise<void> {
    const number = this.watch.indexNumber;
    try {
      await process.start();
    } catch (error) {
      if (number === this.watch.indexNumber) throw error;
      this.crash(this.processes.indexOf(process));
    }
  }

  #take(which: number): EmbedderProcess | undefined {
    return this.processes.splice(which % Math.max(1, this.processes.length), 1)[0];
  }

  #latency(): number {
    const { latencyMs } = this.weather;
    return latencyMs === 0 ? 0 : Math.floor(Math.random() * (latencyMs + 1));
  }
}

async function answered(command: Promise<unknown>): Promise<void> {
  try {
    await command;
  } catch (error) {
    if (!ANSWERS.has((error as { code?: string }).code ?? '')) throw error;
  }
}
