// Searches in every way: node search.js URL PICTURE LINK IMAGE_ID ALBUM
// LOOKALIKE_API_KEY is shown where it is set.
import { readFile } from 'node:fs/promises';
import { type ApiProblem, Client, type components } from 'lookalike-client';

type SearchAnswer = components['schemas']['SearchAnswer'];

const [url = '', picture = '', link = '', imageId = '', album = ''] = process.argv.slice(2);

const api = new Client({ url, apiKey: process.env.LOOKALIKE_API_KEY ?? null });

/** What was found, best first. */
function show(what: string, { results }: SearchAnswer): void {
  console.log(`${what}: ${results.map((it) => it.imageId).join(' ')}`);
}

// By a picture that is uploaded, or by a part of it.
const file = new Blob([await readFile(picture)]);
const region = { left: 0, top: 0, width: 0.9, height: 0.9 };
show('upload', await api.post('/v1/search', { body: { file, region, limit: 2 } }));

// By a picture on the web, which the server fetches.
show('link', await api.post('/v1/search', { body: { link, limit: 2 } }));

// By an image of the collection.
show('id', await api.post('/v1/search', { body: { imageId, limit: 2 } }));
const params = { path: { imageId }, query: { limit: 2 } };
show('similar', await api.get('/v1/images/{imageId}/similar', { params }));

// By a vector: here that of the picture's best match.
const best = await api.post('/v1/search', { body: { file, limit: 1, include: ['vectors'] } });
const [vector = []] = Object.values(best.results[0]?.vectors ?? {});
show('vector', await api.post('/v1/search', { body: { vector, limit: 2 } }));

// Only among some of the images.
const filter = { attribute: 'album', equals: album };
show('filter', await api.post('/v1/search', { body: { imageId, filter } }));

// Page by page.
let cursor: string | null = null;
do {
  const page: SearchAnswer = await api.post('/v1/search', {
    body: { imageId, limit: 2, ...(cursor !== null && { cursor }) },
  });
  show('page', page);
  cursor = page.nextCursor;
} while (cursor !== null);

// What is refused has a code, which never changes its meaning.
await api
  .post('/v1/search', { body: { imageId: 'nobody' } })
  .catch(({ code, message }: ApiProblem) => console.log(`${code}: ${message}`));
