import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '#durable-files';

/**
 * Where blobs lie: `ab/abcd…`, so a million blobs are 256 folders of 3,900. A folder's entry in its parent is as much
 * part of a durable blob as the file: it is synced once, by whoever uses the folder first in this process, because an
 * existing folder may have been made by a process that died before syncing it. With few folders that is soon over: two
 * levels, 65,536 of them, made and synced one for nearly every blob.
 */
export class BlobFolders {
  /** At most 256 names. */
  private readonly durable = new Set<string>();

  constructor(private readonly root: string) {}

  pathOf(sha256: string): string {
    return join(this.folderOf(sha256), sha256);
  }

  async prepareFor(sha256: string): Promise<void> {
    const folder = this.folderOf(sha256);
    if (this.durable.has(folder)) return;
    await mkdir(folder, { recursive: true });
    await syncFolder(this.root);
    this.durable.add(folder);
  }

  /** Makes a rename or unlink durable. */
  async syncFolderOf(sha256: string): Promise<void> {
    await syncFolder(this.folderOf(sha256));
  }

  /** After a failure: someone may have removed folders. */
  forget(): void {
    this.durable.clear();
  }

  private folderOf(sha256: string): string {
    return join(this.root, sha256.slice(0, 2));
  }
}
