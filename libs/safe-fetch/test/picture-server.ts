import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createPictureFetcher, type PictureFetcher, type PictureFetcherOptions } from '#safe-fetch';

/** A server on loopback that counts who comes. */
export class PictureServer {
  connections = 0;
  /** What was asked for, in order. */
  readonly paths: string[] = [];
  readonly headers: NodeJS.Dict<string | string[]>[] = [];
  readonly #sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly port: number,
    readonly url: string,
  ) {}

  /** Speaks HTTP. */
  static http(answer: RequestListener, host = '127.0.0.1', port = 0): Promise<PictureServer> {
    const server = createServer((request, response) => {
      started.paths.push(request.url ?? '');
      started.headers.push(request.headers);
      // A fetch that is broken off on purpose.
      response.on('error', () => {});
      answer(request, response);
    });
    let started: PictureServer;
    return PictureServer.#listen(server, host, port).then((it) => {
      started = it;
      return it;
    });
  }

  /** Answers each connection's first bytes with whatever `answer` writes. */
  static tcp(answer: (socket: Socket) => void): Promise<PictureServer> {
    const server = createTcpServer((socket) => socket.once('data', () => answer(socket)));
    return PictureServer.#listen(server, '127.0.0.1', 0);
  }

  static async #listen(server: Server, host: string, port: number): Promise<PictureServer> {
    server.listen(port, host);
    await once(server, 'listening');
    const found = (server.address() as AddressInfo).port;
    const it = new PictureServer(server, found, `http://${host}:${found}`);
    server.on('connection', (socket: Socket) => {
      it.connections += 1;
      it.#sockets.add(socket);
      socket.on('error', () => {}).once('close', () => it.#sockets.delete(socket));
    });
    return it;
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  async stop(): Promise<void> {
    if (!this.server.listening) return;
    for (const socket of this.#sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** Servers and fetchers of one test, which are stopped after it. */
export function fetchWorld() {
  const servers: PictureServer[] = [];
  const fetchers: PictureFetcher[] = [];
  const started = async (starting: Promise<PictureServer>) => {
    const server = await starting;
    servers.push(server);
    return server;
  };
  afterEach(async () => {
    await Promise.all(fetchers.splice(0).map((it) => it.close()));
    await Promise.all(servers.splice(0).map((it) => it.stop()));
  });
  return {
    http: (answer: RequestListener, host?: string, port?: number) => started(PictureServer.http(answer, host, port)),
    tcp: (answer: (socket: Socket) => void) => started(PictureServer.tcp(answer)),
    /** May fetch from 127.0.0.1 and the ports of all servers that were started. */
    fetcher: (options: PictureFetcherOptions = {}) => {
      const httpPorts = [80, ...servers.map(({ port }) => port)];
      const fetcher = createPictureFetcher({ httpPorts, allowedNetworks: ['127.0.0.1'], ...options });
      fetchers.push(fetcher);
      return fetcher;
    },
  };
}

export const PICTURE = Buffer.from('a picture of a boat');
export const MAX = { maxBytes: 1_000_000 };

export const givePicture: RequestListener = (_, response) => {
  response.writeHead(200, { 'content-type': 'image/jpeg', 'content-length': PICTURE.length }).end(PICTURE);
};

export function redirect(location: string, status = 302): RequestListener {
  return (_, response) => response.writeHead(status, { location }).end('elsewhere');
}
