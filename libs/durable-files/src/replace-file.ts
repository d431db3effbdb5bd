import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from './folders.js';

let count = 0;

/**
 * Writes a file so that its name means the old bytes or the new ones, never something in between, and after this has
 * resolved the new ones, after a power loss too: temporary file, fsync, rename, fsync of the folder.
 * After a failure before the rename no temporary file stays.
 */
export async function replaceFile<T>(path: string, write: (file: FileHandle) => Promise<T>): Promise<T> {
  count += 1;
  const temporary = `${path}.${process.pid}.${count}.tmp`;
  let result: T;
  try {
    const file = await open(temporary, 'w');
    try {
      result = await write(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    // The failure is the one to tell.
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
  await syncFolder(dirname(path));
  return result;
}
