import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { untilAborted } from '#client';
import type { Settings } from '#config';
import { ApiClient } from '../api/api-client.js';
import { ApiProblem, StandaloneDidNotStart, UsageError } from '../api/errors.js';

/** The server says so over IPC when it is ready; `/health/ready` is asked as well, in case it has no IPC. */
export interface ReadyMessage {
  readonly type: 'ready';
  readonly url: string;
}

export interface StandaloneOptions {
  readonly settings: Settings;
  /** Added to this process's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Aborting stops the server in its own time. */
  readonly signal: AbortSignal;
  /** Where the server's log goes: through to here, or kept back and shown only if it does not start. */
  readonly log: 'inherit' | 'keep';
  readonly entry?: string;
  readonly startTimeoutMs?: number;
}

export interface StandaloneProcess {
  readonly url: string;
  readonly pid: number;
  /** The exit code, or the signal's name. */
  readonly exited: Promise<number | string>;
  stop(): Promise<void>;
}

const ENTRY = resolve(__dirname, '../../../standalone/src/main.js');
/** For the model's last batch and the index's writing, which end in their own time. */
const CLOSING_MS = 120_000;
const LOG_KEPT = 20;

/** @throws UsageError when the port is taken; StandaloneDidNotStart with the end of its log when it gives up. */
export async function startStandalone(options: StandaloneOptions): Promise<StandaloneProcess> {
  const { settings, env, signal, log, entry = ENTRY, startTimeoutMs = 180_000 } = options;
  const { host, port } = settings.server;
  await checkPort(host, port);
  const child = spawn(process.execPath, [entry], {
    env: { ...process.env, ...env },
    // Not stdout: that is for results.
    stdio: log === 'inherit' ? ['ignore', 2, 2, 'ipc'] : ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const kept = keepLog(child);
  const exited = new Promise<number | string>((resolve) => {
    // Not `exit`: that may come before the last of what it wrote, which says why.
    child.once('close', (code, by) => resolve(code ?? by ?? 'unknown'));
    child.once('error', (error) => resolve(error.message));
  });
  const stop = () => stopChild(child, exited, stopTimeoutMs(settings));
  signal.addEventListener('abort', () => void stop(), { once: true });
  try {
    const url = await untilAborted(untilReady(child, exited, addressOf(host, port), startTimeoutMs), signal);
    return { url, pid: child.pid ?? 0, exited, stop };
  } catch (error) {
    await stop();
    if (error instanceof StandaloneDidNotStart) throw new StandaloneDidNotStart(error.message, kept, error.exit);
    throw error;
  }
}

async function untilReady(
  child: ChildProcess,
  exited: Promise<number | string>,
  address: string | null,
  timeoutMs: number,
): Promise<string> {
  const over = new AbortController();
  const told = new Promise<string>((resolve) => {
    child.on('message', (message: Partial<ReadyMessage> | null) => {
      if (message?.type === 'ready' && typeof message.url === 'string') resolve(message.url.replace(/\/+$/, ''));
    });
  });
  const gone = exited.then((code) => {
    throw new StandaloneDidNotStart(`The server did not start (${code}).`, [], code);
  });
  const late = sleep(timeoutMs, null, { signal: over.signal, ref: false }).then(() => {
    throw new StandaloneDidNotStart(`The server was not ready after ${Math.round(timeoutMs / 1000)} s.`, []);
  });
  late.catch(() => {});
  try {
    const asked = address === null ? [] : [askUntilReady(address, over.signal)];
    return await Promise.race([told, gone, late, ...asked]);
  } finally {
    over.abort();
  }
}

async function askUntilReady(url: string, signal: AbortSignal): Promise<string> {
  const client = new ApiClient(url);
  while (!signal.aborted) {
    if (await client.isReady()) return url;
    await sleep(500);
  }
  return url;
}

/** The server may take so long to stop in good order: its requests, then its stages, then what it has open. */
export function stopTimeoutMs({ server }: Pick<Settings, 'server'>): number {
  return 2 * server.shutdownTimeoutSeconds * 1000 + CLOSING_MS;
}

async function stopChild(child: ChildProcess, exited: Promise<number | string>, timeoutMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  await exited;
  clearTimeout(kill);
}

function keepLog(child: ChildProcess): string[] {
  const kept: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      kept.push(...text.split('\n').filter((line) => line !== ''));
      kept.splice(0, Math.max(0, kept.length - LOG_KEPT));
    });
  }
  return kept;
}

/** Null when the port is any free one: only the server knows it then. */
function addressOf(host: string, port: number): string | null {
  if (port === 0) return null;
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

/** Says who is in the way, before anything is started. */
export async function checkPort(host: string, port: number): Promise<void> {
  if (port === 0 || (await isFree(host, port))) return;
  const address = addressOf(host, port) ?? '';
  if (await isLookalike(address)) {
    throw new UsageError(
      `A lookalike server already runs at ${address}.`,
      `Use it, or stop it first, or take another port: LOOKALIKE_PORT=${nextPort(port)}`,
    );
  }
  throw new UsageError(
    `Port ${port} is taken by another program.`,
    `Stop that program, or take another port: LOOKALIKE_PORT=${nextPort(port)}`,
  );
}

/** Also one that asks for a key. */
async function isLookalike(address: string): Promise<boolean> {
  const client = new ApiClient(address, { timeoutMs: 2_000, retry: { giveUpAfterMs: 0 } });
  return client.status().then(
    () => true,
    (error: unknown) => error instanceof ApiProblem && error.code === 'unauthenticated',
  );
}

function nextPort(port: number): number {
  return port < 65_535 ? port + 1 : port - 1;
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else if (error.code === 'EACCES') reject(new UsageError(`Port ${port} needs more rights; take one above 1023.`));
      else reject(new UsageError(`The server can't listen on ${host}: ${error.code}.`, 'Check LOOKALIKE_HOST.'));
    });
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });
}
