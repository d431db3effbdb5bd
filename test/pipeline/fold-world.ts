import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type BlobStore,
  DEAD_LETTERS_TOPIC,
  decodeImageEvent,
  decodeVectorRecord,
  type EventLog,
  type Generation,
  IMAGE_EVENTS_TOPIC,
  imageVectorsTopic,
  type LogRecord,
  type StoredRecord,
  type VectorIndex,
} from '#core';
import {
  BatchConsumer,
  type BatchHandler,
  createEmbedStage,
  createIndexStage,
  embedGroup,
  ensureGeneration,
  indexGroup,
  PictureEmbedder,
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
  PixelEncoder,
  plainPicture,
  preparePlainPicture,
  stateOf,
} from '#testkit';

export const PICTURES = ['cat', 'dog', 'owl'].map(plainPicture);
export const DAMAGED = damagedPicture('bat');
const PARTITIONS = 2;
const encoder = new PixelEncoder();
const EMBED_GROUP = embedGroup(encoder.info.fingerprint);
export const VECTORS_TOPIC = imageVectorsTopic(encoder.info.fingerprint);

/** What outlives a process. `openLog` opens it again after `log.close()`. */
export interface Disks {
  openLog(): Promise<EventLog>;
  openIndex(): Promise<VectorIndex>;
  compact(log: EventLog): Promise<void>;
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
    private readonly generation: Generation,
  ) {}

  static async open(disks: Disks, seed: number): Promise<FoldWorld> {
    const [index, log] = await Promise.all([disks.openIndex(), disks.openLog()]);
    await log.ensureTopic(IMAGE_EVENTS_TOPIC, { partitions: PARTITIONS, retention: 'forever' });
    await log.ensureTopic(VECTORS_TOPIC, { partitions: PARTITIONS, retention: 'compact' });
    await log.ensureTopic(DEAD_LETTERS_TOPIC, { partitions: PARTITIONS, retention: 'forever' });
    const generation = await ensureGeneration({ log, index, encoder: encoder.info, attributes: {} });
    const world = new FoldWorld(disks, seed, index, log, generation);
    for (const bytes of [...PICTURES, DAMAGED]) await world.#blobs.put(bytes, { maxBytes: 1000 });
    await world.join();
    return world;
  }

  /** One more member of both groups. */
  async join(): Promise<void> {
    const { log, index, blobs, encoder: broken } = this.#brokenPorts();
    const embedder = new PictureEmbedder({
      blobs,
      preparePicture: preparePlainPicture,
      encoder: broken,
      cacheBytes: 1_000_000,
      maxPictureBytes: 1000,
      maxEncodedBytes: 100,
    });
    const consumers = [
      consumer(log, IMAGE_EVENTS_TOPIC, EMBED_GROUP, createEmbedStage(log, embedder)),
      this.#indexConsumer(log, index, this.generation),
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
    const all: LogRecord[] = [];
    for (let partition = 0; partition < PARTITIONS; partition++) {
      all.push(...(await this.#records(VECTORS_TOPIC, partition)));
    }
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

  /** The fold, computed from the events alone. */
  async expected(): Promise<Map<string, unknown>> {
    const fold = new Map<string, unknown>();
    for (let partition = 0; partition < PARTITIONS; partition++) {
      for (const record of await this.#records(IMAGE_EVENTS_TOPIC, partition)) {
        const event = decodeImageEvent(record);
        const version = record.offset;
        if (event.kind === 'deleted') fold.set(event.imageId, { version, state: 'deleted' });
        else {
          const state = event.state.sha256 === stateOf(DAMAGED).sha256 ? 'failed' : 'ready';
          fold.set(event.imageId, { version, state, image: event.state });
        }
      }
    }
    return fold;
  }

  async close(): Promise<void> {
    await this.stopAll(0);
    await this.log.close();
    await this.index.close();
  }

  #indexConsumer(log: EventLog, index: VectorIndex, generation: Generation): BatchConsumer {
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
