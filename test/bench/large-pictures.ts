import { randomBytes } from 'node:crypto';
import type { Sharp } from 'sharp';
import { testPixels } from '#testkit';
import { importOnce } from './import-run.js';
import { type Photo, readPhotos, realModel } from './photos.js';
import { type BenchResult, figure, say } from './report.js';

const RUNS = Number(process.env.BENCH_RUNS ?? 3);
const PHOTOS = 100;
const OF_EACH_KIND = 4;
/** Added to each file, so that bytes count too: a detailed picture of that size has some 20 MB. */
const PADDING_BYTES = 9_000_000;

const pixels = (width: number, height: number) => testPixels().resize(width, height, { fit: 'fill' });

/** What takes nearly all the memory that decoding may by default, and a TIFF that is only large. */
const KINDS: Readonly<Record<string, () => Sharp>> = {
  'progressive JPEG': () => pixels(10_000, 9_000).jpeg({ progressive: true }),
  'interlaced PNG': () => pixels(9_200, 9_000).png({ progressive: true }),
  'interlaced PNG of 16 bits': () => pixels(6_400, 6_100).toColourspace('rgb16').png({ progressive: true }),
  'lossless WebP': () => pixels(8_680, 8_650).webp({ lossless: true, effort: 0 }),
  AVIF: () => pixels(4_080, 3_060).avif({ effort: 0 }),
  'TIFF of 16 bits': () => pixels(10_000, 9_000).toColourspace('rgb16').tiff({ compression: 'lzw' }),
};

/** Photos, and behind them pictures as large as are taken, through REST into a fresh standalone server: what memory it takes. */
export async function run(): Promise<BenchResult> {
  const photos = (await readPhotos()).slice(0, PHOTOS);
  const model = await realModel();
  const large: Photo[] = [];
  for (const [name, make] of Object.entries(KINDS)) {
    say(`making a ${name}`);
    const picture = await make().toBuffer();
    for (let at = 0; at < OF_EACH_KIND; at++) {
      large.push({ name: `${at} ${name}`, bytes: Buffer.concat([picture, randomBytes(PADDING_BYTES)]) });
    }
  }
  // So that no two of a kind follow each other.
  large.sort((a, b) => a.name.localeCompare(b.name));
  const peaks: number[] = [];
  for (let at = 0; at < RUNS; at++) {
    say(`import ${at + 1} of ${RUNS}`);
    peaks.push((await importOnce([...photos, ...large], model)).peakRssMb);
  }
  return {
    bench: 'large-pictures',
    setup: `${photos.length} photos, then ${OF_EACH_KIND} each of ${Object.keys(KINDS).join(', ')}`,
    figures: [figure('peak RSS of the server', peaks, 'MB', '≤ 1,000 MB')],
    notes: [],
  };
}
