import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface ServerChild {
  readonly url: string;
  readonly pid: number;
  /** From the start of the process to its ready message, which comes when it listens. */
  readonly readyS: number;
  readonly dataFolder: string;
  /** Ends it and keeps its data. */
  end(): Promise<void>;
  /** Ends it and removes its data, unless the caller keeps the folder. */
  stop(): Promise<void>;
}

/** An application as users start it, in a process of its own, on an empty data folder or a given one. */
export async function startServer(
  env: Readonly<Record<string, string>>,
  keptFolder?: string,
  app: 'standalone' | 'ingest' | 'embedder' = 'standalone',
): Promise<ServerChild> {
  const entry = resolve(__dirname, `../../apps/${app}/src/main.js`);
  const dataFolder = keptFolder ?? (await mkdtemp(join(tmpdir(), 'lookalike-bench-')));
  const startedAt = performance.now();
  const child = fork(entry, [], {
    // Its log goes nowhere but is written: one line a request is part of what is measured.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: process.env.BENCH_SERVER_FLAGS?.split(' ') ?? [],
    env: { ...process.env, LOOKALIKE_PORT: '0', LOOKALIKE_DATA_DIR: dataFolder, ...env },
  });
  const url = await readyUrl(child);
  const end = async () => {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  };
  return {
    url,
    pid: child.pid ?? 0,
    readyS: (performance.now() - startedAt) / 1000,
    dataFolder,
    end,
    stop: async () => {
      await end();
      if (keptFolder === undefined) await rm(dataFolder, { recursive: true, force: true });
    },
  };
}

async function readyUrl(child: ChildProcess): Promise<string> {
  const ended = new AbortController();
  const exited = once(child, 'exit', { signal: ended.signal }).then(([code]) => {
    throw new Error(`the server did not start (${code}); it says why above`);
  });
  const ready = once(child, 'message', { signal: ended.signal }).then(([message]) => String(message.url));
  try {
    return await Promise.race([ready, exited]);
  } finally {
    ended.abort();
    await Promise.allSettled([ready, exited]);
  }
}
