import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BucketFiles, notStored } from './bucket-files.js';

/** The temporary files of one audit, in a folder of their own, which is removed with them. */
export class AuditFiles {
  readonly #opened: BucketFiles[] = [];

  private constructor(
    private readonly folder: string,
    readonly buckets: number,
    private readonly partitions: number,
  ) {}

  /** @param partitions of the topic of the events. @throws `storage-unavailable`. */
  static async within<T>(
    parent: string,
    { buckets, partitions }: { readonly buckets: number; readonly partitions: number },
    work: (files: AuditFiles) => Promise<T>,
  ): Promise<T> {
    const folder = await mkdtemp(join(parent, 'audit-')).catch((error) => {
      throw notStored(error);
    });
    const files = new AuditFiles(folder, buckets, partitions);
    try {
      return await work(files);
    } finally {
      await files.#remove();
    }
  }

  /** @param name of the side, once. */
  side(name: string): BucketFiles {
    const files = new BucketFiles(this.folder, name, this.buckets, this.partitions);
    this.#opened.push(files);
    return files;
  }

  async #remove(): Promise<void> {
    try {
      for (const files of this.#opened) await files.close();
    } finally {
      await rm(this.folder, { recursive: true, force: true });
    }
  }
}
