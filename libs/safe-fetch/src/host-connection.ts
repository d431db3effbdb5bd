import type { Socket } from 'node:net';
import { Client, type Dispatcher } from 'undici';
import type { Connect } from './checked-connector.js';

/** Servers may ask for more; by then the address behind a name may have moved. */
const KEPT_IDLE_MAX_MS = 60_000;

/** One HTTP/1.1 connection to one origin, for one request at a time. It connects again when the server has closed it. */
export class HostConnection {
  readonly #client: Client;
  #socket: Socket | undefined;

  constructor(
    /** Scheme, host and port. */
    readonly origin: string,
    connect: Connect,
    maxHeaderBytes: number,
  ) {
    this.#client = new Client(origin, {
      connect: (options, callback) => {
        this.#socket = connect(options, callback);
      },
      maxHeaderSize: maxHeaderBytes,
      keepAliveMaxTimeout: KEPT_IDLE_MAX_MS,
      // Whoever asks watches the time.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  get(path: string, headers: Readonly<Record<string, string>>): Promise<Dispatcher.ResponseData> {
    return this.#client.request({ method: 'GET', path, headers });
  }

  /** At once, in whatever state it is; a request that is under way fails with the error. */
  destroy(error: Error = new Error('The connection is no longer used.')): void {
    void this.#client.destroy(error);
    // The client knows a socket only once it is connected.
    this.#socket?.destroy(error);
  }
}
