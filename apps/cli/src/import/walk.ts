import type { Dirent } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What the walk comes upon, one at a time, in the order the file system gives it. */
export type Found =
  | { readonly kind: 'file'; readonly path: string; readonly relativePath: string }
  /** A linked folder is not entered: a link to a parent would never end, one to a sibling would count twice. */
  | { readonly kind: 'linked-folder'; readonly relativePath: string }
  | { readonly kind: 'unreadable'; readonly relativePath: string; readonly reason: string };

/**
 * Every regular file below `folder`, links to files included. Names that begin with a dot are left out. Holds one open
 * folder per level and nothing else, so a million files need no list. `relativePath` has '/' on every system.
 */
export async function* walk(folder: string, below = ''): AsyncGenerator<Found, void, void> {
  try {
    // opendir reads 32 names at a time by default.
    for await (const entry of await opendir(folder, { bufferSize: 256 })) {
      if (entry.name.startsWith('.')) continue;
      const path = join(folder, entry.name);
      const relativePath = below + entry.name;
      if (entry.isDirectory()) yield* walk(path, `${relativePath}/`);
      else yield* file(entry, path, relativePath);
    }
  } catch (error) {
    yield { kind: 'unreadable', relativePath: below === '' ? '.' : below, reason: readReason(error, folder) };
  }
}

async function* file(entry: Dirent, path: string, relativePath: string): AsyncGenerator<Found, void, void> {
  if (entry.isFile()) {
    yield { kind: 'file', path, relativePath };
    return;
  }
  // Sockets, pipes and devices are no pictures and may block for ever; some file systems give no type at all.
  if (!entry.isSymbolicLink() && hasType(entry)) return;
  try {
    const target = await stat(path);
    if (target.isFile()) yield { kind: 'file', path, relativePath };
    else if (target.isDirectory()) yield { kind: 'linked-folder', relativePath };
  } catch (error) {
    yield { kind: 'unreadable', relativePath, reason: readReason(error, path) };
  }
}

function hasType(entry: Dirent): boolean {
  return entry.isFIFO() || entry.isSocket() || entry.isBlockDevice() || entry.isCharacterDevice();
}

/** How many files there are to import; walks on its own, so the import needs not wait for it. */
export async function countFiles(folder: string, signal: AbortSignal): Promise<number | null> {
  let count = 0;
  for await (const found of walk(folder)) {
    if (signal.aborted) return null;
    if (found.kind === 'file') count += 1;
  }
  return count;
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'no permission to read it',
  EPERM: 'no permission to read it',
  ENOENT: 'it is not there',
  ELOOP: 'a link that leads back to itself',
  EISDIR: 'it is a folder',
  EIO: 'the disk could not read it',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'its path is too long',
};

export function readReason(error: unknown, path: string): string {
  // Bytes that are no UTF-8 come as U+FFFD, and nothing can be opened by that name.
  if (path.includes('\ufffd')) return 'its name is not valid Unicode; rename it';
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? (REASONS[code] ?? code) : 'it could not be read';
}
