import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type GenerationSchema, LookalikeError } from '#core';
import { replaceFile } from '#durable-files';
import { damaged } from './damage.js';

export interface ManifestEntry {
  readonly schema: GenerationSchema;
  /** Never used again after a drop, so a new generation of the same name cannot meet the old one's cached files. */
  readonly table: string;
}

/** Which generations there are and which is live. A table that is not named here does not exist. */
export interface Manifest {
  readonly format: 1;
  readonly live: string | null;
  readonly generations: Readonly<Record<string, ManifestEntry>>;
}

const EMPTY: Manifest = { format: 1, live: null, generations: {} };

export async function readManifest(folder: string): Promise<Manifest> {
  let text: string;
  try {
    text = await readFile(join(folder, 'generations.json'), 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return EMPTY;
    throw unavailable('cannot be read', cause);
  }
  try {
    const { format, live = null, generations } = JSON.parse(text) as Manifest;
    if (format === 1 && typeof generations === 'object' && generations !== null) return { format, live, generations };
  } catch (cause) {
    throw damaged(folder, "The index's list of generations is not JSON.", cause);
  }
  throw damaged(folder, "The index's list of generations has a format that this version does not know.");
}

/** Old or new, never in between, after a power loss too. */
export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  try {
    const text = JSON.stringify(manifest, null, 2);
    await replaceFile(join(folder, 'generations.json'), (file) => file.writeFile(text));
  } catch (cause) {
    throw unavailable('cannot be written', cause);
  }
}

function unavailable(what: string, cause?: unknown): LookalikeError {
  return new LookalikeError('index-unavailable', `The index's list of generations ${what}.`, { cause });
}
