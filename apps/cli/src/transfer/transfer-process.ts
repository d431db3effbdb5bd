import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { ERROR_CODES, type ErrorCode, isErrorCode, LookalikeError } from '#core';
import { type Context, Interrupted } from '../context.js';

/** What the process is to do; its own page is `apps/transfer/src/messages.ts`. */
export type TransferRequest = {
  readonly profile: 'standalone' | 'cluster';
  /** `-` for stdout or stdin. */
  readonly file: string;
} & ({ readonly action: 'import' } | { readonly action: 'export'; readonly encoders: readonly string[] | null });

export interface Encoder {
  readonly fingerprint: string;
  readonly name: string | null;
}

export interface ExportResult {
  readonly export: string;
  readonly log: string;
  readonly encoders: readonly Encoder[];
  readonly records: Readonly<Record<string, number>>;
  readonly sizeBytes: number;
}

interface TopicCounts {
  readonly imported: number;
  readonly leftOut: number;
}

export interface ImportResult {
  readonly origin: string;
  readonly log: string;
  readonly resumed: boolean;
  readonly encoders: readonly Encoder[];
  readonly counts: {
    readonly events: TopicCounts;
    readonly vectors: TopicCounts;
    readonly letters: TopicCounts;
    readonly actions: TopicCounts;
    readonly calibrations: TopicCounts;
    readonly decisions: TopicCounts;
    readonly lettersMade: number;
    readonly eventsWithBlob: number;
  };
}

interface Message {
  readonly type?: string;
  readonly label?: string;
  readonly done?: number;
  readonly total?: number | null;
  readonly code?: string;
  readonly message?: string;
  readonly result?: unknown;
}

type OnProgress = (label: string, done: number, total: number | null) => void;

const ENTRY = resolve(__dirname, '../../../transfer/src/main.js');

/**
 * Runs the process that opens the log. Data go through its stdin and stdout, which are this process's own.
 * @throws LookalikeError as the process says, Interrupted.
 */
export async function runTransfer<Result>(
  request: TransferRequest,
  { stopped }: Pick<Context, 'stopped'>,
  onProgress: OnProgress,
): Promise<Result> {
  const child = spawn(process.execPath, [ENTRY, JSON.stringify(request)], { stdio: [0, 1, 2, 'ipc'] });
  const stop = () => child.kill('SIGTERM');
  stopped.addEventListener('abort', stop, { once: true });
  let last: Message = {};
  child.on('message', (message: Message) => {
    if (message.type === 'progress') onProgress(message.label ?? '', message.done ?? 0, message.total ?? null);
    else last = message;
  });
  const exit = await new Promise<number | string>((ended) => {
    child.once('close', (code, by) => ended(code ?? by ?? 'unknown'));
    child.once('error', (error) => ended(error.message));
  });
  stopped.removeEventListener('abort', stop);
  if (last.type === 'done') return last.result as Result;
  if (last.type === 'stopped' || stopped.aborted) throw new Interrupted();
  const { code, message } = last;
  if (isErrorCode(code)) throw new LookalikeError(code, [message ?? '', ...goesOn(request, code)].join(' '));
  throw new LookalikeError('internal', `The process that opens the log ended by itself (${exit}).`);
}

/** What was there and went away may come back. */
function goesOn({ action }: TransferRequest, code: ErrorCode): readonly string[] {
  if (!ERROR_CODES[code].canRetry || action !== 'import') return [];
  return ['Run the same import again: it goes on where it stopped.'];
}
