import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RelayedRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** Parsed; `null` without one. */
  readonly body: unknown;
  readonly sizeBytes: number;
}

/**
 * What happens to a request: it is passed on; answered here; never answered; the connection is cut before it is passed
 * on, or after, when the server has done it and nobody hears of it.
 */
export type RelayFault = 'pass' | { readonly status: number; readonly body?: string } | 'hang' | 'cut' | 'cut-answer';

/** An HTTP server on loopback in front of another one, which remembers every request and breaks those it is told to. */
export class HttpRelay {
  readonly requests: RelayedRequest[] = [];
  fault: (request: RelayedRequest) => RelayFault = () => 'pass';

  private constructor(
    private readonly server: Server,
    private readonly target: string,
    readonly url: string,
  ) {}

  static async start(target: string): Promise<HttpRelay> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const relay = new HttpRelay(server, target, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (request, response) => {
      // A client that went away is no error of the relay.
      relay.#serve(request, response).catch(() => response.destroy());
    });
    return relay;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    const { method = 'GET', url: path = '/' } = incoming;
    const body = bytes.length === 0 ? null : JSON.parse(bytes.toString());
    const request = { method, path, body, sizeBytes: bytes.length };
    this.requests.push(request);
    const fault = this.fault(request);
    if (fault === 'hang') return;
    if (fault === 'cut') {
      response.destroy();
    } else if (typeof fault === 'object') {
      response.writeHead(fault.status, { 'content-type': 'application/json' }).end(fault.body ?? '{}');
    } else {
      await this.#pass(request, bytes, response, fault === 'cut-answer');
    }
  }

  async #pass(request: RelayedRequest, bytes: Buffer, response: ServerResponse, cut: boolean): Promise<void> {
    const sent = bytes.length === 0 ? {} : { body: bytes, headers: { 'content-type': 'application/json' } };
    const answer = await fetch(this.target + request.path, { method: request.method, ...sent });
    const text = await answer.text();
    if (cut) response.destroy();
    else response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
  }
}
