import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isRunning, PROCESS_MARK } from '#durable-files';

const HOST = hostname()
  .replaceAll(/[^A-Za-z0-9-]/g, '-')
  .slice(0, 100);
/** Of another host's process nothing is known: a put that has not written for this long counts as dead. */
const FOREIGN_IDLE_MS = 24 * 60 * 60 * 1000;
const NAME = /^(?<host>[A-Za-z0-9-]+)_(?<pid>\d+)_(?<instance>[0-9a-f-]{36})_\d+$/;

/** Files being written. They live beside the blobs, because a rename is atomic only within one file system. */
export class TempFiles {
  private static count = 0;
  /** There as long as the blobs are: `prepare` makes it. */
  readonly folder: string;

  constructor(blobsFolder: string) {
    this.folder = join(blobsFolder, 'tmp');
  }

  next(): string {
    TempFiles.count += 1;
    return join(this.folder, `${HOST}_${process.pid}_${PROCESS_MARK}_${TempFiles.count}`);
  }

  /** By the clock that gives files their times, which may be a server's. */
  async now(): Promise<Date> {
    const path = this.next();
    await writeFile(path, '', { flag: 'wx' });
    try {
      return (await stat(path)).mtime;
    } finally {
      await rm(path, { force: true });
    }
  }

  /** Makes the folder and removes what dead processes left. Other processes may be writing beside us: theirs stay. */
  async prepare(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    for (const name of await readdir(this.folder)) {
      const path = join(this.folder, name);
      if (await isLeftover(name, path)) await rm(path, { force: true });
    }
  }
}

async function isLeftover(name: string, path: string): Promise<boolean> {
  const owner = NAME.exec(name)?.groups;
  if (owner === undefined) return false;
  if (owner.instance === PROCESS_MARK) return false;
  if (owner.host === HOST) {
    const pid = Number(owner.pid);
    if (pid === process.pid || !isRunning(pid)) return true;
  }
  const found = await stat(path).catch(() => null);
  return found !== null && Date.now() - found.mtimeMs > FOREIGN_IDLE_MS;
}
