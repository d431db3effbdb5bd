import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { IMAGE_EVENTS_TOPIC } from '#core';
import { addedEvent, describeWithOwnKafka, describeWithQdrant, eventually, sha256Of, stateOf } from '#testkit';
import { samplePicture } from '../query/sample-pictures.js';
import { Cluster } from './cluster.js';

jest.setTimeout(180_000);

describeWithOwnKafka('pictures that platforms name by link', (kafka) => {
  describeWithQdrant('in events of their own', (qdrant) => {
    let cluster: Cluster;
    let pictures: Server;
    let bytes: Buffer;
    /** Of another hash, so that it does not come from the cache. */
    let other: Buffer;
    let failures = 2;
    let connections = 0;
    beforeAll(async () => {
      bytes = await samplePicture('nagasaki-boats');
      other = await samplePicture('black-canyon');
      pictures = createServer((request, response) => {
        if (request.url === '/good.jpg') response.end(bytes);
        else if (request.url === '/flaky.jpg' && failures-- <= 0) response.end(other);
        else response.writeHead(request.url === '/gone.jpg' ? 404 : 503).end();
      });
      pictures.on('connection', () => {
        connections += 1;
      });
      await new Promise<void>((resolve) => pictures.listen(0, '127.0.0.1', resolve));
      cluster = new Cluster(kafka(), qdrant(), {
        LOOKALIKE_LINK_HTTP_PORTS: String(port()),
        LOOKALIKE_LINK_ALLOWED_NETWORKS: '127.0.0.1/32',
        LOOKALIKE_LINK_TRIES: '4',
        LOOKALIKE_LINK_TRY_SECONDS: '20',
      });
      await cluster.start('embedder');
      await cluster.start('query');
    });
    afterAll(async () => {
      await cluster?.remove();
      pictures?.close();
    });

    const port = () => (pictures.address() as AddressInfo).port;

    test('are fetched, failed with the reason, or given up; and nobody waits for the others', async () => {
      const at = (host: string, path: string, picture = bytes) => ({
        ...stateOf(picture),
        uri: `http://${host}:${port()}${path}`,
      });
      const wrong = { ...at('127.0.0.1', '/good.jpg'), sha256: sha256Of(Buffer.from('other')) };
      const events = {
        good: at('127.0.0.1', '/good.jpg'),
        flaky: at('127.0.0.1', '/flaky.jpg', other),
        gone: { ...at('127.0.0.1', '/gone.jpg'), sha256: '1'.repeat(64) },
        down: { ...at('127.0.0.1', '/down.jpg'), sha256: '2'.repeat(64) },
        wrong,
        loopback: { ...at('127.0.0.2', '/good.jpg'), sha256: '3'.repeat(64) },
        metadata: { ...at('169.254.169.254', '/good.jpg'), sha256: '4'.repeat(64) },
        mapped: { ...at('[::ffff:127.0.0.2]', '/good.jpg'), sha256: '5'.repeat(64) },
      };
      await cluster.withLog((log) =>
        log.append(
          IMAGE_EVENTS_TOPIC,
          Object.entries(events).map(([imageId, state]) => addedEvent(imageId, state)),
        ),
      );
      const became = async (imageId: string) => {
        const { body } = await cluster.collection.image(imageId);
        return { state: body.state, code: body.reason?.code };
      };
      await eventually(async () => {
        expect(
          Object.fromEntries(await Promise.all(Object.keys(events).map(async (it) => [it, await became(it)]))),
        ).toEqual({
          good: { state: 'ready' },
          flaky: { state: 'ready' },
          gone: { state: 'failed', code: 'link-gone' },
          down: { state: 'failed', code: 'link-given-up' },
          wrong: { state: 'failed', code: 'link-hash-mismatch' },
          loopback: { state: 'failed', code: 'link-refused' },
          metadata: { state: 'failed', code: 'link-refused' },
          mapped: { state: 'failed', code: 'link-refused' },
        });
      }, 90_000);
      expect(failures).toBeLessThan(0);
      expect(connections).toBeGreaterThan(0);
    });
  });
});
