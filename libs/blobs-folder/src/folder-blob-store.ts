import { createHash } from 'node:crypto';
import { type FileHandle, open, rename, rm, stat, unlink } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import {
  type BlobInfo,
  type BlobStore,
  blobDamaged,
  blobMissing,
  blobTooLarge,
  checkBlobChunk,
  checkBlobHash,
  isBlobName,
  isLookalikeError,
  type PutOptions,
  returnableBytes,
} from '#core';
import { makeDurableFolder } from '#durable-files';
import { BlobFolders } from './blob-folders.js';
import { isNotFound, onDisk, storageError } from './storage-error.js';
import { TempFiles } from './temp-files.js';
import { VerifiedFileStream } from './verified-file-stream.js';

/** Blobs as files of one folder, which several processes may share. @throws `storage-unavailable`. */
export async function openFolderBlobs({ folder }: { readonly folder: string }): Promise<BlobStore> {
  const root = resolve(folder);
  const temp = new TempFiles(root);
  await onDisk(async () => {
    await makeDurableFolder(root);
    await temp.prepare();
  });
  return new FolderBlobStore(new BlobFolders(root), temp);
}

class FolderBlobStore implements BlobStore {
  constructor(
    private readonly folders: BlobFolders,
    private readonly temp: TempFiles,
  ) {}

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
    const { file, sizeBytes } = await this.openFile(sha256);
    try {
      if (sizeBytes > maxBytes) throw blobTooLarge(maxBytes);
      const bytes = Buffer.from(returnableBytes(sizeBytes).buffer);
      // What is cut short meanwhile ends in zeros, which its hash tells.
      await onDisk(() => file.read(bytes, 0, sizeBytes, 0));
      if (createHash('sha256').update(bytes).digest('hex') !== sha256) throw blobDamaged(sha256);
      return bytes;
    } finally {
      await file.close();
    }
  }

  async open(sha256: string): Promise<{ readonly info: BlobInfo; readonly stream: Readable }> {
    const { file, sizeBytes } = await this.openFile(sha256);
    const info = { sha256, sizeBytes };
    return { info, stream: new VerifiedFileStream(file, info) };
  }

  async stat(sha256: string): Promise<BlobInfo | null> {
    if (!isBlobName(sha256)) return null;
    try {
      return { sha256, sizeBytes: (await stat(this.folders.pathOf(sha256))).size };
    } catch (error) {
      await this.requireMissing(error);
      return null;
    }
  }

  async delete(sha256: string): Promise<boolean> {
    if (!isBlobName(sha256)) return false;
    try {
      await unlink(this.folders.pathOf(sha256));
      await this.folders.syncFolderOf(sha256);
      return true;
    } catch (error) {
      await this.requireMissing(error);
      return false;
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
    if (isDerived && (await this.isIntact(sha256))) return onDisk(() => unlink(path));
    try {
      await this.folders.prepareFor(sha256);
      await rename(path, this.folders.pathOf(sha256));
      if (!isDerived) await this.folders.syncFolderOf(sha256);
    } catch (error) {
      this.folders.forget();
      throw storageError(error);
    }
  }

  private async isIntact(sha256: string): Promise<boolean> {
    try {
      await this.read(sha256, { maxBytes: Number.POSITIVE_INFINITY });
      return true;
    } catch (error) {
      if (isLookalikeError(error) && ['blob-missing', 'blob-damaged'].includes(error.code)) return false;
      throw error;
    }
  }

  private async openFile(sha256: string): Promise<{ file: FileHandle; sizeBytes: number }> {
    if (!isBlobName(sha256)) throw blobMissing(sha256);
    let file: FileHandle | undefined;
    try {
      file = await open(this.folders.pathOf(sha256), 'r');
      return { file, sizeBytes: (await file.stat()).size };
    } catch (error) {
      await file?.close();
      await this.requireMissing(error);
      throw blobMissing(sha256);
    }
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

async function copyHashed(source: Uint8Array | Readable, file: FileHandle, maxBytes: number): Promise<BlobInfo> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of ArrayBuffer.isView(source) ? [source] : source) {
    checkBlobChunk(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) throw blobTooLarge(maxBytes);
    hash.update(chunk);
    await onDisk(() => writeAll(file, chunk));
  }
  return { sha256: hash.digest('hex'), sizeBytes };
}

/** One write may take fewer bytes than it was given, for instance shortly before the disk is full. */
async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  let rest = chunk;
  while (rest.length > 0) {
    const { bytesWritten } = await file.write(rest);
    rest = rest.subarray(bytesWritten);
  }
}
