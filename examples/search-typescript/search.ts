// Searches in every way: node search.js URL PICTURE LINK IMAGE_ID ALBUM
// LOOKALIKE_API_KEY is shown where it is set. `npm run types` writes lookalike.ts from the document of the server.
import { readFile } from 'node:fs/promises';
import createClient, { type Middleware } from 'openapi-fetch';
import type { components, paths } from './lookalike.js';

type SearchBody = components['schemas']['SearchBody'];
type SearchAnswer = components['schemas']['SearchAnswer'];

const [url = '', picture = '', link = '', imageId = '', album = ''] = process.argv.slice(2);
const key = process.env.LOOKALIKE_API_KEY;

const api = createClient<paths>({ baseUrl: url, headers: key === undefined ? {} : { authorization: `Bearer ${key}` } });

/** What is refused is a problem: `code` says which one, and never changes its meaning. */
const throwProblems: Middleware = {
  async onResponse({ response }) {
    if (response.ok) return;
    const problem = (await response.json()) as components['schemas']['Problem'];
    throw new Error(`${problem.code}: ${problem.detail}`);
  },
};
api.use(throwProblems);

async function search(body: SearchBody): Promise<SearchAnswer> {
  const { data } = await api.POST('/v1/search', { body });
  if (data === undefined) throw new Error('There is no answer.');
  return data;
}

async function searchByPicture(path: string, fields: Record<string, string>): Promise<SearchAnswer> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  form.set('file', new Blob([await readFile(path)]), 'picture');
  const { data } = await api.POST('/v1/search', { body: { file: path }, bodySerializer: () => form });
  if (data === undefined) throw new Error('There is no answer.');
  return data;
}

/** What was found, best first. */
function show(what: string, { results }: SearchAnswer): void {
  console.log(`${what}: ${results.map((it) => it.imageId).join(' ')}`);
}

// By a picture that is uploaded. Fields that are objects are JSON.
const region = JSON.stringify({ left: 0, top: 0, width: 0.9, height: 0.9 });
show('upload', await searchByPicture(picture, { limit: '2', region }));

// By a picture on the web, which the server fetches.
show('link', await search({ link, limit: 2 }));

// By an image of the collection.
show('id', await search({ imageId, limit: 2 }));
const similar = await api.GET('/v1/images/{imageId}/similar', { params: { path: { imageId }, query: { limit: 2 } } });
if (similar.data !== undefined) show('similar', similar.data);

// By a vector: here that of the picture's best match.
const best = await searchByPicture(picture, { limit: '1', include: 'vectors' });
const [vector = []] = Object.values(best.results[0]?.vectors ?? {});
show('vector', await search({ vector, limit: 2 }));

// Only among some of the images.
show('filter', await search({ imageId, filter: { attribute: 'album', equals: album } }));

// Page by page.
let cursor: string | null = null;
do {
  const page: SearchAnswer = await search({ imageId, limit: 2, ...(cursor !== null && { cursor }) });
  show('page', page);
  cursor = page.nextCursor;
} while (cursor !== null);

// What is refused has a code.
await search({ imageId: 'nobody' }).catch((error: Error) => console.log(error.message));
