import { setMaxListeners } from 'node:events';
import { loadSettings, type Settings } from '#config';
import { ApiClient, type ApiUrls } from './api/api-client.js';
import { UsageError } from './api/errors.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { type Style, showsPictures, styleFor } from './terminal/style.js';

/** What every command works with. Results go to stdout, everything else to stderr. */
export interface Context {
  readonly settings: Settings;
  readonly style: Style;
  /** Whether the terminal can. */
  readonly showsPictures: boolean;
  /** Aborts at the first Ctrl-C. */
  readonly stopped: AbortSignal;
  readonly print: (text: string) => void;
  readonly say: (text: string) => void;
}

/** What a command line comes to. */
export type Action = (context: Context) => ExitCode | Promise<ExitCode>;

export function createContext(stopped: AbortSignal): Context {
  return {
    settings: loadSettings(),
    style: styleFor(process.stdout),
    showsPictures: showsPictures(process.stdout),
    stopped,
    print: (text) => process.stdout.write(text),
    say: (text) => process.stderr.write(`${text}\n`),
  };
}

export interface ClientOptions {
  readonly url?: string;
}

/**
 * @param giveUpAfterMs how long a server that is away or overloaded is waited for
 * @param onSentAgain is told of each request that is sent again
 */
export function createClient(
  { settings, stopped, say }: Context,
  { url }: ClientOptions,
  giveUpAfterMs = 3_000,
  onSentAgain: () => void = () => {},
) {
  const onRetry = (error: Error, delayMs: number) => {
    onSentAgain();
    // The short waits are nobody's business.
    if (delayMs >= 2_000) say(`${error.message} Trying again in ${Math.round(delayMs / 1000)} s.`);
  };
  const { client } = settings;
  const retry = { giveUpAfterMs, onRetry };
  return new ApiClient(urlsOf(client, url), { signal: stopped, retry, apiKey: client.apiKey });
}

/** `--url` names one server that has all of it. */
function urlsOf(client: Settings['client'], url: string | undefined): ApiUrls {
  const query = baseUrl(url ?? client.url);
  if (url !== undefined) return { ingest: query, query, embedder: query };
  return { query, ingest: client.ingestUrl ?? query, embedder: client.embedderUrl ?? query };
}

export function baseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new UsageError(`--url is ${JSON.stringify(text)}, but must be an address such as http://127.0.0.1:8080.`);
  }
  return url.href.replace(/\/+$/, '');
}

const MAX_REQUESTS_UNDER_WAY = 256;

/** One Ctrl-C may come twice: from the terminal to all, and passed on by npm. */
const SAME_PRESS_MS = 500;

/** Runs `work` until it is done or Ctrl-C is pressed; a second Ctrl-C ends the process at once. */
export async function untilCtrlC<T>(work: (stopped: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  // Every request under way listens; Node would take more than ten for a leak.
  setMaxListeners(MAX_REQUESTS_UNDER_WAY, stop.signal);
  let pressedAt: number | null = null;
  const onSignal = () => {
    if (pressedAt !== null && performance.now() - pressedAt > SAME_PRESS_MS) process.exit(EXIT.interrupted);
    pressedAt ??= performance.now();
    stop.abort(new Interrupted());
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    return await work(stop.signal);
  } finally {
    // After a press they stay: its second signal may come between the end of the work and that of the process.
    if (pressedAt === null) process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  override readonly message = 'Stopped by Ctrl-C.';
}
