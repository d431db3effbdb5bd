import type { Generation } from '#core';
import { PageBrowser } from './page-browser.js';
import { QueryServer } from './query-server.js';
import { Counts } from './status-counts.js';

/**
 * A server that tells of itself, with albums and media types to filter by, and a browser, for the tests of a suite. A page that a test opens is
 * closed after it.
 */
export function pageServer(fill: (server: QueryServer) => Promise<void> = async () => {}): {
  server: QueryServer;
  browser: PageBrowser;
} {
  const [server, browser] = [new QueryServer(), new PageBrowser()];
  beforeAll(async () => {
    await server.start({}, [Counts]);
    await server.makeLive();
    const { schema } = (await server.index.live()) as Generation;
    await server.index.createGeneration('with-fields', { ...schema, fields: ['mediaType'] });
    await server.index.makeLive('with-fields');
    await fill(server);
    await browser.start();
  }, 60_000);
  afterAll(async () => {
    await browser.stop();
    await server.stop();
  });
  afterEach(() => browser.close());
  return { server, browser };
}
