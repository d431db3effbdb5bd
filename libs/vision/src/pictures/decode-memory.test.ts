import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Sharp } from 'sharp';
import { describeWith, testPixels, tiffOfLargeTiles, tiffOfPlanes } from '#testkit';
import { acceptedFormat } from './picture-format.js';
import { DEFAULT_PICTURE_LIMITS } from './picture-limits.js';
import { readHeader } from './picture-reader.js';

/** So that everything is decoded. */
const NO_LIMIT = { ...DEFAULT_PICTURE_LIMITS, decodeBytes: 1e9, decodeTimeoutS: 60 };
/** What the heap and libraries may add to a picture's own memory. */
const SLACK_BYTES = 32e6;

const SIZE = { width: 6000, height: 4000 };
/** What takes the most, or long to write. */
const SMALL = { width: 4000, height: 3000 };
const plain = ({ width, height } = SIZE) => testPixels().resize(width, height, { fit: 'fill' });
const deep = (size = SIZE) => plain(size).toColourspace('rgb16');

/** Held whole while they are decoded, in one form or another. */
const WHOLE: readonly [kind: string, make: () => Sharp | Buffer][] = [
  ['a progressive JPEG', () => plain().jpeg({ progressive: true })],
  ['a progressive JPEG of full colour', () => plain().jpeg({ progressive: true, chromaSubsampling: '4:4:4' })],
  [
    'a progressive CMYK JPEG',
    () => plain({ width: 3000, height: 2000 }).toColourspace('cmyk').jpeg({ progressive: true }),
  ],
  ['an interlaced PNG', () => plain().png({ progressive: true })],
  ['an interlaced PNG of 16 bits', () => deep().png({ progressive: true })],
  ['a GIF', () => plain(SMALL).gif({ effort: 1, colours: 16 })],
  ['a lossless WebP', () => plain().webp({ lossless: true, effort: 0 })],
  ['a WebP that is not shrunk while it is read', () => plain({ width: 16_000, height: 1020 }).webp({ effort: 0 })],
  ['a TIFF in planes', () => tiffOfPlanes(SIZE.width, SIZE.height)],
  ['a TIFF of large tiles', () => tiffOfLargeTiles(SIZE.width, SIZE.height)],
  ['an AVIF', () => plain(SMALL).avif({ effort: 0 })],
  ['an AVIF of 10 bits', () => plain(SMALL).avif({ effort: 0, bitdepth: 10 })],
  ['a transparent AVIF', () => plain(SMALL).ensureAlpha(0.5).avif({ effort: 0 })],
];

/** Read row by row. */
const ROWS: readonly [kind: string, make: () => Sharp][] = [
  ['a JPEG', () => plain().jpeg()],
  ['a PNG of 16 bits', () => deep().png()],
  ['a wide PNG', () => deep({ width: 20_000, height: 1700 }).png()],
  ['a WebP', () => plain().webp({ effort: 0 })],
  ['a TIFF of 16 bits', () => deep().tiff({ compression: 'deflate' })],
  ['a tiled TIFF', () => deep().tiff({ compression: 'deflate', tile: true, tileWidth: 256, tileHeight: 256 })],
  ['a Lab TIFF', () => plain().toColourspace('lab').tiff({ compression: 'deflate' })],
];

const MEASURE = `
  const { readFileSync } = require('node:fs');
  const [file, folder] = process.argv.slice(1);
  const { createPreparePicture } = require(folder + '/prepare-picture.js');
  const rule = { kind: 'short-side-crop', shortSide: 256, crop: 224, kernel: 'cubic' };
  const picture = readFileSync(file);
  const before = process.memoryUsage.rss();
  createPreparePicture({ rule, limits: ${JSON.stringify(NO_LIMIT)} })(picture).then(() => {
    const [, peakKb] = /VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'));
    console.log(1024 * peakKb - before);
  });`;

describeWith('/proc', process.platform === 'linux')('decoding takes the memory that its header foretells', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-decode-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** Bytes that the peak of a process of its own grows by, and those foretold. */
  async function measure(picture: Buffer): Promise<{ taken: number; foretold: number }> {
    const file = join(folder, 'picture');
    await writeFile(file, picture);
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', MEASURE, file, __dirname]);
    const { decodeBytes } = await readHeader(picture, acceptedFormat(picture), NO_LIMIT);
    return { taken: Number(stdout), foretold: decodeBytes };
  }

  test.each(WHOLE)('%s', async (_, make) => {
    const made = make();
    const { taken, foretold } = await measure(Buffer.isBuffer(made) ? made : await made.toBuffer());
    expect(taken).toBeLessThan(foretold + SLACK_BYTES);
    expect(taken).toBeGreaterThan(foretold / 2 - SLACK_BYTES);
  });

  test.each(ROWS)('%s', async (_, make) => {
    const { taken, foretold } = await measure(await make().toBuffer());
    expect(taken).toBeLessThan(foretold + SLACK_BYTES);
  });
});
