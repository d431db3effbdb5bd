import { once } from 'node:events';
import { createConnection, createServer, type Server, type Socket } from 'node:net';

interface Line {
  readonly client: Socket;
  readonly broker: Socket;
}

/** Stands between a client and a broker, and can hold up what the client's present connections send. */
export class KafkaRelay {
  readonly #lines = new Set<Line>();
  readonly #held = new Map<Line, Buffer[]>();

  private constructor(
    private readonly server: Server,
    private readonly to: number,
  ) {
    server.on('connection', (client) => this.#connect(client));
  }

  static async start({ at, to }: { readonly at: number; readonly to: number }): Promise<KafkaRelay> {
    // A test that fails before it closes must still end.
    const server = createServer().unref();
    const relay = new KafkaRelay(server, to);
    server.listen(at, '127.0.0.1');
    await once(server, 'listening');
    return relay;
  }

  /** What is sent from now on over the connections of now waits for `release`. New connections are free. */
  hold(): void {
    for (const line of this.#lines) this.#held.set(line, []);
  }

  /** Lets everything through that was held, also of a client that is gone. @returns how many bytes. */
  release(): number {
    let sizeBytes = 0;
    for (const [{ broker }, chunks] of this.#held) {
      for (const chunk of chunks) {
        sizeBytes += chunk.length;
        broker.write(chunk);
      }
    }
    this.#held.clear();
    return sizeBytes;
  }

  async close(): Promise<void> {
    for (const { client, broker } of this.#lines) {
      client.destroy();
      broker.destroy();
    }
    this.server.close();
    await once(this.server, 'close');
  }

  #connect(client: Socket): void {
    const line: Line = { client, broker: createConnection({ host: '127.0.0.1', port: this.to }) };
    this.#lines.add(line);
    client.unref();
    line.broker.unref();
    client.on('data', (chunk) => {
      const held = this.#held.get(line);
      if (held === undefined) line.broker.write(chunk);
      else held.push(chunk);
    });
    line.broker.on('data', (chunk) => client.write(chunk));
    client.on('error', () => client.destroy());
    line.broker.on('error', () => line.broker.destroy());
    line.broker.on('close', () => client.destroy());
    client.on('close', () => {
      // What is held may still be let through.
      if (!this.#held.has(line)) line.broker.end();
    });
  }
}
