import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '#durable-files';
import { isThere } from './manifest.js';

/** Where a write leaves files, in the order in which they must be durable: the manifest names the others. */
const FOLDERS = ['data', '_deletions', '_indices', '_transactions', '_versions'];

/** The files of one table, which LanceDB leaves to the system to write to the disk. */
export class TableFiles {
  /** Names by folder. LanceDB gives none twice. */
  readonly #synced = new Map<string, Set<string>>();

  constructor(private readonly folder: string) {}

  /** LanceDB appends to a table that somebody has deleted as if nothing were missing, and makes its folders again. */
  async assertThere(): Promise<void> {
    if (!(await isThere(join(this.folder, '_versions')))) throw new Error(`The table ${this.folder} was not found.`);
  }

  /** Without this, a power loss could take back what `apply` has promised. */
  async sync(): Promise<void> {
    for (const name of FOLDERS) {
      const folder = join(this.folder, name);
      const files = await readdir(folder, { recursive: name === '_indices' }).catch(() => []);
      const synced = this.#synced.get(name);
      const fresh = synced === undefined ? files : files.filter((it) => !synced.has(it));
      for (const file of fresh) await syncFile(join(folder, file));
      if (fresh.length > 0) await syncFolder(folder);
      // A folder's own name counts too, and LanceDB makes each when it first needs it.
      if (fresh.length > 0 && synced === undefined) await syncFolder(this.folder);
      if (fresh.length > 0) this.#synced.set(name, withNames(synced, files, fresh));
    }
  }
}

/** There are thousands while a table is filled, so they are gone through again only when many of them have been removed. */
function withNames(known: Set<string> | undefined, files: readonly string[], fresh: readonly string[]): Set<string> {
  if (known === undefined || known.size > 2 * files.length) return new Set(files);
  for (const file of fresh) known.add(file);
  return known;
}

async function syncFile(path: string): Promise<void> {
  try {
    const file = await open(path, 'r');
    await file.sync().finally(() => file.close());
  } catch (error) {
    // Pruned, or a temporary file that has its name now.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
