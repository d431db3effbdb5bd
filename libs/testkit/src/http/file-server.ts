import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { waitUntil } from '../eventually.js';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** An HTTP server on loopback that gives each request the next answer, and the last answer from then on. */
export class FileServer {
  /** The `Range` and `If-Range` of each request, or `whole`. */
  readonly asked: string[] = [];
  readonly requests: IncomingMessage[] = [];

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(...answers: readonly [Answer, ...Answer[]]): Promise<FileServer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const it = new FileServer(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (request, response) => {
      const { range, 'if-range': ifRange } = request.headers;
      it.asked.push([range ?? 'whole', ...(ifRange ? [String(ifRange)] : [])].join(' '));
      it.requests.push(request);
      const answer = answers[Math.min(it.requests.length, answers.length) - 1] as Answer;
      answer(request, response);
    });
    return it;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

export interface Cut {
  /** Of the answer's body. */
  readonly afterBytes: number;
  /** What the client has of the file; the cut waits for it, since a reset may discard what has not been read. */
  readonly receivedBytes: () => number;
}

export interface FileAnswer {
  readonly etag?: string;
  /** Breaks the connection in the middle of the body. */
  readonly cut?: Cut;
  /** Sends so many bytes of the body and then nothing. */
  readonly stallAfter?: number;
  readonly ignoresRange?: boolean;
}

/** A file server's answer: ranges, `If-Range`, 416; and what can go wrong. */
export function file(bytes: Buffer, options: FileAnswer = {}): Answer {
  return (request, response) => {
    const { etag } = options;
    const ifRange = request.headers['if-range'];
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const isRange = start > 0 && !options.ignoresRange && (ifRange === undefined || ifRange === etag);
    const headers = { ...(etag ? { etag } : {}), 'accept-ranges': 'bytes' };
    if (isRange && start >= bytes.length) {
      response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
      return;
    }
    const body = isRange ? bytes.subarray(start) : bytes;
    const range = { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` };
    response.writeHead(isRange ? 206 : 200, { ...headers, 'content-length': body.length, ...(isRange ? range : {}) });
    sendBody(response, body, isRange ? start : 0, options);
  };
}

function sendBody(response: ServerResponse, body: Buffer, start: number, { cut, stallAfter }: FileAnswer): void {
  if (cut !== undefined) {
    const sent = body.subarray(0, cut.afterBytes);
    response.write(sent);
    const isReceived = () => response.destroyed || cut.receivedBytes() >= start + sent.length;
    void waitUntil('the client has what was sent', isReceived).finally(() => response.destroy());
  } else if (stallAfter !== undefined) {
    response.write(body.subarray(0, stallAfter));
  } else {
    response.end(body);
  }
}

export function status(code: number): Answer {
  return (_, response) => response.writeHead(code).end();
}

export function redirectTo(location: string): Answer {
  return (_, response) => response.writeHead(302, { location }).end();
}
