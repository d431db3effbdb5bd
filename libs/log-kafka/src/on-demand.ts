interface Client {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
}

/** A client that is connected when it is first needed, and anew after a failure. */
export class OnDemand<T extends Client> {
  #client: Promise<T> | null = null;

  constructor(private readonly create: () => T) {}

  get(): Promise<T> {
    this.#client ??= this.#connect().catch((error) => {
      this.#client = null;
      throw error;
    });
    return this.#client;
  }

  /** Disconnects; whoever asks afterwards gets another. */
  async drop(): Promise<void> {
    const client = await this.#client?.catch(() => null);
    this.#client = null;
    await client?.disconnect().catch(() => undefined);
  }

  async #connect(): Promise<T> {
    const client = this.create();
    await client.connect();
    return client;
  }
}
