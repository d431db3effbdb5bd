import { createHash } from 'node:crypto';
import { type FileHandle, open, rename, rm, stat, unlink, utimes } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import {
  type BlobCopy,
  type BlobInfo,
  type BlobListing,
  type BlobStore,
  blobDamaged,
  blobMissing,
  blobTooLarge,
  checkBlobHash,
  isBlobName,
  isLookalikeError,
  LookalikeError,
  type PutOptions,
  returnableBytes,
} from '#core';
import { makeDurableFolder, syncFolder } from '#durable-files';
import { BlobFolders } from './blob-folders.js';
import { listedFiles } from './listed-files.js';
import { isNotFound, onDisk, storageError } from './storage-error.js';
import { TempFiles } from './temp-files.js';
import { VerifiedFileStream } from './verified-file-stream.js';
import { WithdrawnFiles } from './withdrawn-files.js';
import { copyHashed } from './write-hashed.js';

/** Of looking for a blob that others move from one place to the other meanwhile. */
const LOOKS = 3;

/** Blobs as files of one folder, which several processes may share. @throws `storage-unavailable`. */
export async function openFolderBlobs({ folder }: { readonly folder: string }): Promise<BlobStore> {
  const root = resolve(folder);
  const temp = new TempFiles(root);
  await onDisk(async () => {
    await makeDurableFolder(root);
    await temp.prepare();
  });
  return new FolderBlobStore(root, temp);
}

class FolderBlobStore implements BlobStore {
  private readonly folders: BlobFolders;
  private readonly withdrawn: WithdrawnFiles;

  constructor(
    private readonly root: string,
    private readonly temp: TempFiles,
  ) {
    this.folders = new BlobFolders(root);
    this.withdrawn = new WithdrawnFiles(root);
  }

  async put(source: Uint8Array | Readable, options: PutOptions): Promise<BlobInfo> {
    const path = this.temp.next();
    try {
      const info = await this.writeTemp(path, source, options);
      await this.publish(path, info.sha256, options);
      return info;
    } catch (error) {
      if (!ArrayBuffer.isView(source)) source.destroy();
      // The put's own error is the one to tell; a file that cannot be removed now goes at the next start.
      await rm(path, { force: true }).catch(() => {});
      throw error;
    }
  }

  async read(sha256: string, { maxBytes }: { readonly maxBytes: number }): Promise<Buffer> {
    const opened = await this.openFile(sha256);
    if (opened.sizeBytes <= maxBytes) return readWhole(opened, sha256);
    await opened.file.close();
    throw blobTooLarge(maxBytes);
  }

  async open(sha256: string): Promise<{ readonly info: BlobInfo; readonly stream: Readable }> {
    const { file, sizeBytes } = await this.openFile(sha256);
    const info = { sha256, sizeBytes };
    return { info, stream: new VerifiedFileStream(file, info) };
  }

  async stat(sha256: string): Promise<BlobInfo | null> {
    const found = await this.firstThere(sha256, (path) => stat(path));
    return found && { sha256, sizeBytes: found.size };
  }

  async delete(sha256: string): Promise<boolean> {
    let isFound = false;
    for (;;) {
      const deleted = await this.firstThere(sha256, async (path) => {
        await unlink(path);
        return path;
      });
      if (deleted === null) return isFound;
      isFound = true;
      await onDisk(() => syncFolder(dirname(deleted)));
    }
  }

  async renew(sha256: string): Promise<BlobInfo | null> {
    if (!isBlobName(sha256)) return null;
    const now = await onDisk(() => this.temp.now());
    for (let look = 0; look < LOOKS; look += 1) {
      if (await this.isTouched(sha256, now)) return this.stat(sha256);
      const [path] = await onDisk(() => this.withdrawn.pathsOf(sha256));
      if (path === undefined) return null;
      await this.bringBack(sha256, path);
    }
    throw new LookalikeError('storage-unavailable', 'A blob is moved aside and back all the time.', {
      facts: { sha256 },
    });
  }

  async list(): Promise<BlobListing> {
    const now = await onDisk(() => this.temp.now());
    return { atMs: now.getTime(), copies: listedFiles(this.root) };
  }

  async withdraw({ sha256, sinceMs }: Pick<BlobCopy, 'sha256' | 'sinceMs'>): Promise<boolean> {
    if (!isBlobName(sha256)) return false;
    try {
      const path = this.folders.pathOf(sha256);
      if ((await stat(path)).mtimeMs !== sinceMs) return false;
      const aside = await this.withdrawn.prepareFor(sha256);
      // What somebody puts between the look and now is moved too, and lies there as long as anything that is moved now.
      await rename(path, aside);
      await this.withdrawn.syncFolderOf(sha256);
      await this.folders.syncFolderOf(sha256);
      return true;
    } catch (error) {
      await this.requireMissing(error);
      return false;
    }
  }

  async drop({ sha256, withdrawal }: Pick<BlobCopy, 'sha256'> & { readonly withdrawal: string }): Promise<void> {
    try {
      await unlink(this.withdrawn.pathOf(sha256, withdrawal));
      await this.withdrawn.syncFolderOf(sha256);
    } catch (error) {
      await this.requireMissing(error);
    }
  }

  async close(): Promise<void> {}

  private async writeTemp(path: string, source: Uint8Array | Readable, options: PutOptions): Promise<BlobInfo> {
    const file = await onDisk(() => open(path, 'wx'));
    try {
      const info = await copyHashed(source, file, options.maxBytes);
      checkBlobHash(info.sha256, options.expectedSha256);
      if (!options.isDerived) await onDisk(() => file.sync());
      return info;
    } finally {
      await onDisk(() => file.close());
    }
  }

  /**
   * Also over a blob that is already there: the bytes are the same, a damaged file is mended by it, and this put
   * does not lean on another's rename that may not be durable yet. A failure after the rename leaves a whole blob.
   * What is derived was not synced, so it never takes the place of an intact file that may have been.
   */
  private async publish(path: string, sha256: string, { isDerived = false }: PutOptions): Promise<void> {
    if (isDerived && (await this.isIntact(sha256))) {
      const { mtime } = await onDisk(() => stat(path));
      if (await this.isTouched(sha256, mtime)) return onDisk(() => unlink(path));
    }
    try {
      await this.folders.prepareFor(sha256);
      await rename(path, this.folders.pathOf(sha256));
      if (!isDerived) await this.folders.syncFolderOf(sha256);
    } catch (error) {
      this.folders.forget();
      throw storageError(error);
    }
  }

  /** The blob itself, wherever else there may be copies. */
  private async isIntact(sha256: string): Promise<boolean> {
    try {
      await readWhole(await openedFile(this.folders.pathOf(sha256)), sha256);
      return true;
    } catch (error) {
      if (isLookalikeError(error) && error.code === 'blob-damaged') return false;
      await this.requireMissing(error);
      return false;
    }
  }

  /** Gives the blob itself the time of a put. False when it is not there. */
  private async isTouched(sha256: string, time: Date): Promise<boolean> {
    try {
      await utimes(this.folders.pathOf(sha256), time, time);
      return true;
    } catch (error) {
      await this.requireMissing(error);
      return false;
    }
  }

  /** @param path of a withdrawn copy, which may have gone meanwhile. */
  private async bringBack(sha256: string, path: string): Promise<void> {
    try {
      await this.folders.prepareFor(sha256);
      await rename(path, this.folders.pathOf(sha256));
      await this.folders.syncFolderOf(sha256);
      await this.withdrawn.syncFolderOf(sha256);
    } catch (error) {
      this.folders.forget();
      await this.requireMissing(error);
    }
  }

  private async openFile(sha256: string): Promise<OpenedFile> {
    const opened = await this.firstThere(sha256, openedFile);
    if (opened === null) throw blobMissing(sha256);
    return opened;
  }

  /** Of the blob itself, or else of a copy that was moved aside. `null` when there is neither. */
  private async firstThere<T>(sha256: string, use: (path: string) => Promise<T>): Promise<T | null> {
    if (!isBlobName(sha256)) return null;
    for (let look = 0; look < LOOKS; look += 1) {
      const aside = look === 0 ? [] : await onDisk(() => this.withdrawn.pathsOf(sha256));
      for (const path of [this.folders.pathOf(sha256), ...aside]) {
        try {
          return await use(path);
        } catch (error) {
          await this.requireMissing(error);
        }
      }
    }
    return null;
  }

  /**
   * @param error of a blob's file. @throws `storage-unavailable`, unless it is the blob that is not there: a disk that is not
   * mounted has no blobs either, and says nothing of any.
   */
  private async requireMissing(error: unknown): Promise<void> {
    if (!isNotFound(error)) throw storageError(error);
    await onDisk(() => stat(this.temp.folder));
  }
}

interface OpenedFile {
  readonly file: FileHandle;
  readonly sizeBytes: number;
}

async function openedFile(path: string): Promise<OpenedFile> {
  const file = await open(path, 'r');
  try {
    return { file, sizeBytes: (await file.stat()).size };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Closes the file. @throws `blob-damaged`, `storage-unavailable`. */
async function readWhole({ file, sizeBytes }: OpenedFile, sha256: string): Promise<Buffer> {
  try {
    const bytes = Buffer.from(returnableBytes(sizeBytes).buffer);
    // What is cut short meanwhile ends in zeros, which its hash tells.
    await onDisk(() => file.read(bytes, 0, sizeBytes, 0));
    if (createHash('sha256').update(bytes).digest('hex') !== sha256) throw blobDamaged(sha256);
    return bytes;
  } finally {
    await file.close();
  }
}
