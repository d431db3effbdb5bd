import { sha256Of } from '#testkit';
import type { Collection } from '../e2e/collection.js';
import { SAMPLE_NAMES, samplePicture } from '../query/sample-pictures.js';

/** Uploads the sample photos, each under its name, and waits until they are found. @returns their URIs. */
export async function uploadSamples(collection: Collection): Promise<string[]> {
  const pictures = await Promise.all(SAMPLE_NAMES.map(samplePicture));
  const added = await collection.addAll(SAMPLE_NAMES.map((name, at) => [name, pictures[at] as Buffer]));
  for (const it of added) await collection.visible(it);
  return pictures.map((bytes) => `blob:${sha256Of(bytes)}`);
}
