import { setTimeout as sleep } from 'node:timers/promises';
import { processUse } from './machine.js';
import type { Model, Photo } from './photos.js';
import { startStandalone } from './standalone-child.js';

export const UPLOADS_AT_ONCE = 8;
/** A status costs the server some 10 ms, so it is asked for ever sooner as the end comes near, not all the time. */
const STATUS_EVERY_MS = { least: 50, shareOfTimeLeft: 0.5 };

export interface ImportRun {
  readonly picturesPerS: number;
  readonly acceptedPerS: number;
  readonly cpuMsPerPicture: number;
  readonly peakRssMb: number;
  readonly readyS: number;
}

/** All photos into a fresh standalone server, from the first request until searches see every one. */
export async function importOnce(photos: readonly Photo[], { manifest, file }: Model): Promise<ImportRun> {
  const server = await startStandalone({ LOOKALIKE_ENCODER: manifest, LOOKALIKE_MODEL_FILE: file });
  try {
    const before = processUse(server.pid);
    const startedAt = performance.now();
    const secondsNow = () => (performance.now() - startedAt) / 1000;
    const files = photos.values();
    await Promise.all(Array.from({ length: UPLOADS_AT_ONCE }, () => upload(server.url, files)));
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

async function upload(url: string, photos: Iterator<Photo>): Promise<void> {
  for (let next = photos.next(); next.done !== true; next = photos.next()) {
    const { name, bytes } = next.value;
    const body = new FormData();
    body.set('imageId', name);
    body.set('file', new Blob([bytes]), name);
    const response = await fetch(`${url}/v1/images`, { method: 'POST', body });
    const text = await response.text();
    if (response.status !== 202) throw new Error(`${name}: ${response.status} ${text}`);
  }
}

async function untilReady(url: string, wanted: number, secondsNow: () => number): Promise<void> {
  for (;;) {
    const status = (await (await fetch(`${url}/v1/status`)).json()) as { images: { ready: number; failed: number } };
    const { ready, failed } = status.images;
    if (failed > 0) throw new Error(`${failed} photos failed`);
    if (ready === wanted) return;
    const leftMs = ((wanted - ready) / Math.max(1, ready)) * secondsNow() * 1000;
    await sleep(Math.max(STATUS_EVERY_MS.least, Math.min(1000, leftMs * STATUS_EVERY_MS.shareOfTimeLeft)));
  }
}
