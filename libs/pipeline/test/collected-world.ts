import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  type BlobStore,
  DEAD_LETTER_ACTIONS_TOPIC,
  DEAD_LETTERS_TOPIC,
  type EventLog,
  IMAGE_EVENTS_TOPIC,
  type NewRecord,
} from '#core';
import { type CollectBlobsOptions, collectBlobs } from '#pipeline';
import { addedEvent, deletedEvent, MemoryEventLog, plainPicture, sha256Of, stateOf } from '#testkit';
import { SteppedStore, type StoredBlobs, WITHDRAWAL_MS, type WithdrawalKind } from './stepped-store.js';
import { SteppedTask } from './stepped-task.js';

export const DELAY_MS = 100;
const PICTURES = ['cat', 'dog'].map(plainPicture);
const IMAGES = ['a', 'b', 'c'];
/** More passes than anything takes to be withdrawn and deleted. */
const LAST_PASSES = 4;

export type Step =
  | { readonly kind: 'publish' | 'refer'; readonly image: number; readonly picture: number; readonly isWhole: boolean }
  | { readonly kind: 'delete'; readonly image: number }
  | { readonly kind: 'collect'; readonly isWhole: boolean }
  | { readonly kind: 'advance'; readonly task: number; readonly steps: number }
  | { readonly kind: 'finish' | 'kill'; readonly task: number }
  | { readonly kind: 'pass'; readonly ms: number };

/** What a pass and its neighbours are made of, to be replaced by something that is wrong. */
export interface Product {
  readonly collect: (options: CollectBlobsOptions, step: () => Promise<void>) => Promise<unknown>;
  readonly Store: typeof SteppedStore;
  /** Of what an event is about to refer to. */
  readonly renew: (store: BlobStore, sha256: string) => Promise<unknown>;
}

export const PRODUCT: Product = {
  collect: collectBlobs,
  Store: SteppedStore,
  renew: (store, sha256) => store.renew(sha256),
};

const image = fc.nat(IMAGES.length - 1);
const picture = fc.nat(PICTURES.length - 1);
const task = fc.nat(5);
/** Up to its end, before anything else happens. */
const isWhole = fc.boolean();
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('publish' as const, 'refer' as const), image, picture, isWhole }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('delete' as const), image }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('collect' as const), isWhole }) },
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('advance' as const), task, steps: fc.integer({ min: 1, max: 7 }) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('finish' as const), task }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('kill' as const), task }) },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(1, 29, 99, 101, 131, 260) }),
  },
);
export const schedules = fc.tuple(
  fc.constantFrom<WithdrawalKind>('rename', 'copy-and-delete'),
  fc.array(step, { minLength: 1, maxLength: 45, size: 'max' }),
);

interface Publisher {
  readonly task: SteppedTask;
  readonly store: SteppedStore;
}

/** Publishers and collectors of one log and one store, each of which goes on when the schedule says so. */
export class CollectedWorld {
  readonly #log = new MemoryEventLog();
  readonly #kept: StoredBlobs = { nowMs: 1_000, blobs: new Map(), withdrawn: new Map(), withdrawals: 0 };
  /** By image; `null` once it is deleted. */
  readonly #last = new Map<string, string | null>();
  readonly #publishers: Publisher[] = [];
  readonly #collectors: SteppedTask[] = [];

  private constructor(
    private readonly product: Product,
    private readonly kind: WithdrawalKind,
    private readonly tempFolder: string,
  ) {}

  /** @throws as soon as the picture of an image cannot be read; when something is left in the end that nobody needs. */
  static async run(product: Product, kind: WithdrawalKind, steps: readonly Step[]): Promise<void> {
    const world = new CollectedWorld(product, kind, await mkdtemp(join(tmpdir(), 'lookalike-collected-')));
    try {
      for (const topic of [IMAGE_EVENTS_TOPIC, DEAD_LETTERS_TOPIC, DEAD_LETTER_ACTIONS_TOPIC]) {
        await world.#log.ensureTopic(topic, { partitions: 1, retention: 'forever' });
      }
      for (const it of steps) {
        await world.#take(it);
        world.#requirePictures();
      }
      await world.#settle();
    } finally {
      for (const it of [...world.#publishers.map(({ task }) => task), ...world.#collectors]) await it.kill();
      await world.#log.close();
      await rm(world.tempFolder, { recursive: true });
    }
  }

  async #take(it: Step): Promise<void> {
    switch (it.kind) {
      case 'publish':
        return this.#publish(it, (store, bytes) => store.put(bytes));
      case 'refer':
        return this.#publish(it, (store, bytes) => this.product.renew(store, sha256Of(bytes)));
      case 'delete':
        return this.#append(IMAGES[it.image] as string, null);
      case 'collect':
        return this.#collect(it.isWhole);
      case 'pass':
        return this.#pass(it.ms);
      case 'advance':
        for (let at = 0; at < it.steps; at += 1) await this.#active(it.task)?.advance();
        return;
      default:
        await this.#active(it.task)?.[it.kind]();
    }
  }

  #active(task: number): SteppedTask | undefined {
    const active = [...this.#publishers.map((it) => it.task), ...this.#collectors].filter((it) => !it.isOver);
    return active[task % Math.max(1, active.length)];
  }

  async #publish(
    { image, picture, isWhole }: { readonly image: number; readonly picture: number; readonly isWhole: boolean },
    put: (store: SteppedStore, bytes: Buffer) => Promise<unknown>,
  ): Promise<void> {
    const bytes = PICTURES[picture] as Buffer;
    let store: SteppedStore | undefined;
    const task = await SteppedTask.begin(async (step) => {
      store = new this.product.Store(this.#kept, this.kind, step);
      // Nobody publishes what is not there.
      if ((await put(store, bytes)) === null) return;
      await step();
      await this.#append(IMAGES[image] as string, bytes);
    });
    if (store !== undefined) this.#publishers.push({ task, store });
    if (isWhole) await task.finish();
  }

  async #append(imageId: string, bytes: Buffer | null): Promise<void> {
    const event: NewRecord = bytes === null ? deletedEvent(imageId) : addedEvent(imageId, stateOf(bytes));
    await this.#log.append(IMAGE_EVENTS_TOPIC, [event]);
    this.#last.set(imageId, bytes === null ? null : sha256Of(bytes));
  }

  async #collect(isWhole: boolean): Promise<void> {
    const { tempFolder } = this;
    const task = await SteppedTask.begin(async (step) => {
      const blobs = new this.product.Store(this.#kept, this.kind, step);
      const log = steppedLog(this.#log, step);
      await this.product.collect({ log, blobs, delayMs: DELAY_MS, tempFolder, buckets: 2 }, step);
    });
    this.#collectors.push(task);
    if (isWhole) await task.finish();
  }

  /** Who has put something appends what it is for within the delay. */
  async #pass(ms: number): Promise<void> {
    for (const { task, store } of this.#publishers) {
      if (store.putAtMs !== null && this.#kept.nowMs + ms >= store.putAtMs + DELAY_MS) await task.finish();
    }
    this.#kept.nowMs += ms;
  }

  #requirePictures(): void {
    for (const [imageId, sha256] of this.#last) {
      if (sha256 === null) continue;
      const isThere = this.#kept.blobs.has(sha256) || (this.#kept.withdrawn.get(sha256)?.size ?? 0) > 0;
      if (!isThere) throw new Error(`The picture of ${imageId} is lost.`);
    }
  }

  async #settle(): Promise<void> {
    for (const { task } of this.#publishers) await task.finish();
    for (const task of this.#collectors) await task.finish();
    this.#requirePictures();
    for (let pass = 0; pass < LAST_PASSES; pass += 1) {
      await this.#pass(DELAY_MS + WITHDRAWAL_MS + 1);
      await this.#collect(true);
      this.#requirePictures();
    }
    const needed = new Set([...this.#last.values()].filter((it) => it !== null));
    const left = [...this.#kept.blobs.keys()].filter((it) => !needed.has(it));
    const aside = [...this.#kept.withdrawn].filter(([, copies]) => copies.size > 0);
    if (left.length + aside.length > 0) throw new Error(`${left.length} and ${aside.length} blobs are left.`);
  }
}

/** Stops before it says where the events end. */
function steppedLog(log: EventLog, step: () => Promise<void>): EventLog {
  return new Proxy(log, {
    get(target, name) {
      if (name !== 'watermarks') {
        const member: unknown = Reflect.get(target, name);
        return typeof member === 'function' ? member.bind(target) : member;
      }
      return async (topic: string) => {
        if (topic === IMAGE_EVENTS_TOPIC) await step();
        return target.watermarks(topic);
      };
    },
  });
}
