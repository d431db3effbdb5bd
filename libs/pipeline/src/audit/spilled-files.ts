import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BucketFiles, notStored } from './bucket-files.js';

/** Temporary files of one piece of work, in a folder of their own, which is removed with them. */
export class SpilledFiles {
  readonly #opened: BucketFiles[] = [];

  private constructor(
    private readonly folder: string,
    readonly buckets: number,
    private readonly partitions: number,
  ) {}

  /**
   * @param name of the work: what a process that is killed leaves is a folder `<name>-…`.
   * @param partitions of the topic of the events. @throws `storage-unavailable`.
   */
  static async within<T>(
    parent: string,
    { name, buckets, partitions }: { readonly name: string; readonly buckets: number; readonly partitions: number },
    work: (files: SpilledFiles) => Promise<T>,
  ): Promise<T> {
    const folder = await mkdtemp(join(parent, `${name}-`)).catch((error) => {
      throw notStored(error);
    });
    const files = new SpilledFiles(folder, buckets, partitions);
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
