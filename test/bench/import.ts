import { loadSettings } from '#config';
import { BareEncoder, type BareRun } from './bare-encoder.js';
import { type ImportRun, importOnce, UPLOADS_AT_ONCE } from './import-run.js';
import { readPhotos, realModel } from './photos.js';
import { type BenchResult, figure, say } from './report.js';

const RUNS = Number(process.env.BENCH_RUNS ?? 3);

/**
 * The photos through REST into a fresh standalone server until searches see all of them, and between those runs the bare
 * encoder on the same model, threads and batch. Shares are of the mean of the two bare runs around each import, since the
 * machine's speed changes from minute to minute.
 */
export async function run(): Promise<BenchResult> {
  const photos = await readPhotos();
  const model = await realModel();
  const { threads, batch } = loadSettings({}).encoder;
  const bare = await BareEncoder.start(model, threads, batch, photos.length);
  const bareRuns: BareRun[] = [await bare.run()];
  const imports: ImportRun[] = [];
  for (let at = 0; at < RUNS; at++) {
    say(`import ${at + 1} of ${RUNS}`);
    imports.push(await importOnce(photos, model));
    bareRuns.push(await bare.run());
  }
  await bare.stop();
  const around = (at: number, of: (run: BareRun) => number) => {
    const [before, after] = [bareRuns[at], bareRuns[at + 1]].map((it) => (it === undefined ? Number.NaN : of(it)));
    return ((before ?? Number.NaN) + (after ?? Number.NaN)) / 2;
  };
  const all = (of: (it: ImportRun) => number) => imports.map(of);
  return {
    bench: 'import',
    setup: `${photos.length} photos, VGG16 int8 fc2, ${threads} threads, batch ${batch}, ${UPLOADS_AT_ONCE} uploads at once`,
    figures: [
      figure(
        'share of the bare encoder',
        imports.map((it, at) => it.picturesPerS / around(at, (b) => b.picturesPerS)),
        '',
        '≥ 0.75',
      ),
      figure(
        'the same by CPU time, whoever else is at work',
        imports.map((it, at) => around(at, (b) => b.cpuMsPerPicture) / it.cpuMsPerPicture),
        '',
      ),
      figure(
        'import, until all are searchable',
        all((it) => it.picturesPerS),
        'pictures/s',
      ),
      figure(
        'bare encoder',
        bareRuns.map((it) => it.picturesPerS),
        'pictures/s',
      ),
      figure(
        'uploads accepted',
        all((it) => it.acceptedPerS),
        'pictures/s',
      ),
      figure(
        'CPU of the server',
        all((it) => it.cpuMsPerPicture),
        'ms/picture',
      ),
      figure(
        'CPU of the bare encoder',
        bareRuns.map((it) => it.cpuMsPerPicture),
        'ms/picture',
      ),
      figure(
        'peak RSS of the server',
        all((it) => it.peakRssMb),
        'MB',
        '≤ 1,000 MB',
      ),
      figure(
        'start to ready',
        all((it) => it.readyS),
        's',
        '≤ 5 s',
      ),
    ],
    notes: ['Client, server and model share the cores. CPU of the bare encoder includes its threads waiting for work.'],
  };
}
