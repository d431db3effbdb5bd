import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '#durable-files';

/**
 * Where blobs lie: `ab/cd/abcd…`, so a million blobs are 65,536 folders of 15. A folder's entry in its parent is as
 * much part of a durable blob as the file: it is synced once, by whoever uses the folder first in this process,
 * because an existing folder may have been made by a process that died before syncing it.
 */
export class BlobFolders {
  /** Relative names; at most 65,792. */
  private readonly durable = new Set<string>();

  constructor(private readonly root: string) {}

  pathOf(sha256: string): string {
    return join(this.folderOf(sha256), sha256);
  }

  async prepareFor(sha256: string): Promise<void> {
    const outer = sha256.slice(0, 2);
    const inner = join(outer, sha256.slice(2, 4));
    if (this.durable.has(inner)) return;
    await mkdir(join(this.root, inner), { recursive: true });
    await syncFolder(join(this.root, outer));
    if (!this.durable.has(outer)) await syncFolder(this.root);
    this.durable.add(outer).add(inner);
  }

  /**
   * Makes a rename or unlink durable. Not grouped over puts under way at once: they lie in one of 65,536 folders each
   * and so hardly ever share the sync.
   */
  async syncFolderOf(sha256: string): Promise<void> {
    await syncFolder(this.folderOf(sha256));
  }

  /** After a failure: someone may have removed folders. */
  forget(): void {
    this.durable.clear();
  }

  private folderOf(sha256: string): string {
    return join(this.root, sha256.slice(0, 2), sha256.slice(2, 4));
  }
}
