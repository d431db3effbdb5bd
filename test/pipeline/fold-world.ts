import { tmpdir } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type BlobStore,
  DEAD_LETTER_ACTIONS_TOPIC,
  DEAD_LETTERS_TOPIC,
  decodeDeadLetter,
  decodeImageEvent,
  decodeVectorRecord,
  type EventLog,
  IMAGE_EVENTS_TOPIC,
  imageVectorsTopic,
  type LogRecord,
  type NewRecord,
  type StoredRecord,
  type VectorIndex,
} from '#core';
import {
  type AuditReport,
  auditGeneration,
  BatchConsumer,
  type BatchHandler,
  createEmbedStage,
  createIndexStage,
  createRedriveStage,
  DeadLetters,
  embedGroup,
  ensureGeneration,
  indexGroup,
  type KnownGeneration,
  LetterStates,
  PictureEmbedder,
  redriveGroup,
  stageProgress,
} from '#pipeline';
import {
  damagedPicture,
  eventually,
  type FaultRule,
  faultyBlobs,
  faultyEncoder,
  faultyIndex,
  faultyLog,
  MemoryBlobStore,
  noLinks,
  PixelEncoder,
  plainPicture,
  preparePlainPicture,
  stateOf,
} from '#testkit';

export const PICTURES = ['cat', 'dog', 'owl'].map(plainPicture);
export const DAMAGED = damagedPicture('bat');
/** Comes to the blob store after the events that name it, if at all. */
export const LATE = plainPicture('elk');
const PARTITIONS = 2;
const encoder = new PixelEncoder();
const EMBED_GROUP = embedGroup(encoder.info.fingerprint);
const REDRIVE_GROUP = redriveGroup(encoder.info.fingerprint);
export const VECTORS_TOPIC = imageVectorsTopic(encoder.info.fingerprint);

/** Of one partition there are more images than that: schedules look ahead as far as they fit. */
const LOOK_AHEAD = { minLag: 2, maxImages: 2 * PARTITIONS };

/** What outlives a process. `openLog` opens it again after `log.close()`. */
export interface Disks {
  openLog(): Promise<EventLog>;
  openIndex(): Promise<VectorIndex>;
  compact(log: EventLog): Promise<void>;
}

/** What an event makes of its image. */
export interface Folded {
  readonly version: number;
  readonly state: 'ready' | 'failed' | 'deleted';
  readonly image?: unknown;
}

/** A record that is no event: it changes no image. */
export function garbageFor(imageId: string): NewRecord {
  return { key: imageId, value: Buffer.from('garbage'), headers: {} };
}

function isGarbage({ headers }: Pick<LogRecord, 'headers'>): boolean {
  return headers.ce_type === undefined;
}

/** How likely a call of each dependency fails, 0 to 1. */
export interface Weather {
  readonly blobs: number;
  readonly encoder: number;
  readonly log: number;
  readonly index: number;
  /** How likely everything uncommitted is delivered again before a fetch. */
  readonly redeliver: number;
}

export const CALM: Weather = { blobs: 0, encoder: 0, log: 0, index: 0, redeliver: 0 };

const failing = (chance: number): FaultRule[] => [{ chance, fault: 'fail' }];
const failingOrLosing = (chance: number): FaultRule[] => [
  { chance: chance / 2, fault: 'fail' },
  { chance: chance / 2, fault: 'lost-acknowledgement' },
];

/** Both stages, as processes that come and go, over disks that outlive them. */
export class FoldWorld {
  weather = CALM;
  /** Faults that struck, to show that a schedule tried something. */
  readonly struck = new Map<string, number>();
  #blobs: BlobStore = new MemoryBlobStore();
  #running: BatchConsumer[][] = [];
  #starts = 0;

  private constructor(
    private readonly disks: Disks,
    private readonly seed: number,
    private readonly index: VectorIndex,
    public log: EventLog,
    private readonly generation: KnownGeneration,
  ) {}

  static async open(disks: Disks, seed: number): Promise<FoldWorld> {
    const [index, log] = await Promise.all([disks.openIndex(), disks.openLog()]);
    await log.ensureTopic(IMAGE_EVENTS_TOPIC, { partitions: PARTITIONS, retention: 'forever' });
    await log.ensureTopic(VECTORS_TOPIC, { partitions: PARTITIONS, retention: 'compact' });
    await log.ensureTopic(DEAD_LETTERS_TOPIC, { partitions: PARTITIONS, retention: 'forever' });
    await log.ensureTopic(DEAD_LETTER_ACTIONS_TOPIC, { partitions: PARTITIONS, retention: 'forever' });
    const generation = await ensureGeneration({ log, index, encoder: encoder.info, attributes: {} });
    const world = new FoldWorld(disks, seed, index, log, generation);
    for (const bytes of [...PICTURES, DAMAGED]) await world.#blobs.put(bytes, { maxBytes: 1000 });
    await world.join();
    return world;
  }

  async upload(): Promise<void> {
    await this.#blobs.put(LATE, { maxBytes: 1000 });
  }

  /** Sends one of the dead letters again, whatever has become of its image since. */
  async redrive(share: number): Promise<void> {
    const letters = await this.#all(DEAD_LETTERS_TOPIC);
    const letter = letters[Math.floor(share * letters.length)];
    if (letter !== undefined) await this.#deadLetters().act(letter, 'redrive', null);
  }

  /** All of them, the newest first, so against the order of their images. */
  async redriveAll(): Promise<void> {
    const deadLetters = this.#deadLetters();
    for (const { id } of (await deadLetters.list({ limit: 1000 })).letters) await deadLetters.act(id, 'redrive', null);
  }

  /** The states of the dead letters, and those they should have once all of them were redriven and all is done. */
  async letters(): Promise<{ readonly states: readonly string[]; readonly expected: readonly string[] }> {
    const [fold, states] = [await this.expected(), await new LetterStates(this.log).current()];
    const letters = (await this.#all(DEAD_LETTERS_TOPIC)).map((it) => ({ id: it, ...decodeDeadLetter(it) }));
    const isOpen = ({ key, offset, ...rest }: LogRecord) => {
      const last = fold.get(key ?? '');
      return isGarbage(rest) || (last?.version === offset && last.state === 'failed');
    };
    const isOver = (state: string) => state === 'redriven' || state === 'superseded';
    return {
      states: letters.map(({ id }) => states.stateOf(id)).map((it) => (isOver(it) ? 'over' : it)),
      expected: letters.map(({ original }) => (isOpen(original) ? 'open' : 'over')),
    };
  }

  /** One more member of all groups. */
  async join(): Promise<void> {
    const { log, index, blobs, encoder: broken } = this.#brokenPorts();
    const embedder = new PictureEmbedder({
      blobs,
      fetchLink: noLinks,
      preparePicture: preparePlainPicture,
      encoder: broken,
      cacheBytes: 1_000_000,
      maxPictureBytes: 1000,
      maxEncodedBytes: 100,
    });
    const consumers = [
      consumer(log, IMAGE_EVENTS_TOPIC, EMBED_GROUP, createEmbedStage(log, embedder, {}, LOOK_AHEAD)),
      this.#indexConsumer(log, index, this.generation),
      consumer(
        log,
        DEAD_LETTER_ACTIONS_TOPIC,
        REDRIVE_GROUP,
        createRedriveStage({ log, index, embedder, generation: this.generation, states: new LetterStates(log) }),
      ),
    ];
    this.#running.push(consumers);
    await Promise.all(consumers.map((it) => it.start()));
  }

  get members(): number {
    return this.#running.length;
  }

  /** The oldest member leaves, with little time to finish. */
  async leave(limitMs: number): Promise<void> {
    await Promise.all((this.#running.shift() ?? []).map((it) => it.stop(limitMs)));
  }

  async stopAll(limitMs: number): Promise<void> {
    await Promise.all(this.#running.splice(0).flatMap((members) => members.map((it) => it.stop(limitMs))));
  }

  /** The log is gone from one call to the next, as when a process dies; then everything starts again. */
  async crash(): Promise<void> {
    await this.log.close();
    await this.stopAll(0);
    this.log = await this.disks.openLog();
    await this.join();
  }

  async restart(limitMs: number): Promise<void> {
    await this.stopAll(limitMs);
    await this.crash();
  }

  /** What an embed stage does that died after its append and before its commit: a tail of the topic, written twice. */
  async replay(share: number): Promise<void> {
    await this.stopAll(0);
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const records = await this.#records(VECTORS_TOPIC, partition);
      const tail = records.slice(Math.floor(share * records.length));
      await this.log.append(
        VECTORS_TOPIC,
        tail.map(({ key, value, headers }) => ({ key: key ?? '', value, headers })),
      );
    }
    await this.join();
  }

  /** A record that was written before reaches the index once more, whatever is there by now. */
  async applyLate(share: number): Promise<void> {
    const all = await this.#all(VECTORS_TOPIC);
    const record = all[Math.floor(share * all.length)];
    if (record !== undefined) await this.index.apply(this.generation.name, [decodeVectorRecord(record)]);
  }

  compact(): Promise<void> {
    return this.disks.compact(this.log);
  }

  async pause(turns: number): Promise<void> {
    for (let turn = 0; turn < turns; turn++) await nextTurn();
  }

  async drain(): Promise<void> {
    this.weather = CALM;
    await this.#untilDone(IMAGE_EVENTS_TOPIC, EMBED_GROUP);
    await this.#untilDone(DEAD_LETTER_ACTIONS_TOPIC, REDRIVE_GROUP);
    await this.#untilDone(VECTORS_TOPIC, indexGroup(this.generation.name));
  }

  /** A second generation, filled from what compaction left of the vectors topic. Resolves to its name. */
  async rebuild(): Promise<string> {
    const generation = { ...this.generation, name: 'rebuilt', live: false };
    await this.compact();
    await this.index.createGeneration(generation.name, generation.schema);
    const builder = this.#indexConsumer(this.log, this.index, generation);
    await builder.start();
    try {
      await this.#untilDone(VECTORS_TOPIC, indexGroup(generation.name));
    } finally {
      await builder.stop(1000);
    }
    return generation.name;
  }

  async contents(generation = this.generation.name): Promise<Map<string, StoredRecord>> {
    const found = new Map<string, StoredRecord>();
    for await (const records of this.index.scan({ generation, withVectors: true })) {
      for (const record of records) found.set(record.imageId, record);
    }
    return found;
  }

  /** With all vectors; pictures may be late. */
  async audit(): Promise<AuditReport> {
    const { log, index, generation } = this;
    return auditGeneration({ log, index, generation, vectors: 'all', tempFolder: tmpdir() });
  }

  /** The fold, computed from the events alone. */
  async expected(): Promise<Map<string, Folded>> {
    const fold = new Map<string, Folded>();
    const isLateThere = (await this.#blobs.stat(stateOf(LATE).sha256)) !== null;
    const bad = [DAMAGED, ...(isLateThere ? [] : [LATE])].map((it) => stateOf(it).sha256);
    for (const record of await this.#all(IMAGE_EVENTS_TOPIC)) {
      if (isGarbage(record)) continue;
      const event = decodeImageEvent(record);
      const version = record.offset;
      if (event.kind === 'deleted') fold.set(event.imageId, { version, state: 'deleted' });
      else {
        const state = bad.includes(event.state.sha256) ? 'failed' : 'ready';
        fold.set(event.imageId, { version, state, image: event.state });
      }
    }
    return fold;
  }

  async close(): Promise<void> {
    await this.stopAll(0);
    await this.log.close();
    await this.index.close();
  }

  #indexConsumer(log: EventLog, index: VectorIndex, generation: KnownGeneration): BatchConsumer {
    return consumer(log, VECTORS_TOPIC, indexGroup(generation.name), createIndexStage(log, index, generation));
  }

  #brokenPorts() {
    this.#starts += 1;
    const world = this;
    const common = {
      seed: this.seed * 1000 + this.#starts,
      onFault: ({ method, fault }: { method: string; fault: string }) => {
        const name = `${method} ${fault}`;
        this.struck.set(name, (this.struck.get(name) ?? 0) + 1);
      },
    };
    // The weather changes while the ports are in use, hence the getters.
    return {
      log: faultyLog(this.log, {
        ...common,
        get rules() {
          const chance = world.weather.log;
          return { append: failingOrLosing(chance), commit: failingOrLosing(chance), next: failing(chance) };
        },
        get redeliver() {
          return { chance: world.weather.redeliver };
        },
      }),
      index: faultyIndex(this.index, {
        ...common,
        get rules() {
          return { apply: failingOrLosing(world.weather.index) };
        },
      }),
      blobs: faultyBlobs(this.#blobs, {
        ...common,
        get rules() {
          return { read: failing(world.weather.blobs), put: failingOrLosing(world.weather.blobs) };
        },
      }),
      encoder: faultyEncoder(encoder, {
        ...common,
        get rules() {
          return { encode: failing(world.weather.encoder) };
        },
      }),
    };
  }

  async #untilDone(topic: string, group: string): Promise<void> {
    await eventually(async () => expect((await stageProgress(this.log, topic, group)).lag).toBe(0));
  }

  #deadLetters(): DeadLetters {
    return new DeadLetters(this.log, new LetterStates(this.log));
  }

  async #all(topic: string): Promise<LogRecord[]> {
    const all: LogRecord[] = [];
    for (let partition = 0; partition < PARTITIONS; partition++) all.push(...(await this.#records(topic, partition)));
    return all;
  }

  async #records(topic: string, partition: number): Promise<LogRecord[]> {
    const records: LogRecord[] = [];
    for await (const record of this.log.read({ topic, partition, from: 0 })) records.push(record);
    return records;
  }
}

function consumer(log: EventLog, topic: string, group: string, handler: BatchHandler): BatchConsumer {
  return new BatchConsumer({
    log,
    topic,
    group,
    handler,
    limits: { maxRecords: 2, maxBytes: 1_000_000, maxWaitMs: 0 },
    batchesAhead: 3,
    retryDelayMs: { first: 0, max: 1 },
  });
}
