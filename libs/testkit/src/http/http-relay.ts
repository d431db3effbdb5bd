import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestOf,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RelayedRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Parsed, of JSON; else `null`. */
  readonly body: unknown;
  readonly sizeBytes: number;
}

/**
 * What happens to a request: it is passed on; answered here; never answered; the connection is cut before it is passed
 * on, or after, when the server has done it and nobody hears of it; or the body of the answer comes changed, or so many
 * bytes of it and then a cut, or nothing more.
 */
export type RelayFault =
  | 'pass'
  | 'hang'
  | 'cut'
  | 'cut-answer'
  | { readonly status: number; readonly body?: string }
  | { readonly changed: (body: Buffer) => Buffer }
  | { readonly cutAfterBytes: number }
  | { readonly stallAfterBytes: number };

/** An HTTP server on loopback in front of another one, which remembers every request and breaks those it is told to. */
export class HttpRelay {
  readonly requests: RelayedRequest[] = [];
  fault: (request: RelayedRequest) => RelayFault = () => 'pass';
  /** A request whose body is longer is cut off in the middle of it. */
  cutRequestsAfterBytes = Number.POSITIVE_INFINITY;
  /** Connections that clients have made, and how many were open at a time. */
  acceptedConnections = 0;
  mostConnections = 0;

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
    let open = 0;
    server.on('connection', (socket) => {
      relay.acceptedConnections += 1;
      open += 1;
      relay.mostConnections = Math.max(relay.mostConnections, open);
      socket.once('close', () => {
        open -= 1;
      });
    });
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
    const { method = 'GET', url: path = '/', headers } = incoming;
    const bytes = await this.#received(incoming);
    const isJson = headers['content-type']?.includes('json') && bytes.length > 0;
    const body = isJson ? JSON.parse(bytes.toString()) : null;
    const request = { method, path, headers, body, sizeBytes: bytes.length };
    this.requests.push(request);
    const fault = this.fault(request);
    if (fault === 'hang') return;
    if (fault === 'cut') {
      response.destroy();
    } else if (typeof fault === 'object' && 'status' in fault) {
      response.writeHead(fault.status, { 'content-type': 'application/json' }).end(fault.body ?? '{}');
    } else {
      await this.#pass(request, bytes, response, fault);
    }
  }

  async #received(incoming: IncomingMessage): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    for await (const chunk of incoming) {
      chunks.push(chunk as Buffer);
      sizeBytes += (chunk as Buffer).length;
      if (sizeBytes > this.cutRequestsAfterBytes) throw new Error('cut');
    }
    return Buffer.concat(chunks);
  }

  async #pass(request: RelayedRequest, bytes: Buffer, response: ServerResponse, fault: PassedFault): Promise<void> {
    const answer = await send(this.target, request, bytes);
    const body = Buffer.concat(await answer.toArray());
    if (fault === 'cut-answer') {
      response.destroy();
      return;
    }
    const { connection: _, 'transfer-encoding': __, ...headers } = answer.headers;
    const sent = typeof fault === 'object' && 'changed' in fault ? fault.changed(body) : body;
    const length = request.method === 'HEAD' ? headers['content-length'] : sent.length;
    response.writeHead(answer.statusCode ?? 500, {
      ...headers,
      ...(length !== undefined && { 'content-length': length }),
    });
    if (fault === 'pass' || 'changed' in fault) response.end(sent);
    else if ('stallAfterBytes' in fault) response.write(sent.subarray(0, fault.stallAfterBytes));
    else response.write(sent.subarray(0, fault.cutAfterBytes), () => response.destroy());
  }
}

type PassedFault = Exclude<RelayFault, 'hang' | 'cut' | { readonly status: number }>;

async function send(target: string, { method, path, headers }: RelayedRequest, body: Buffer): Promise<IncomingMessage> {
  const { connection: _, 'transfer-encoding': __, ...passed } = headers;
  const length = body.length > 0 || 'content-length' in headers ? { 'content-length': body.length } : {};
  // On a connection of its own: one that is kept may be closed while it is taken.
  const outgoing = requestOf(target + path, { method, headers: { ...passed, ...length }, agent: false });
  outgoing.end(body);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  return answer;
}
