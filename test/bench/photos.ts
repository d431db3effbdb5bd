import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SHARED_FOLDER, sharedManifest, sharedModelFile, TEST_CACHE_FOLDER } from '#testkit';

export interface Photo {
  readonly name: string;
  readonly bytes: Buffer<ArrayBuffer>;
}

export async function readPhotos(): Promise<readonly Photo[]> {
  const folder = join(SHARED_FOLDER, 'photos');
  const names = (await readdir(folder)).filter((it) => it.endsWith('.JPEG')).sort();
  return Promise.all(names.map(async (name) => ({ name, bytes: Buffer.from(await readFile(join(folder, name))) })));
}

export interface Model {
  readonly manifest: string;
  readonly file: string;
}

/** The real int8 VGG16, fc2: its manifest as a file, as the server takes it, and the unpacked model. */
export async function realModel(): Promise<Model> {
  await mkdir(TEST_CACHE_FOLDER, { recursive: true });
  const manifest = join(TEST_CACHE_FOLDER, 'bench-vgg16-int8-fc2.json');
  await writeFile(manifest, JSON.stringify(sharedManifest('vgg16-int8', 'fc2')));
  return { manifest, file: await sharedModelFile('vgg16-int8') };
}
