import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '#durable-files';
import { isThere } from './manifest.js';

/** Where a write leaves files, in the order in which they must be durable: the manifest names the others. */
const FOLDERS = ['data', '_deletions', '_indices', '_transactions', '_versions'];

/** The files of one table, which LanceDB leaves to the system to write to the disk. */
export class TableFiles {
  readonly #synced = new Set<string>();

  constructor(private readonly folder: string) {}

  /** LanceDB appends to a table that somebody has deleted as if nothing were missing, and makes its folders again. */
  async assertThere(): Promise<void> {
    if (!(await isThere(join(this.folder, '_versions')))) throw new Error(`The table ${this.folder} was not found.`);
  }

  /** Without this, a power loss could take back what `apply` has promised. */
  async sync(): Promise<void> {
    const present = new Set<string>();
    for (const name of FOLDERS) {
      const folder = join(this.folder, name);
      const files = await readdir(folder, { recursive: name === '_indices' }).catch(() => []);
      for (const file of files) present.add(join(folder, file));
      const fresh = files.map((it) => join(folder, it)).filter((it) => !this.#synced.has(it));
      for (const file of fresh) await syncFile(file);
      if (fresh.length === 0) continue;
      await syncFolder(folder);
      // A folder's own name counts too, and LanceDB makes each when it first needs it.
      if (!this.#synced.has(folder)) await syncFolder(this.folder);
      present.add(folder);
    }
    this.#synced.clear();
    for (const file of present) this.#synced.add(file);
  }
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
