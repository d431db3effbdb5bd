import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describeWith, SHARED_FOLDER } from '#testkit';

const FOLDER = join(SHARED_FOLDER, 'photos');

export interface Photo {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Real photos, each another motif; always the same ones in the same order. */
export function photos(from: number, to: number): Photo[] {
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

/** Tests on the real process with a real VGG16 and real photos. */
export const describeEndToEnd = describeWith(
  '../shared/photos and ../shared/models',
  existsSync(join(FOLDER, 'index.csv')) && existsSync(join(SHARED_FOLDER, 'models/expected.json')),
);
