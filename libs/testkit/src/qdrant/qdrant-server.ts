import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endProcess } from '../end-process.js';
import { eventually } from '../eventually.js';
import { freePort } from '../free-port.js';
import { describeWith, SHARED_FOLDER, TEST_CACHE_FOLDER } from '../requirement.js';

const STANDIN = join(SHARED_FOLDER, 'tools/qdrant-standin/run.sh');
const CACHE = join(TEST_CACHE_FOLDER, 'qdrant-standin');
/** The first start of all makes a Python environment. */
const START_LIMIT_MS = 240_000;

/**
 * A Qdrant server for tests: the one that `QDRANT_URL` names, else a stand-in with the same REST API, on the loopback
 * address, whose data go with it. The stand-in searches exactly: what it cannot show is asked of the requests.
 */
export class QdrantServer {
  private constructor(
    readonly url: string,
    private readonly own: { readonly process: ChildProcess; readonly folder: string } | null,
  ) {}

  static async start(): Promise<QdrantServer> {
    const named = process.env.QDRANT_URL;
    if (named !== undefined && named !== '') return new QdrantServer(named, null);
    return alone(async () => {
      const folder = await mkdtemp(join(tmpdir(), 'lookalike-qdrant-'));
      const port = await freePort();
      const log = createWriteStream(join(folder, 'server.log'));
      await once(log, 'open');
      const env = { ...process.env, PORT: String(port), DATA_DIR: join(folder, 'data'), STANDIN_CACHE: CACHE };
      const child = spawn(STANDIN, { env, stdio: ['ignore', log, log] });
      const server = new QdrantServer(`http://127.0.0.1:${port}`, { process: child, folder });
      try {
        await eventually(() => isReady(server.url), START_LIMIT_MS);
        return server;
      } catch (cause) {
        const said = await readFile(join(folder, 'server.log'), 'utf8');
        await server.remove();
        throw new Error(`The server did not start:\n${said}`, { cause });
      }
    });
  }

  /** For a server that others use too: what a test made goes, by the beginning of its names. */
  async dropCollections(prefix: string): Promise<void> {
    const answer = (await (await fetch(`${this.url}/collections`)).json()) as CollectionList;
    for (const { name } of answer.result.collections) {
      if (name.startsWith(prefix)) await fetch(`${this.url}/collections/${name}`, { method: 'DELETE' });
    }
  }

  async remove(): Promise<void> {
    if (this.own === null) return;
    const { process: child, folder } = this.own;
    await endProcess(child, 'SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
}

interface CollectionList {
  readonly result: { readonly collections: readonly { readonly name: string }[] };
}

/** `describe` with one server for all of it. */
export function describeWithQdrant(name: string, body: (qdrant: () => QdrantServer) => void): void {
  describeWith('QDRANT_URL, or ../shared/tools/qdrant-standin and Python 3.11', hasQdrant())(name, () => {
    let server: QdrantServer;
    beforeAll(async () => {
      server = await QdrantServer.start();
    }, 300_000);
    body(() => server);
    // After the body's own, which may still need the server.
    afterAll(() => server?.remove());
  });
}

function hasQdrant(): boolean {
  if ((process.env.QDRANT_URL ?? '') !== '') return true;
  if (!existsSync(STANDIN)) return false;
  try {
    execFileSync('python3', ['-c', 'import sys, venv; sys.exit(sys.version_info < (3, 11))'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function isReady(url: string): Promise<void> {
  const { status } = await fetch(`${url}/readyz`);
  if (status !== 200) throw new Error(`/readyz answers ${status}`);
}

/** One start at a time on a machine: two first ones would make the same environment over each other. */
async function alone<T>(start: () => Promise<T>): Promise<T> {
  const lock = `${CACHE}.lock`;
  await mkdir(TEST_CACHE_FOLDER, { recursive: true });
  for (;;) {
    try {
      await mkdir(lock);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      // Left by a killed process.
      const madeMs = (await stat(lock).catch(() => null))?.mtimeMs ?? Date.now();
      if (Date.now() - madeMs > START_LIMIT_MS) await rm(lock, { recursive: true, force: true });
      await sleep(50);
    }
  }
  try {
    return await start();
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}
