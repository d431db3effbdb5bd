import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '#config';
import { SHIPPED_MANIFESTS, SHIPPED_SEED, writeSeededVgg16 } from '#vision';
import { BareEncoder, type BareRun } from './bare-encoder.js';
import type { Model } from './photos.js';
import { type BenchResult, figure } from './report.js';

const PHOTOS = 64;
const RUNS = 3;

/** The same seeded VGG16 in both precisions, in turn, each in a process of its own that is idle while the other runs. */
export async function run(): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'lookalike-bench-'));
  const { threads, batch } = loadSettings({}).encoder;
  const int8: BareRun[] = [];
  const float32: BareRun[] = [];
  try {
    const quick = await BareEncoder.start(await seededModel(folder, 'int8'), threads, batch, PHOTOS);
    const exact = await BareEncoder.start(await seededModel(folder, 'float32'), threads, batch, PHOTOS);
    for (let at = 0; at < RUNS; at++) {
      int8.push(await quick.run());
      float32.push(await exact.run());
    }
    await Promise.all([quick.stop(), exact.stop()]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const cpuRatio = (at: number) =>
    (float32[at]?.cpuMsPerPicture ?? Number.NaN) / (int8[at]?.cpuMsPerPicture ?? Number.NaN);
  const ratio = (at: number) => (int8[at]?.picturesPerS ?? Number.NaN) / (float32[at]?.picturesPerS ?? Number.NaN);
  const rates = (runs: readonly BareRun[]) => runs.map((it) => it.picturesPerS);
  return {
    bench: 'int8-vs-float32',
    setup: `seeded VGG16 fc2, ${PHOTOS} photos as squares, ${threads} threads, batch ${batch}`,
    figures: [
      figure(
        'int8 over float32',
        int8.map((_, at) => ratio(at)),
        'times',
        '≥ 3',
      ),
      figure(
        'the same by CPU time, whoever else is at work',
        int8.map((_, at) => cpuRatio(at)),
        'times',
      ),
      figure('int8', rates(int8), 'pictures/s'),
      figure('float32', rates(float32), 'pictures/s'),
    ],
    notes: ['The ratio depends on the processor: int8 is this fast where it has VNNI or AMX instructions.'],
  };
}

async function seededModel(folder: string, precision: 'int8' | 'float32'): Promise<Model> {
  const file = join(folder, `${precision}.onnx`);
  const { sizeBytes, sha256 } = await writeSeededVgg16(file, { seed: SHIPPED_SEED, precision });
  const shipped = SHIPPED_MANIFESTS['vgg16-seeded-fc2'];
  const manifest = join(folder, `${precision}.json`);
  await writeFile(
    manifest,
    JSON.stringify({ ...shipped, model: { ...shipped.model, file: `${precision}.onnx`, sizeBytes, sha256 } }),
  );
  return { manifest, file };
}
