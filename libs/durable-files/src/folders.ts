import { mkdir, open, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { systemCodeOf } from './storage-error.js';

/** Makes the names in a folder durable: those of new, renamed and removed files. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What one may lack of a folder far above that somebody else made. */
const NOT_OURS = new Set(['EACCES', 'EPERM', 'EROFS', 'EINVAL']);

/**
 * Makes a folder, and those above it where they are missing, durable: a file survives a power loss only with the name
 * of every folder it is in. All folders above are synced, not only those made now, because a process may have died
 * between making them and syncing them. It ends at the first one that is there and may not be synced.
 */
export async function makeDurableFolder(path: string): Promise<void> {
  const folder = resolve(path);
  const firstMade = await makeMissing(folder);
  let isOurs = firstMade !== undefined;
  for (let made = folder; made !== dirname(made); made = dirname(made)) {
    try {
      await syncFolder(dirname(made));
    } catch (error) {
      if (isOurs || !NOT_OURS.has(systemCodeOf(error))) throw error;
      return;
    }
    if (made === firstMade) isOurs = false;
  }
}

/**
 * As `mkdir` with `recursive`, which in Node 20 tries for ever where a system says ENOENT of a folder whose parent is
 * there, as Linux does in /proc. @returns the first that was made.
 */
async function makeMissing(folder: string): Promise<string | undefined> {
  const missing: string[] = [];
  for (let at = folder; !(await isFolder(at)); at = dirname(at)) missing.unshift(at);
  for (const path of missing) {
    await mkdir(path).catch(async (error: unknown) => {
      // Another process may be making the same.
      if (systemCodeOf(error) !== 'EEXIST' || !(await isFolder(path))) throw error;
    });
  }
  return missing[0];
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT' && path !== dirname(path)) return false;
    throw error;
  }
}
