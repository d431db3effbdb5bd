import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describeWith, SHARED_FOLDER, testPicture } from '#testkit';
import { SAMPLE_NAMES, samplePicture } from '../query/sample-pictures.js';

const FOLDER = join(SHARED_FOLDER, 'photos');

export interface Photo {
  readonly name: string;
  readonly bytes: Buffer;
}

/** So many that look like none of the others, and always the same: the sample photos first, painted ones then. */
export function pictures(count: number): Promise<Photo[]> {
  const photo = async (name: (typeof SAMPLE_NAMES)[number]) => ({
    name: `${name}.jpg`,
    bytes: await samplePicture(name),
  });
  const samples = SAMPLE_NAMES.slice(0, count).map(photo);
  const painted = Array.from({ length: count - samples.length }, (_, at) => paintedPicture(at));
  return Promise.all([...samples, ...painted]);
}

export async function paintedPicture(at: number): Promise<Photo> {
  return { name: `painted-${at}.jpg`, bytes: await testPicture({ seed: 2_000 + at }) };
}

/** Real photos, each another motif; always the same ones in the same order. */
export function sharedPhotos(from: number, to: number): Photo[] {
  return photoNames()
    .slice(from, to)
    .map((name) => ({ name, bytes: readFileSync(join(FOLDER, name)) }));
}

function photoNames(): string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.JPEG'))
    .sort();
}

/** Without a tenth at each side, smaller, and as a bad JPEG: what people pass on. */
export async function passedOn(photo: Uint8Array): Promise<Buffer> {
  const { data, info } = await sharp(photo).rotate().toBuffer({ resolveWithObject: true });
  const [left, top] = [Math.round(info.width * 0.1), Math.round(info.height * 0.1)];
  return sharp(data)
    .extract({ left, top, width: info.width - 2 * left, height: info.height - 2 * top })
    .resize({ width: 320 })
    .jpeg({ quality: 50 })
    .toBuffer();
}

/** Tests that need many real photos: what is found among sample and painted ones would say little. */
export const describeWithSharedPhotos = describeWith(
  '../shared/photos and ../shared/models',
  existsSync(join(FOLDER, 'index.csv')) && existsSync(join(SHARED_FOLDER, 'models/expected.json')),
);
