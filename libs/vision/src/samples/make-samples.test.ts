import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { makeQueryPicture, makeSamples } from './make-samples.js';

let folder: string;
let photo: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lookalike-samples-'));
  photo = join(folder, 'photo.jpg');
  const noise = { create: { width: 200, height: 100, channels: 3 as const, background: '#4080c0' } };
  // Exif 6: stored lying, seen standing.
  await sharp(noise).jpeg().withMetadata({ orientation: 6 }).toFile(photo);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const sizeOf = async (path: string) => {
  const { width, height } = await sharp(await readFile(path)).metadata();
  return `${width}x${height}`;
};

test('each photo becomes five pictures, always the same bytes', async () => {
  const target = join(folder, 'samples');
  await makeSamples([{ name: 'boats', path: photo }], target);
  expect((await readdir(join(target, 'boats'))).sort()).toEqual([
    'cropped.jpg',
    'original.jpg',
    'recoloured.jpg',
    'recompressed.jpg',
    'rotated.jpg',
  ]);
  expect(await readFile(join(target, 'boats/original.jpg'))).toEqual(await readFile(photo));
  expect(await sizeOf(join(target, 'boats/cropped.jpg'))).toBe('80x160');
  const before = await readFile(join(target, 'boats/recoloured.jpg'));
  await makeSamples([{ name: 'boats', path: photo }], target);
  expect(await readFile(join(target, 'boats/recoloured.jpg'))).toEqual(before);
});

test('the query is a part of the photo as it is seen', async () => {
  const target = join(folder, 'new/query.jpg');
  const picture = await makeQueryPicture(photo, target);
  expect(await readFile(target)).toEqual(picture);
  expect(await sizeOf(target)).toBe('92x184');
});
