import { eventually, MemoryVectorIndex } from '#testkit';
import { EmbedderServer } from '../embedder/embedder-server.js';
import { startIngest } from '../ingest/ingest-server.js';
import { form, PHOTO } from '../ingest/requests.js';
import { QueryServer } from '../query/query-server.js';
import { scrape, series } from './exposition.js';

test('an ingest tells of its requests and of uploads under way', async () => {
  const server = await startIngest();
  try {
    await (await fetch(`${server.url}/v1/images/a`, { method: 'PUT', body: form(['file', PHOTO]) })).arrayBuffer();
    // Observed when the server has closed the answer, which may be after the client has it.
    await eventually(async () => {
      const families = await scrape(server.url);
      expect(series(families, 'lookalike_http_request_duration_seconds', '_count')).toMatchObject({
        'PUT /v1/images/:imageId 2xx': 1,
      });
      expect(series(families, 'lookalike_queue_depth')).toEqual({ uploads: 0, bulk_imports: 0, copy_checks: 0 });
    });
  } finally {
    await server.close();
  }
});

test('a query tells how long searches take, how they end and how many there are', async () => {
  const server = await new QueryServer().start();
  try {
    await server.makeLive();
    const search = (body: RequestInit) => fetch(`${server.url}/v1/search`, { method: 'POST', ...body });
    const json = { 'content-type': 'application/json' };
    await search({ body: form(['file', PHOTO]) });
    await search({ body: JSON.stringify({ imageId: 'nobody' }), headers: json });
    await search({ body: JSON.stringify({ imageId: 'nobody', limit: 0 }), headers: json });
    const families = await scrape(server.url);
    expect(series(families, 'lookalike_search_duration_seconds', '_count')).toEqual({
      'picture balanced ok': 1,
      'image balanced image-unknown': 1,
    });
    expect(series(families, 'lookalike_queue_depth')).toEqual({
      encoder: 0,
      search_uploads: 0,
      browsing_running: 0,
      browsing_waiting: 0,
      duplicates_running: 0,
      duplicates_waiting: 0,
      searches_running: 0,
      searches_waiting: 0,
      second_looks: 0,
      visibility_waits: 0,
    });
  } finally {
    await server.stop();
  }
});

test('applications of one process have numbers of their own', async () => {
  const servers = await Promise.all([1, 2].map(() => new EmbedderServer(new MemoryVectorIndex()).start()));
  try {
    await Promise.all(servers.map(({ url }) => scrape(url)));
  } finally {
    await Promise.all(servers.map((it) => it.stop()));
  }
});
