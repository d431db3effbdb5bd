import { endedWithin, LookalikeError } from '#core';

interface Client {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
}

/** A broker that does not answer must not hold up a stop for longer. */
export const STOP_LIMIT_MS = 5_000;

/** A client that is connected when it is first needed, and anew after a failure. */
export class OnDemand<T extends Client> {
  #client: Promise<T> | null = null;
  #isClosed = false;

  constructor(private readonly create: () => T) {}

  /** @throws `log-closed`, and what connecting throws. */
  async get(): Promise<T> {
    if (this.#isClosed) throw new LookalikeError('log-closed', 'The log is closed.');
    this.#client ??= connected(this.create()).catch((error) => {
      this.#client = null;
      throw error;
    });
    return this.#client;
  }

  /** Disconnects, and connects no more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const closed = this.#client?.then((client) => client.disconnect());
    if (closed !== undefined) await endedWithin(closed, STOP_LIMIT_MS);
  }
}

/** The client when it is connected. One that does not connect is let go of. @throws what connecting throws. */
export async function connected<T extends Client>(client: T): Promise<T> {
  try {
    await client.connect();
    return client;
  } catch (error) {
    void endedWithin(client.disconnect(), STOP_LIMIT_MS);
    throw error;
  }
}
