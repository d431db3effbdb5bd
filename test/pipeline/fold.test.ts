import fc from 'fast-check';
import {
  DEAD_LETTERS_TOPIC,
  decodeImageEvent,
  type EventLog,
  IMAGE_EVENTS_TOPIC,
  imageVectorsTopic,
  type StoredRecord,
  type VectorIndex,
} from '#core';
import {
  BatchConsumer,
  createEmbedStage,
  createIndexStage,
  embedGroup,
  ensureGeneration,
  indexGroup,
  PictureEmbedder,
  stageProgress,
} from '#pipeline';
import {
  addedEvent,
  damagedPicture,
  deletedEvent,
  eventually,
  MemoryBlobStore,
  MemoryEventLog,
  MemoryLogStorage,
  MemoryVectorIndex,
  PixelEncoder,
  plainPicture,
  preparePlainPicture,
  stateOf,
  updatedEvent,
} from '#testkit';

const IDS = ['a', 'b', 'c', 'd'];
const PICTURES = ['cat', 'dog', 'owl'].map(plainPicture);
const DAMAGED = damagedPicture('bat');
const PARTITIONS = 2;
const encoder = new PixelEncoder();
const VECTORS_TOPIC = imageVectorsTopic(encoder.info.fingerprint);

const id = fc.constantFrom(...IDS);
const picture = fc.constantFrom(...PICTURES, DAMAGED);
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constantFrom('add' as const, 'update' as const), id, picture }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('delete' as const), id }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('fail' as const, 'lose' as const), call: fc.constantFrom(...CALLS()) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('crash' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('drain' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function CALLS() {
  return ['append', 'apply', 'commit'] as const;
}
type Call = ReturnType<typeof CALLS>[number];

/** Faults to come: `fail` rejects before the effect, `lose` after it, so that the caller never hears of it. */
class Faults {
  readonly #due: { call: Call; kind: 'fail' | 'lose' }[] = [];

  plan(call: Call, kind: 'fail' | 'lose'): void {
    this.#due.push({ call, kind });
  }

  async around<T>(call: Call, effect: () => Promise<T>): Promise<T> {
    const at = this.#due.findIndex((it) => it.call === call);
    const [fault] = at === -1 ? [] : this.#due.splice(at, 1);
    if (fault?.kind === 'fail') throw new Error(`${call} fails`);
    const result = await effect();
    if (fault?.kind === 'lose') throw new Error(`the answer of ${call} is lost`);
    return result;
  }
}

function faultyLog(log: EventLog, faults: Faults): EventLog {
  return {
    ensureTopic: (...args) => log.ensureTopic(...args),
    append: (...args) => faults.around('append', () => log.append(...args)),
    read: (...args) => log.read(...args),
    watermarks: (...args) => log.watermarks(...args),
    committed: (...args) => log.committed(...args),
    close: () => log.close(),
    async subscribe(options) {
      const subscription = await log.subscribe(options);
      return {
        next: () => subscription.next(),
        commit: (next) => faults.around('commit', () => subscription.commit(next)),
        close: () => subscription.close(),
      };
    },
  };
}

/** One run of the two stages over storage that outlives them, as a process over its disks. */
class Stages {
  readonly #consumers: BatchConsumer[] = [];

  async start(log: EventLog, index: VectorIndex, blobs: MemoryBlobStore): Promise<void> {
    const generation = await ensureGeneration(index, { encoder: encoder.info, attributes: {} });
    const embedder = new PictureEmbedder({
      blobs,
      preparePicture: preparePlainPicture,
      encoder,
      cacheBytes: 1_000_000,
      maxPictureBytes: 1000,
    });
    const options = {
      log,
      limits: { maxRecords: 3, maxBytes: 1_000_000, maxWaitMs: 0 },
      batchesAhead: 3,
      retryDelayMs: { first: 0, max: 1 },
    };
    const { fingerprint } = encoder.info;
    this.#consumers.push(
      new BatchConsumer({
        ...options,
        topic: IMAGE_EVENTS_TOPIC,
        group: embedGroup(fingerprint),
        handler: createEmbedStage(log, embedder),
      }),
      new BatchConsumer({
        ...options,
        topic: VECTORS_TOPIC,
        group: indexGroup(generation.name),
        handler: createIndexStage(log, index, generation),
      }),
    );
    await Promise.all(this.#consumers.map((consumer) => consumer.start()));
  }

  async crash(): Promise<void> {
    await Promise.all(this.#consumers.splice(0).map((consumer) => consumer.stop(0)));
  }
}

class World {
  readonly storage = new MemoryLogStorage();
  readonly index = new MemoryVectorIndex();
  readonly blobs = new MemoryBlobStore();
  readonly faults = new Faults();
  log: EventLog = new MemoryEventLog(this.storage);
  #stages = new Stages();

  async open(): Promise<void> {
    for (const bytes of [...PICTURES, DAMAGED]) await this.blobs.put(bytes, { maxBytes: 1000 });
    await this.log.ensureTopic(IMAGE_EVENTS_TOPIC, { partitions: PARTITIONS, retention: 'forever' });
    await this.log.ensureTopic(VECTORS_TOPIC, { partitions: PARTITIONS, retention: 'compact' });
    await this.log.ensureTopic(DEAD_LETTERS_TOPIC, { partitions: PARTITIONS, retention: 'forever' });
    await this.#start();
  }

  async run(todo: Step): Promise<void> {
    switch (todo.do) {
      case 'add':
        await this.log.append(IMAGE_EVENTS_TOPIC, [addedEvent(todo.id, stateOf(todo.picture, { n: 1 }))]);
        return;
      case 'update':
        await this.log.append(IMAGE_EVENTS_TOPIC, [updatedEvent(todo.id, stateOf(todo.picture, { n: 2 }))]);
        return;
      case 'delete':
        await this.log.append(IMAGE_EVENTS_TOPIC, [deletedEvent(todo.id)]);
        return;
      case 'fail':
      case 'lose':
        this.faults.plan(todo.call, todo.do);
        return;
      case 'crash':
        await this.#stages.crash();
        await this.log.close();
        this.log = new MemoryEventLog(this.storage);
        await this.#start();
        return;
      case 'drain':
        await this.drain();
    }
  }

  async drain(): Promise<void> {
    const live = await this.index.live();
    await eventually(async () => {
      const embed = await stageProgress(this.log, IMAGE_EVENTS_TOPIC, embedGroup(encoder.info.fingerprint));
      const index = await stageProgress(this.log, VECTORS_TOPIC, indexGroup(live?.name ?? ''));
      expect([embed.lag, index.lag]).toEqual([0, 0]);
    });
  }

  async close(): Promise<void> {
    await this.#stages.crash();
    await this.log.close();
  }

  /** The fold, computed from the events alone. */
  async expected(): Promise<Map<string, unknown>> {
    const fold = new Map<string, unknown>();
    for (let partition = 0; partition < PARTITIONS; partition++) {
      for await (const record of this.log.read({ topic: IMAGE_EVENTS_TOPIC, partition, from: 0 })) {
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

  async indexed(): Promise<Map<string, unknown>> {
    const found = new Map<string, unknown>();
    for await (const records of this.index.scan())
      for (const record of records) found.set(record.imageId, essence(record));
    return found;
  }

  async #start(): Promise<void> {
    this.#stages = new Stages();
    await this.#stages.start(faultyLog(this.log, this.faults), faultyIndex(this.index, this.faults), this.blobs);
  }
}

function faultyIndex(index: VectorIndex, faults: Faults): VectorIndex {
  return new Proxy(index, {
    get(target, name) {
      if (name === 'apply') {
        return (...args: Parameters<VectorIndex['apply']>) => faults.around('apply', () => target.apply(...args));
      }
      const value = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function essence(record: StoredRecord): unknown {
  const { version, state } = record;
  return state === 'deleted' ? { version, state } : { version, state, image: record.image };
}

test('the index is the fold of the log after any schedule', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
      const world = new World();
      await world.open();
      try {
        for (const todo of steps) await world.run(todo);
        await world.drain();
        expect(await world.indexed()).toEqual(await world.expected());
      } finally {
        await world.close();
      }
    }),
    { numRuns: 200 },
  );
}, 120_000);
