import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type GenerationSchema, LookalikeError } from '#core';

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
    const manifest = JSON.parse(text) as Manifest;
    if (manifest.format === 1) return manifest;
  } catch (cause) {
    throw unavailable('is not JSON', cause);
  }
  throw unavailable('has a format this version does not know');
}

/** Old or new, never in between, after a power loss too: temporary file, fsync, rename, fsync of the folder. */
export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    const temporary = join(folder, 'generations.json.tmp');
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(JSON.stringify(manifest, null, 2));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, join(folder, 'generations.json'));
    await syncFolder(folder);
  } catch (cause) {
    throw unavailable('cannot be written', cause);
  }
}

/** Makes new names in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function unavailable(what: string, cause?: unknown): LookalikeError {
  return new LookalikeError('index-unavailable', `The index's list of generations ${what}.`, { cause });
}
