import { readFile, stat } from 'node:fs/promises';
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

/** Of a new index, and of one that somebody has deleted. */
export const EMPTY_MANIFEST: Manifest = { format: 1, live: null, generations: {} };

export async function readManifest(folder: string): Promise<Manifest> {
  let text: string;
  try {
    text = await readFile(pathIn(folder), 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return EMPTY_MANIFEST;
    throw unavailable('cannot be read', cause);
  }
  try {
    const { format, live = null, generations } = JSON.parse(text) as Manifest;
    if (format === 1 && typeof generations === 'object' && generations !== null) {
      return { format, live, generations: Object.fromEntries(Object.entries(generations).map(withSettings)) };
    }
  } catch (cause) {
    throw damaged(folder, "The index's list of generations is not JSON.", cause);
  }
  throw damaged(folder, "The index's list of generations has a format that this version does not know.");
}

/** A generation that was made before they had settings has none. */
function withSettings([name, { schema, table }]: [string, ManifestEntry]): [string, ManifestEntry] {
  return [name, { schema: { ...schema, settings: schema.settings ?? {} }, table }];
}

/** Old or new, never in between, after a power loss too. */
export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  try {
    const text = JSON.stringify(manifest, null, 2);
    await replaceFile(pathIn(folder), (file) => file.writeFile(text));
  } catch (cause) {
    throw unavailable('cannot be written', cause);
  }
}

/**
 * The same list, or a shorter one where tables are gone: without its file the index is, whatever else is left of it.
 * It is not written, so that an index whose disk was away for a while is found by the next start.
 */
export async function withoutLost(
  folder: string,
  manifest: Manifest,
  folderOf: (table: string) => string,
): Promise<Manifest> {
  const all = Object.entries(manifest.generations);
  if (all.length === 0) return manifest;
  if (!(await isThere(pathIn(folder)))) return EMPTY_MANIFEST;
  const kept: typeof all = [];
  for (const [name, entry] of all) if (await isThere(folderOf(entry.table))) kept.push([name, entry]);
  if (kept.length === all.length) return manifest;
  const generations = Object.fromEntries(kept);
  return {
    ...manifest,
    live: manifest.live !== null && manifest.live in generations ? manifest.live : null,
    generations,
  };
}

/** What cannot be looked at, for any other reason than that it is missing, counts as there. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}

function pathIn(folder: string): string {
  return join(folder, 'generations.json');
}

function unavailable(what: string, cause?: unknown): LookalikeError {
  return new LookalikeError('index-unavailable', `The index's list of generations ${what}.`, { cause });
}
