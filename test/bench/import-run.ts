import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { processUse } from './machine.js';
import type { Model, Photo } from './photos.js';
import { post } from './post.js';
import { startServer } from './server-child.js';

export const UPLOADS_AT_ONCE = 8;
/** The server is asked ever sooner as the end comes near. The stages hand on up to this many pictures at a time. */
const STATUS_EVERY_MS = { least: 50, most: 1_000, shareOfTimeLeft: 0.5 };
const PICTURES_AT_A_TIME = 32;

export interface ImportRun {
  readonly picturesPerS: number;
  readonly acceptedPerS: number;
  readonly cpuMsPerPicture: number;
  readonly peakRssMb: number;
  readonly readyS: number;
}

/** All photos into a fresh standalone server, from the first request until searches see every one. */
export async function importOnce(photos: readonly Photo[], { manifest, file }: Model): Promise<ImportRun> {
  const forms = await Promise.all(photos.map(formOf));
  const server = await startServer({ LOOKALIKE_ENCODER: manifest, LOOKALIKE_MODEL_FILE: file });
  try {
    const before = processUse(server.pid);
    const startedAt = performance.now();
    const secondsNow = () => (performance.now() - startedAt) / 1000;
    await send(server.url, forms);
    const acceptedS = secondsNow();
    await untilReady(server.url, photos.length, secondsNow);
    const seconds = secondsNow();
    const after = processUse(server.pid);
    return {
      picturesPerS: photos.length / seconds,
      acceptedPerS: photos.length / acceptedS,
      cpuMsPerPicture: ((after.cpuS - before.cpuS) * 1000) / photos.length,
      peakRssMb: after.peakRssMb,
      readyS: server.readyS,
    };
  } finally {
    await server.stop();
  }
}

/** Into a server that is empty: returns when searches see every one. */
export async function importInto(url: string, photos: readonly Photo[]): Promise<void> {
  const startedAt = performance.now();
  await send(url, await Promise.all(photos.map(formOf)));
  await untilReady(url, photos.length, () => (performance.now() - startedAt) / 1000);
}

async function send(url: string, forms: readonly Form[]): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: UPLOADS_AT_ONCE });
  const unsent = forms.values();
  try {
    await Promise.all(Array.from({ length: UPLOADS_AT_ONCE }, () => upload(agent, url, unsent)));
  } finally {
    agent.destroy();
  }
}

/** Bodies lie ready. */
async function upload(agent: Agent, url: string, forms: Iterator<Form>): Promise<void> {
  for (let next = forms.next(); next.done !== true; next = forms.next()) {
    const { name, contentType, body } = next.value;
    const answer = await post(agent, `${url}/v1/images`, contentType, body);
    if (answer.status !== 202) throw new Error(`${name}: ${answer.status} ${answer.body}`);
  }
}

interface Form {
  readonly name: string;
  readonly contentType: string;
  readonly body: Buffer;
}

async function formOf({ name, bytes }: Photo): Promise<Form> {
  const fields = new FormData();
  fields.set('imageId', name);
  fields.set('file', new Blob([bytes]), name);
  const encoded = new Response(fields);
  const contentType = encoded.headers.get('content-type') ?? '';
  return { name, contentType, body: Buffer.from(await encoded.arrayBuffer()) };
}

async function untilReady(url: string, wanted: number, secondsNow: () => number): Promise<void> {
  for (;;) {
    const status = (await (await fetch(`${url}/v1/status`)).json()) as { images: { ready: number; failed: number } };
    const { ready, failed } = status.images;
    if (failed > 0) throw new Error(`${failed} photos failed`);
    if (ready === wanted) return;
    const { least, most, shareOfTimeLeft } = STATUS_EVERY_MS;
    const leftMs = ((wanted - ready - PICTURES_AT_A_TIME) / Math.max(1, ready)) * secondsNow() * 1000;
    await sleep(Math.max(least, Math.min(most, leftMs * shareOfTimeLeft)));
  }
}
