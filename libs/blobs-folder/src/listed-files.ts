import type { Dirent } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type BlobCopy, isBlobName } from '#core';
import { isNotFound, onDisk } from './storage-error.js';
import { WITHDRAWN_FOLDER, withdrawalOf } from './withdrawn-files.js';

const FOLDER_OF_BLOBS = /^[0-9a-f]{2}$/;

/** Every blob of a folder and every copy that was moved aside. Files that are neither are passed over. */
export async function* listedFiles(root: string): AsyncGenerator<BlobCopy> {
  for await (const { name, path } of filesBelow(join(root, WITHDRAWN_FOLDER))) {
    const withdrawn = withdrawalOf(name);
    const found = withdrawn === null ? null : await statIfThere(path);
    // A rename makes a new time of change, and leaves that of modification, which is the last put's.
    if (withdrawn !== null && found !== null) yield { ...withdrawn, sizeBytes: found.size, sinceMs: found.ctimeMs };
  }
  for await (const { name, path } of filesBelow(root)) {
    const found = isBlobName(name) ? await statIfThere(path) : null;
    if (found !== null) yield { sha256: name, sizeBytes: found.size, withdrawal: null, sinceMs: found.mtimeMs };
  }
}

async function* filesBelow(parent: string): AsyncGenerator<{ readonly name: string; readonly path: string }> {
  for await (const folder of entriesOf(parent)) {
    if (!FOLDER_OF_BLOBS.test(folder.name)) continue;
    const path = join(parent, folder.name);
    for await (const { name } of entriesOf(path)) yield { name, path: join(path, name) };
  }
}

/** None of a folder that is not there. */
async function* entriesOf(path: string): AsyncGenerator<Dirent> {
  const folder = await onDisk(() => opendir(path).catch(nullIfNotFound));
  if (folder === null) return;
  try {
    for (let entry = await onDisk(() => folder.read()); entry !== null; entry = await onDisk(() => folder.read())) {
      yield entry;
    }
  } finally {
    await folder.close();
  }
}

/** `null` of what was moved or deleted meanwhile. */
function statIfThere(path: string) {
  return onDisk(() => stat(path).catch(nullIfNotFound));
}

function nullIfNotFound(error: unknown): null {
  if (isNotFound(error)) return null;
  throw error;
}
