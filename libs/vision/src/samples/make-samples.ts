import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sharp } from '../pictures/image-library.js';

export interface SampleSource {
  /** Becomes the name of its folder. */
  readonly name: string;
  readonly path: string;
}

type Edit = (photo: Buffer) => Promise<Buffer>;

/** The edits people make: each shows in the first results when near-duplicates are found. */
const EDITS: Readonly<Record<string, Edit>> = {
  original: async (photo) => photo,
  cropped: (photo) => crop(photo, { left: 0.1, top: 0.1, width: 0.8, height: 0.8 }, 90),
  recompressed: (photo) => sharp(photo).jpeg({ quality: 30 }).toBuffer(),
  rotated: (photo) => sharp(photo).rotate(90).jpeg({ quality: 90 }).toBuffer(),
  recoloured: (photo) => sharp(photo).modulate({ brightness: 1.15, saturation: 0.6 }).jpeg({ quality: 90 }).toBuffer(),
};

/** `folder/NAME/original.jpg`, `…/cropped.jpg` and so on for each photo. Writes files anew, with the same bytes. */
export async function makeSamples(sources: readonly SampleSource[], folder: string): Promise<void> {
  for (const { name, path } of sources) {
    const photo = await readFile(path);
    await mkdir(join(folder, name), { recursive: true });
    for (const [edit, make] of Object.entries(EDITS)) {
      await writeWhole(join(folder, name, `${edit}.jpg`), await make(photo));
    }
  }
}

/** Another crop, recompressed: a picture to search with that is in no collection. */
export async function makeQueryPicture(path: string, target: string): Promise<Buffer> {
  const picture = await crop(await readFile(path), { left: 0.03, top: 0.05, width: 0.92, height: 0.92 }, 50);
  await mkdir(dirname(target), { recursive: true });
  await writeWhole(target, picture);
  return picture;
}

/** `part` in shares of the picture's width and height, as it is seen: turned as its Exif data says. */
async function crop(photo: Buffer, part: Record<'left' | 'top' | 'width' | 'height', number>, quality: number) {
  const { data, info } = await sharp(photo)
    .autoOrient()
    .png({ compressionLevel: 0 })
    .toBuffer({ resolveWithObject: true });
  const area = {
    left: Math.floor(part.left * info.width),
    top: Math.floor(part.top * info.height),
    width: Math.max(1, Math.floor(part.width * info.width)),
    height: Math.max(1, Math.floor(part.height * info.height)),
  };
  return sharp(data).extract(area).jpeg({ quality }).toBuffer();
}

/** A stop in between leaves no half picture under its name. */
async function writeWhole(path: string, bytes: Buffer): Promise<void> {
  await writeFile(`${path}.part`, bytes);
  await rename(`${path}.part`, path);
}
