import {
  constants,
  copyFile,
  type FileHandle,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isRunning, PROCESS_MARK, syncFolder } from '#durable-files';

const ETAG = '.etag';
let claims = 0;

/** The strong ETag of the address that the bytes came from, so that resuming can notice another file behind it. */
export interface PartOrigin {
  readonly url: string;
  readonly etag: string;
}

/**
 * A download under way. At rest it is `<file>.part`, free for anyone to go on with; while a process works on it, it is
 * `<file>.part.<pid>.<process mark>.<count>`, that process's own. No two processes ever write one file: what a dead
 * one left is taken over as a copy, so even a process that only looked dead does no harm.
 */
export class PartFile {
  private readonly path: string;

  private constructor(private readonly restingPath: string) {
    claims += 1;
    this.path = `${restingPath}.${process.pid}.${PROCESS_MARK}.${claims}`;
  }

  /** Takes over what an earlier attempt left, or starts with nothing. */
  static async claim(modelPath: string): Promise<PartFile> {
    const part = new PartFile(`${modelPath}.part`);
    await ifThere(rename(part.restingPath, part.path));
    await ifThere(rename(part.restingPath + ETAG, part.path + ETAG));
    for (const left of await part.leftByTheDead()) {
      if ((await sizeOf(left)) > (await part.size())) {
        await ifThere(copyFile(left, part.path, constants.COPYFILE_FICLONE));
        await copyFile(left + ETAG, part.path + ETAG).catch(() => rm(part.path + ETAG, { force: true }));
      }
      await remove(left);
    }
    return part;
  }

  size(): Promise<number> {
    return sizeOf(this.path);
  }

  /** Opened to append after the first `from` bytes; what was beyond is cut off. */
  async openAt(from: number): Promise<FileHandle> {
    const file = await open(this.path, 'a');
    await file.truncate(from);
    return file;
  }

  async origin(): Promise<PartOrigin | null> {
    try {
      const { url, etag } = JSON.parse(await readFile(this.path + ETAG, 'utf8')) as Partial<PartOrigin>;
      return typeof url === 'string' && typeof etag === 'string' ? { url, etag } : null;
    } catch {
      return null;
    }
  }

  async setOrigin(origin: PartOrigin | null): Promise<void> {
    if (origin === null) await rm(this.path + ETAG, { force: true });
    else await writeFile(this.path + ETAG, JSON.stringify(origin));
  }

  async discard(): Promise<void> {
    await remove(this.path);
  }

  /** Puts it back for a later attempt. */
  async rest(): Promise<void> {
    if ((await this.size()) === 0) return this.discard();
    await rm(this.restingPath + ETAG, { force: true });
    await ifThere(rename(this.path, this.restingPath));
    await ifThere(rename(this.path + ETAG, this.restingPath + ETAG));
  }

  /** The file under its own name, durable. The caller has verified `path`. */
  async publish(modelPath: string): Promise<void> {
    const file = await open(this.path, 'r+');
    await file.sync().finally(() => file.close());
    await rename(this.path, modelPath);
    await syncFolder(dirname(modelPath));
    await rm(this.path + ETAG, { force: true });
    await remove(this.restingPath);
  }

  get workingPath(): string {
    return this.path;
  }

  private async leftByTheDead(): Promise<readonly string[]> {
    const folder = dirname(this.restingPath);
    const parts = await workingParts(folder, basename(this.restingPath));
    const isDead = ({ pid, instance }: WorkingPart) =>
      pid === process.pid ? instance !== PROCESS_MARK : !isRunning(pid);
    return parts.filter(isDead).map(({ name }) => join(folder, name));
  }
}

/** How much of a download is there, the longest where there are several. */
export async function partialSize(modelPath: string): Promise<number> {
  const folder = dirname(modelPath);
  const resting = `${basename(modelPath)}.part`;
  const names = [resting, ...(await workingParts(folder, resting)).map(({ name }) => name)];
  return Math.max(...(await Promise.all(names.map((name) => sizeOf(join(folder, name))))));
}

interface WorkingPart {
  readonly name: string;
  readonly pid: number;
  readonly instance: string;
}

async function workingParts(folder: string, resting: string): Promise<readonly WorkingPart[]> {
  const found: WorkingPart[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    const tail = name.startsWith(`${resting}.`) ? name.slice(resting.length + 1) : '';
    const owner = /^(?<pid>\d+)\.(?<instance>[0-9a-f-]{36})\.\d+$/.exec(tail)?.groups;
    if (owner !== undefined) found.push({ name, pid: Number(owner.pid), instance: owner.instance ?? '' });
  }
  return found;
}

async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => null);
  return found?.size ?? 0;
}

async function remove(path: string): Promise<void> {
  await rm(path, { force: true });
  await rm(path + ETAG, { force: true });
}

/** Another process may have been first. */
async function ifThere(operation: Promise<void>): Promise<void> {
  await operation.catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}
