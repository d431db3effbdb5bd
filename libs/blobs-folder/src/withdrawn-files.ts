import { randomUUID } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '#durable-files';
import { isNotFound } from './storage-error.js';

export const WITHDRAWN_FOLDER = 'withdrawn';
const NAME = /^([0-9a-f]{64})_([0-9a-f-]{36})$/;

/**
 * Where blobs lie that were moved aside: `withdrawn/ab/abcd…_<withdrawal>`. Each withdrawal has names of its own, so who
 * drops what one has moved, however late, takes nothing that another has moved since.
 */
export class WithdrawnFiles {
  constructor(private readonly root: string) {}

  pathOf(sha256: string, withdrawal: string): string {
    return join(this.folderOf(sha256), `${sha256}_${withdrawal}`);
  }

  /** A place for a blob to be moved to. */
  async prepareFor(sha256: string): Promise<string> {
    const folder = this.folderOf(sha256);
    await mkdir(folder, { recursive: true });
    await syncFolder(join(this.root, WITHDRAWN_FOLDER));
    await syncFolder(this.root);
    return this.pathOf(sha256, randomUUID());
  }

  async syncFolderOf(sha256: string): Promise<void> {
    await syncFolder(this.folderOf(sha256));
  }

  /** Of one blob. */
  async pathsOf(sha256: string): Promise<readonly string[]> {
    const folder = this.folderOf(sha256);
    try {
      const names = await readdir(folder);
      return names.filter((name) => name.startsWith(`${sha256}_`)).map((name) => join(folder, name));
    } catch (error) {
      if (isNotFound(error)) return [];
      throw error;
    }
  }

  private folderOf(sha256: string): string {
    return join(this.root, WITHDRAWN_FOLDER, sha256.slice(0, 2));
  }
}

/** @returns `null` for a name that no withdrawal gives. */
export function withdrawalOf(name: string): { readonly sha256: string; readonly withdrawal: string } | null {
  const [, sha256, withdrawal] = NAME.exec(name) ?? [];
  return sha256 === undefined || withdrawal === undefined ? null : { sha256, withdrawal };
}
