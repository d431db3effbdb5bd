import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { IMAGE_EVENTS_TOPIC, type ImageState } from '#core';
import {
  addedEvent,
  describeWithOwnKafka,
  describeWithQdrant,
  eventually,
  NameServer,
  sha256Of,
  stateOf,
} from '#testkit';
import { send } from '../ingest/requests.js';
import { samplePicture } from '../query/sample-pictures.js';
import { Cluster } from './cluster.js';

jest.setTimeout(180_000);

describeWithOwnKafka('pictures that platforms name by link', (kafka) => {
  describeWithQdrant('in events of their own', (qdrant) => {
    let cluster: Cluster;
    let pictures: Server;
    /** Listens where links may not lead. */
    let secrets: Server;
    let names: NameServer;
    let bytes: Buffer;
    /** Of another hash, so that it does not come from the cache. */
    let other: Buffer;
    let failures = 2;
    let sentEndlessly = 0;
    const asked: string[] = [];
    let secretConnections = 0;

    beforeAll(async () => {
      bytes = await samplePicture('nagasaki-boats');
      other = await samplePicture('black-canyon');
      pictures = createServer((request, response) => {
        const { url = '' } = request;
        asked.push(url);
        // A connection that is kept would not be looked up again.
        response.setHeader('Connection', 'close');
        const answer = answers[url] ?? (() => response.writeHead(503).end());
        answer(response);
      });
      secrets = createServer((_, response) => response.end(bytes));
      secrets.on('connection', () => {
        secretConnections += 1;
      });
      // The port that links may name, on an address where they may not lead.
      await listen(pictures, 0, '127.0.0.1');
      await listen(secrets, port(), '127.0.0.2');
      names = await NameServer.start(({ type, before }) => {
        if (type === 'AAAA') return null;
        return before === 0 ? [127, 0, 0, 1] : [127, 0, 0, 2];
      });
      cluster = new Cluster(kafka(), qdrant(), {
        LOOKALIKE_LINK_HTTP_PORTS: String(port()),
        LOOKALIKE_LINK_ALLOWED_NETWORKS: '127.0.0.1/32',
        LOOKALIKE_LINK_DNS_SERVERS: names.address,
        LOOKALIKE_LINK_TRIES: '4',
        LOOKALIKE_LINK_TRY_SECONDS: '20',
      });
      await cluster.startAll();
    });
    afterAll(async () => {
      await cluster?.remove();
      names?.stop();
      for (const server of [pictures, secrets]) {
        server?.close();
        server?.closeAllConnections();
      }
    });

    const port = () => (pictures.address() as AddressInfo).port;
    const secretLink = () => `http://127.0.0.2:${port()}/secret.jpg`;
    const answers: Readonly<Record<string, (response: ServerResponse) => unknown>> = {
      '/good.jpg': (response) => response.end(bytes),
      '/flaky.jpg': (response) => (failures-- > 0 ? response.writeHead(503).end() : response.end(other)),
      '/gone.jpg': (response) => response.writeHead(404).end(),
      '/to-file': (response) => response.writeHead(302, { Location: 'file:///etc/hostname' }).end(),
      '/to-secret': (response) => response.writeHead(302, { Location: secretLink() }).end(),
      '/endless.jpg': function sendMore(response) {
        sentEndlessly += bytes.length;
        if (!response.destroyed) response.write(bytes, () => sendMore(response));
      },
    };

    test('are fetched, failed with the reason, or given up; and nobody waits for the others', async () => {
      let different = 0;
      /** Of a hash that nobody has, unless it is to be found. */
      const at = (host: string, path: string, picture?: Buffer): ImageState => ({
        ...stateOf(picture ?? bytes),
        uri: `http://${host}:${port()}${path}`,
        ...(picture === undefined && { sha256: sha256Of(Buffer.from(String(different++))) }),
      });
      const refused = { state: 'failed', code: 'link-refused' };
      const expected: readonly (readonly [string, ImageState, object])[] = [
        ['good', at('127.0.0.1', '/good.jpg', bytes), { state: 'ready' }],
        ['flaky', at('127.0.0.1', '/flaky.jpg', other), { state: 'ready' }],
        ['gone', at('127.0.0.1', '/gone.jpg'), { state: 'failed', code: 'link-gone' }],
        ['down', at('127.0.0.1', '/down.jpg'), { state: 'failed', code: 'link-given-up' }],
        ['wrong', at('127.0.0.1', '/good.jpg'), { state: 'failed', code: 'link-hash-mismatch' }],
        ['endless', at('127.0.0.1', '/endless.jpg'), { state: 'failed', code: 'link-size-mismatch' }],
        ['loopback', at('127.0.0.2', '/good.jpg'), refused],
        ['localhost', at('localhost', '/good.jpg'), refused],
        ['metadata', at('169.254.169.254', '/good.jpg'), refused],
        ['mapped', at('[::ffff:127.0.0.2]', '/good.jpg'), refused],
        ['file', at('127.0.0.1', '/to-file'), refused],
        ['redirected', at('127.0.0.1', '/to-secret'), refused],
        // The first answer leads to a server that fails, so that it is looked up again.
        ['rebound', at('rebound.example', '/down-once.jpg'), refused],
      ];
      await cluster.withLog((log) =>
        log.append(
          IMAGE_EVENTS_TOPIC,
          expected.map(([imageId, state]) => addedEvent(imageId, state)),
        ),
      );
      await eventually(async () => {
        const became = await Promise.all(expected.map(async ([imageId]) => [imageId, await outcome(imageId)] as const));
        expect(Object.fromEntries(became)).toEqual(Object.fromEntries(expected.map(([id, , it]) => [id, it])));
      }, 90_000);
      expect(failures).toBeLessThan(0);
      expect(asked.filter((url) => url === '/down.jpg')).toHaveLength(4);
      expect(asked.filter((url) => url === '/down-once.jpg')).toHaveLength(1);
      expect(names.asked.filter(({ name, type }) => name === 'rebound.example' && type === 'A')).toHaveLength(2);
      // What is on its way when it is cut off fits into the buffers of a connection.
      expect(sentEndlessly).toBeLessThan(50_000_000);
      expect(secretConnections).toBe(0);
    });

    test('are refused over REST as well, before anything is connected to', async () => {
      const links = [
        secretLink(),
        `http://169.254.169.254:${port()}/latest`,
        `http://localhost:${port()}/good.jpg`,
        `http://127.0.0.1:${port()}/to-file`,
        `http://127.0.0.1:${port()}/to-secret`,
        'file:///etc/hostname',
      ];
      for (const uri of links) {
        const { status, body } = await send(`${cluster.process('ingest').url}/v1/images`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ uri }),
        });
        expect({ uri, status, code: body.code }).toEqual({
          uri,
          ...(uri.startsWith('file:')
            ? { status: 400, code: 'uri-not-supported' }
            : { status: 422, code: 'link-refused' }),
        });
      }
      expect(secretConnections).toBe(0);
    });

    async function outcome(imageId: string) {
      const { body } = await cluster.collection.image(imageId);
      return { state: body.state, ...(body.reason !== undefined && { code: body.reason.code }) };
    }
  });
});

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve) => server.listen(port, host, resolve));
}
