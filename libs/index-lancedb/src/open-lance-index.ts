import { resolve } from 'node:path';
import { type Connection, connect, Session } from '@lancedb/lancedb';
import { LookalikeError, type VectorIndex } from '#core';
import { makeDurableFolder } from '#durable-files';
import { indexErrors } from './damage.js';
import { LanceIndex } from './lance-index.js';
import type { MaintenanceOptions } from './maintenance.js';
import { readManifest } from './manifest.js';

export interface LanceIndexOptions extends MaintenanceOptions {
  /** Of this index alone, and open in one process at a time: the guard against double rows is inside the process. */
  readonly folder: string;
  /** Most memory for graphs and quantised vectors; 4096-d takes about 4.5 kB a row. Default: 256 MiB. */
  readonly indexCacheBytes?: number;
}

const INDEX_CACHE_BYTES = 256 * 2 ** 20;
const METADATA_CACHE_BYTES = 128 * 2 ** 20;

/** @throws `index-unavailable` when the folder cannot be read or written; `index-damaged` with the way out. */
export async function openLanceIndex(options: LanceIndexOptions): Promise<VectorIndex> {
  try {
    await makeDurableFolder(options.folder);
    const caches = [BigInt(options.indexCacheBytes ?? INDEX_CACHE_BYTES), BigInt(METADATA_CACHE_BYTES)] as const;
    const db = await connect(resolve(options.folder), {}, new Session(...caches));
    return await openedOrClosed(db, options);
  } catch (cause) {
    if (cause instanceof LookalikeError) throw cause;
    throw indexErrors(options.folder)('The index cannot be opened.', cause);
  }
}

async function openedOrClosed(db: Connection, options: LanceIndexOptions): Promise<VectorIndex> {
  let index: LanceIndex | undefined;
  try {
    index = new LanceIndex(db, options, await readManifest(options.folder));
    await index.open();
    return index;
  } catch (error) {
    // The failure is the one to tell.
    await index?.close().catch(() => undefined);
    if (db.isOpen()) db.close();
    throw error;
  }
}
