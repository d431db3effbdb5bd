import {
  type EventLog,
  type LogRecord,
  LookalikeError,
  type NextOffsets,
  type SubscribeOptions,
  type Subscription,
  unlessUnknown,
  type VectorIndex,
} from '#core';
import { bound, replacing } from './replacing.js';

/** How long the next message is on its way, in milliseconds; 0 for at once. */
export type Latency = () => number;

/** A zombie notices this much after it woke up that it was given up; until then it goes on as if nothing had been. */
const NOTICED_AFTER_MS = 20;
/** Members that do not let go are moved without them. */
const LET_GO_LIMIT_MS = 1_000;

/**
 * What connects a process with everything outside of it. A call takes a while on its way there and on its way back. Once the process has
 * died nothing comes back and nothing goes out; while it is stalled both wait.
 */
export class Wire {
  /** Resolves when the process has died. */
  readonly died: Promise<void>;
  #isDead = false;
  #onDeath: () => void = () => {};
  #stalled: Promise<void> | null = null;
  readonly #members = new Set<WiredSubscription>();

  constructor(private readonly latency: Latency) {
    this.died = new Promise((resolve) => {
      this.#onDeath = resolve;
    });
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** The port as the process sees it. Nothing of it is closed by a process: others use it too. */
  port<Port extends object>(port: Port, stream: 'read' | 'scan' | null = null): Port {
    return bound(port, (name, method) => {
      const call = method as (...args: unknown[]) => unknown;
      if (name === 'close') return async () => {};
      if (name === stream) return (...args: unknown[]) => this.#stream(() => call(...args) as AsyncIterable<unknown>);
      return (...args: unknown[]) => this.call(() => call(...args) as Promise<unknown>);
    });
  }

  log(log: EventLog): EventLog {
    return replacing(this.port(log, 'read'), {
      subscribe: (options) => this.call(() => this.#subscribe(log, options)),
    });
  }

  index(index: VectorIndex): VectorIndex {
    return this.port(index, 'scan');
  }

  async call<T>(effect: () => Promise<T>): Promise<T> {
    await this.passes();
    try {
      return await effect();
    } finally {
      await this.passes();
    }
  }

  /** One way of a message. Never resolves for a process that has died. */
  async passes(): Promise<void> {
    const ms = this.latency();
    if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
    while (this.#stalled !== null) await this.#stalled;
    if (this.#isDead) await new Promise(() => {});
  }

  /** The process is gone from one moment to the next, and its groups notice. */
  die(): void {
    this.#isDead = true;
    this.#onDeath();
    for (const member of this.#members) void member.leave();
    this.#members.clear();
  }

  /**
   * Nothing gets through for a while, and its partitions move on. What was on its way goes on afterwards: an effect may
   * land long after another owner has repeated it. @param isTold whether it lets go of them before, or hears of it late.
   */
  stall(ms: number, isTold: boolean): void {
    if (this.#stalled !== null || this.#isDead) return;
    const members = [...this.#members];
    if (isTold) for (const member of members) void member.letGo();
    for (const member of members) void member.leave();
    this.#stalled = new Promise((resolve) => {
      setTimeout(() => {
        this.#stalled = null;
        resolve();
        for (const member of members) void this.#comeBack(member, isTold);
      }, ms);
    });
  }

  /** Neither who has died nor who is slow holds up the other members for ever. */
  async letsGo(letGo: Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LET_GO_LIMIT_MS);
    });
    await Promise.race([letGo, limit, this.died]);
    clearTimeout(timer);
  }

  async #comeBack(member: WiredSubscription, isTold: boolean): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, NOTICED_AFTER_MS));
    if (!isTold) await this.letsGo(member.letGo());
    // Who is stalled again comes back after that.
    if (!this.#isDead && this.#stalled === null) await unlessUnknown(member.join());
  }

  async #subscribe(log: EventLog, options: SubscribeOptions): Promise<Subscription> {
    const member = new WiredSubscription(this, log, options, () => this.#members.delete(member));
    await member.join();
    if (this.#isDead) await member.leave();
    else this.#members.add(member);
    return member;
  }

  async *#stream<T>(open: () => AsyncIterable<T>): AsyncIterable<T> {
    await this.passes();
    for await (const item of open()) {
      if (this.#isDead || this.#stalled !== null) await this.passes();
      yield item;
    }
  }
}

/** A member of a group that may be given up by the group and come back without its process doing anything. */
class WiredSubscription implements Subscription {
  #inner: Subscription | null = null;
  #joined: () => void = () => {};
  #joining: Promise<void> = Promise.resolve();
  #underWay: Promise<void> | null = null;
  #isClosed = false;

  constructor(
    private readonly wire: Wire,
    private readonly log: EventLog,
    private readonly options: SubscribeOptions,
    private readonly onClosed: () => void,
  ) {}

  /** Two stalls may end at once: a second member that nobody reads would own partitions for ever. */
  join(): Promise<void> {
    this.#underWay ??= this.#joinOnce().finally(() => {
      this.#underWay = null;
    });
    return this.#underWay;
  }

  async #joinOnce(): Promise<void> {
    if (this.#inner !== null) return;
    const { onRevoked } = this.options;
    const inner = await this.log.subscribe({
      ...this.options,
      ...(onRevoked && { onRevoked: (lost) => this.wire.letsGo(onRevoked(lost)) }),
    });
    if (this.#isClosed || this.wire.isDead) return inner.close();
    this.#inner = inner;
    this.#joined();
  }

  async leave(): Promise<void> {
    const inner = this.#inner;
    if (inner === null) return;
    this.#inner = null;
    this.#joining = new Promise((resolve) => {
      this.#joined = resolve;
    });
    await inner.close();
  }

  /** All partitions, whichever of them were its own. */
  async letGo(): Promise<void> {
    const marks = await unlessUnknown(this.log.watermarks(this.options.topic));
    await this.options.onRevoked?.((marks ?? []).map(({ partition }) => partition));
  }

  async next(): Promise<readonly LogRecord[] | null> {
    for (;;) {
      await this.wire.passes();
      if (this.#isClosed) return null;
      const inner = this.#inner;
      if (inner === null) {
        await this.#joining;
        continue;
      }
      const records = await inner.next();
      await this.wire.passes();
      // What was on its way when the partitions moved is void.
      if (inner === this.#inner || this.#isClosed) return records;
    }
  }

  async commit(next: NextOffsets): Promise<void> {
    await this.wire.call(async () => {
      if (this.#inner === null) throw new LookalikeError('partition-lost', 'The member was given up.');
      await this.#inner.commit(next);
    });
  }

  async close(): Promise<void> {
    await this.wire.passes();
    this.#isClosed = true;
    this.#joined();
    this.onClosed();
    await this.leave();
  }
}
