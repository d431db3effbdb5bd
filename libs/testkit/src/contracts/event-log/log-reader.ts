import type { EventLog, LogRecord, NextOffsets, SubscribeOptions, Subscription } from '#core';
import { waitUntil } from '../../eventually.js';

/** A member of a group that reads on in the background and remembers what it was given. Commits only when told to. */
export class LogReader {
  readonly records: LogRecord[] = [];
  readonly revoked: number[] = [];
  private reading: Promise<void> = Promise.resolve();

  private constructor(readonly subscription: Subscription) {}

  /** @param untilLetGo how long it holds on to what it is asked back; default: not at all. */
  static async start(
    log: EventLog,
    options: Omit<SubscribeOptions, 'onRevoked'>,
    untilLetGo: () => Promise<void> = async () => {},
  ): Promise<LogReader> {
    let reader: LogReader | undefined;
    const onRevoked = async (partitions: readonly number[]) => {
      reader?.revoked.push(...partitions);
      await untilLetGo();
    };
    reader = new LogReader(await log.subscribe({ ...options, onRevoked }));
    reader.reading = reader.readOn();
    return reader;
  }

  async until(count: number): Promise<void> {
    await waitUntil(`${count} records`, () => this.records.length >= count);
  }

  /** What a member that has done everything it was given commits. */
  nextOffsets(): NextOffsets {
    const next = new Map<number, number>();
    for (const { partition, offset } of this.records) next.set(partition, offset + 1);
    return next;
  }

  commitAll(): Promise<void> {
    return this.subscription.commit(this.nextOffsets());
  }

  async stop(): Promise<void> {
    await this.subscription.close();
    await this.reading;
  }

  private async readOn(): Promise<void> {
    for (let batch = await this.subscription.next(); batch !== null; batch = await this.subscription.next()) {
      this.records.push(...batch);
    }
  }
}
