import { loadSettings } from '#config';
import { createPreparePicture, DEFAULT_PICTURE_LIMITS, readEncoderManifest } from '#vision';
import { BareEncoder } from './bare-encoder.js';
import { type Model, type Photo, readPhotos } from './photos.js';
import { type Figure, figure } from './report.js';

const PHOTOS = 100;
const ROUNDS = 3;

/** The step in which a search makes a vector of an uploaded photo, and by turns the bare model; one photo at a time. */
export async function uploadedSearches(url: string, model: Model): Promise<readonly Figure[]> {
  const photos = await readPhotos();
  const bare = await BareEncoder.start(model, loadSettings({}).encoder.threads, 1, PHOTOS);
  try {
    const { input } = await readEncoderManifest(model.manifest);
    const prepare = createPreparePicture({ rule: input.resize, limits: DEFAULT_PICTURE_LIMITS });
    const runs: { readonly bareMs: number; readonly decodingMs: number; readonly stepMs: number }[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const { picturesPerS } = await bare.run();
      // Others each time: a server remembers what it has embedded.
      const some = photos.slice(round * PHOTOS, (round + 1) * PHOTOS);
      const startedAt = performance.now();
      for (const { bytes } of some) await prepare(bytes);
      const decodingMs = (performance.now() - startedAt) / PHOTOS;
      let stepsMs = 0;
      for (const photo of some) stepsMs += await queryStepMs(url, photo);
      runs.push({ bareMs: 1000 / picturesPerS, decodingMs, stepMs: stepsMs / PHOTOS });
    }
    const all = (name: string, of: (it: (typeof runs)[number]) => number, unit: string, aim?: string) =>
      figure(name, runs.map(of), unit, aim);
    return [
      all('bare encoder, one photo', ({ bareMs }) => bareMs, 'ms'),
      all('search by upload: decoding and embedding', ({ stepMs }) => stepMs, 'ms'),
      all('of that decoding, alone in this process', ({ decodingMs }) => decodingMs, 'ms'),
      all('embedding over the bare encoder', (it) => (it.stepMs - it.decodingMs) / it.bareMs, 'times', '≤ 1.3'),
      all('decoding and embedding over it', (it) => it.stepMs / it.bareMs, 'times'),
    ];
  } finally {
    await bare.stop();
  }
}

async function queryStepMs(url: string, { name, bytes }: Photo): Promise<number> {
  const form = new FormData();
  form.set('file', new Blob([bytes]), name);
  const response = await fetch(`${url}/v1/search`, { method: 'POST', body: form });
  if (!response.ok) throw new Error(`${name}: ${response.status} ${await response.text()}`);
  const { steps } = (await response.json()) as { steps: { name: string; tookMs: number }[] };
  return steps.find((it) => it.name === 'query')?.tookMs ?? Number.NaN;
}
