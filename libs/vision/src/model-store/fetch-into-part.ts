import { RefusedDownloadError, TransientDownloadError } from './download-errors.js';
import type { ModelFile } from './model-file.js';
import type { PartFile } from './part-file.js';
import { type Continuation, decideContinuation } from './range-answer.js';
import { StallTimer } from './stall-timer.js';

export interface FetchOptions {
  /** No byte for this long ends the attempt. */
  readonly stallMs: number;
  readonly onReceived: (receivedBytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * One attempt at one address: goes on where the part ends, until it has `sizeBytes`. What arrived before a failure
 * stays in the part. `joined` tells that the bytes come from more than one answer, so a wrong hash may be the seam's.
 * @throws TransientDownloadError, RefusedDownloadError, an error of the file system, or the signal's reason.
 */
export async function fetchIntoPart(
  part: PartFile,
  url: string,
  model: ModelFile,
  options: FetchOptions,
): Promise<{ readonly joined: boolean }> {
  if ((await part.size()) > model.sizeBytes) await part.discard();
  const have = await part.size();
  if (have === model.sizeBytes) return { joined: true };

  const stall = new StallTimer(options.stallMs);
  const signal = options.signal ? AbortSignal.any([options.signal, stall.signal]) : stall.signal;
  let wasReached = false;
  try {
    const response = await fetch(plainUrl(url), { headers: await headersFor(part, url, have), signal });
    wasReached = true;
    stall.touch();
    const next = decideContinuation(response, have, model.sizeBytes);
    if (!('from' in next)) {
      await response.body?.cancel();
      if (next.dropPart) await part.discard();
      throw next.refused ? new RefusedDownloadError(next.why) : new TransientDownloadError(next.why, true);
    }
    await rememberOrigin(part, url, next.from, response);
    const receivedBytes = await writeBody(part, response, next, model, { ...options, stall });
    if (receivedBytes < model.sizeBytes) throw await endedEarly(part, next, receivedBytes, model);
    return { joined: next.from > 0 };
  } catch (error) {
    options.signal?.throwIfAborted();
    throw stall.signal.aborted
      ? new TransientDownloadError(`no bytes for ${options.stallMs / 1000} s`, true)
      : asDownloadError(error, wasReached);
  } finally {
    stall.stop();
  }
}

async function writeBody(
  part: PartFile,
  response: Response,
  { from }: Continuation,
  { sizeBytes }: ModelFile,
  { stall, onReceived }: FetchOptions & { readonly stall: StallTimer },
): Promise<number> {
  const file = await part.openAt(from);
  let receivedBytes = from;
  try {
    for await (const chunk of response.body ?? []) {
      if (receivedBytes + chunk.length > sizeBytes) {
        await part.discard();
        throw new RefusedDownloadError(`it sends more than ${sizeBytes} bytes`);
      }
      await file.appendFile(chunk);
      receivedBytes += chunk.length;
      stall.touch();
      onReceived(receivedBytes);
    }
  } finally {
    await file.close();
  }
  return receivedBytes;
}

/** An answer that ended properly and yet short: a whole other file, or one piece of a range. */
async function endedEarly(part: PartFile, next: Continuation, receivedBytes: number, { sizeBytes }: ModelFile) {
  if (next.isRange) return new TransientDownloadError(`it stopped after ${receivedBytes} bytes`, true);
  await part.discard();
  return new RefusedDownloadError(`it has ${receivedBytes} bytes instead of ${sizeBytes}`);
}

async function headersFor(part: PartFile, url: string, have: number): Promise<Record<string, string>> {
  const headers: Record<string, string> = { 'accept-encoding': 'identity', ...authorization(url) };
  if (have === 0) return headers;
  const origin = await part.origin();
  headers.range = `bytes=${have}-`;
  if (origin?.url === url) headers['if-range'] = origin.etag;
  return headers;
}

/** An ETag is kept only while all bytes come from one address, and only a strong one vouches for bytes. */
async function rememberOrigin(part: PartFile, url: string, from: number, response: Response): Promise<void> {
  const etag = response.headers.get('etag');
  const isOneSource = from === 0 || (await part.origin())?.url === url;
  await part.setOrigin(isOneSource && etag?.startsWith('"') ? { url, etag } : null);
}

/** `fetch` refuses addresses with a user and password; they go into the header that they stand for. */
function authorization(url: string): Record<string, string> {
  const { username, password } = new URL(url);
  if (username === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

function plainUrl(url: string): string {
  const plain = new URL(url);
  plain.username = '';
  plain.password = '';
  return plain.href;
}

function asDownloadError(error: unknown, wasReached: boolean): unknown {
  // `fetch` reports everything that goes wrong on the network as a TypeError with the reason as its cause.
  if ((error as { name?: unknown } | null)?.name !== 'TypeError') return error;
  const { cause, message } = error as TypeError;
  const reason = (cause as NodeJS.ErrnoException | undefined)?.code ?? (cause as Error | undefined)?.message ?? message;
  const what = wasReached ? 'the connection broke off' : 'no connection';
  return new TransientDownloadError(`${what} (${reason})`, wasReached, { cause: error });
}
