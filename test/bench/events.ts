import { sha256Of } from '#testkit';
import type { Model, Photo } from './photos.js';
import { readPhotos, realModel } from './photos.js';
import { type BenchResult, figure } from './report.js';
import { type ServerChild, startServer } from './server-child.js';

export const BULK_LINES = 20_000;
const REFERENCES = 2_000;
export const UPLOADS = 300;
const UPLOAD_BYTES = 100_000;
const AT_ONCE = 8;
const RUNS = 3;

/**
 * How fast changes are taken, each counted when its answer says that it is durable. Every run has a fresh standalone
 * server, whose stages already work on what comes in.
 */
export async function run(): Promise<BenchResult> {
  const model = await realModel();
  const photo = await smallPhoto();
  const repeat = async (measure: (server: ServerChild) => Promise<number>) => {
    const runs: number[] = [];
    for (let at = 0; at < RUNS; at++) runs.push(await onFreshServer(model, measure));
    return runs;
  };
  return {
    bench: 'events',
    setup: `${BULK_LINES} NDJSON lines in one request; ${REFERENCES} JSON references and ${UPLOADS} uploads of 100 kB, ${AT_ONCE} at once`,
    figures: [
      figure('NDJSON bulk', await repeat((server) => bulk(server, photo)), 'lines/s', '≥ 1,000'),
      figure('POST of a JSON reference', await repeat((server) => references(server, photo)), 'requests/s'),
      figure('POST of a 100 kB picture', await repeat((server) => uploads(server, photo)), 'requests/s'),
    ],
    notes: [
      'References name one picture, whose vector is cached after the first. Client, server and model share the cores.',
    ],
  };
}

/** One that becomes an upload of 100 kB with a tail. */
export async function smallPhoto(): Promise<Photo> {
  const [photo] = (await readPhotos()).filter(({ bytes }) => bytes.length < UPLOAD_BYTES);
  if (photo === undefined) throw new Error('no photo is small enough');
  return photo;
}

async function onFreshServer({ manifest, file }: Model, measure: (server: ServerChild) => Promise<number>) {
  const server = await startServer({ LOOKALIKE_ENCODER: manifest, LOOKALIKE_MODEL_FILE: file });
  try {
    return await measure(server);
  } finally {
    await server.stop();
  }
}

export async function bulk(server: ServerChild, photo: Photo): Promise<number> {
  const uri = await blobOf(server, photo);
  const lines = Array.from({ length: BULK_LINES }, (_, at) => ({
    imageId: `bulk-${at}`,
    uri,
    mediaType: 'image/jpeg',
  }));
  const body = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  const headers = { 'content-type': 'application/x-ndjson' };
  return perSecond(BULK_LINES, async () => {
    const response = await fetch(`${server.url}/v1/images/bulk`, { method: 'POST', headers, body });
    const results = (await response.text()).trim().split('\n');
    const refused = results.filter((it) => JSON.parse(it).status !== 202);
    if (results.length !== BULK_LINES || refused.length > 0) {
      throw new Error(`${results.length} results, ${refused.length} refused: ${refused[0]}`);
    }
  });
}

async function references(server: ServerChild, photo: Photo): Promise<number> {
  const uri = await blobOf(server, photo);
  const headers = { 'content-type': 'application/json' };
  return perSecond(REFERENCES, () =>
    each(REFERENCES, (at) =>
      post(server, { headers, body: JSON.stringify({ imageId: `reference-${at}`, uri, mediaType: 'image/jpeg' }) }),
    ),
  );
}

export async function uploads(server: ServerChild, photo: Photo): Promise<number> {
  return perSecond(UPLOADS, () => each(UPLOADS, (at) => post(server, { body: uploadForm(photo, at) })));
}

/** A photo with a tail that decoders skip, so that each has the same size and other bytes. */
function uploadForm({ bytes }: Photo, at: number): FormData {
  const tail = Buffer.alloc(UPLOAD_BYTES - bytes.length, String(at).padStart(8, '0'));
  const form = new FormData();
  form.set('imageId', `upload-${at}`);
  form.set('file', new Blob([bytes, tail]), 'photo.jpg');
  return form;
}

async function blobOf(server: ServerChild, { bytes }: Photo): Promise<string> {
  const form = new FormData();
  form.set('file', new Blob([bytes]), 'photo.jpg');
  await post(server, { body: form });
  return `blob:${sha256Of(bytes)}`;
}

async function post(server: ServerChild, request: RequestInit): Promise<void> {
  const response = await fetch(`${server.url}/v1/images`, { method: 'POST', ...request });
  const text = await response.text();
  if (response.status !== 202) throw new Error(`${response.status} ${text}`);
}

async function each(count: number, work: (at: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function perSecond(count: number, work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return count / ((performance.now() - startedAt) / 1000);
}
