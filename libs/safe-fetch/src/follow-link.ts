import type { Dispatcher } from 'undici';
import { isLookalikeError, type LinkExpectation } from '#core';
import { drainBody } from './drain-body.js';
import type { FetchRun } from './fetch-run.js';
import type { PictureFetcherLimits } from './fetcher-options.js';
import type { HostConnection } from './host-connection.js';
import type { HostConnections } from './host-connections.js';
import { asLinkError, tooLarge } from './link-errors.js';
import { checkLink, checkRedirect, refused } from './link-rules.js';
import { PictureStream } from './picture-stream.js';
import { type PictureAnswer, type RedirectAnswer, readAnswer } from './read-answer.js';

/** No cookies, no referrer, no credentials: nothing that one link says is told to the next server. */
const HEADERS = { accept: 'image/*, */*;q=0.1', 'accept-encoding': 'identity', 'user-agent': 'lookalike' };

export interface FoundPicture {
  readonly stream: PictureStream;
  readonly answer: PictureAnswer;
}

/**
 * Asks the link, and where it redirects to, until an answer is the picture. What ends the run ends it at any point, also
 * the stream that it gives.
 */
export async function followLink(
  uri: string,
  expected: LinkExpectation,
  limits: PictureFetcherLimits,
  connections: HostConnections,
  run: FetchRun,
): Promise<FoundPicture> {
  const { sizeBytes = 0, maxBytes } = expected;
  if (sizeBytes > maxBytes) throw tooLarge(maxBytes);
  let url = checkLink(uri, limits);
  for (let redirects = 0; ; redirects++) {
    const found = await ask(url, expected, connections, run);
    if ('stream' in found) return found;
    if (redirects >= limits.maxRedirects)
      throw refused('redirects', `The link redirects more than ${redirects} times.`);
    url = checkRedirect(found.location, url, limits);
  }
}

async function ask(
  url: URL,
  expected: LinkExpectation,
  connections: HostConnections,
  run: FetchRun,
): Promise<FoundPicture | RedirectAnswer> {
  const connection = await connections.lend(url.origin, run.signal);
  const onAbort = () => connection.destroy(asError(run.signal.reason));
  run.signal.addEventListener('abort', onAbort);
  const giveBack = (isReusable: boolean) => {
    run.signal.removeEventListener('abort', onAbort);
    connections.giveBack(connection, isReusable && !run.signal.aborted);
  };
  let isReusable = false;
  let isHandedOver = false;
  try {
    run.expectAnswer();
    const response = await request(connection, url);
    const answer = await readOrDrain(response, expected, (drained) => {
      isReusable = drained;
    });
    run.answered();
    run.signal.throwIfAborted();
    if (answer.kind === 'redirect') return answer;
    isHandedOver = true;
    return { stream: streamOf(response, answer, expected, run, giveBack), answer };
  } catch (error) {
    run.answered();
    // What the answer said stands, whatever happened to the rest of it.
    if (!isLookalikeError(error)) run.signal.throwIfAborted();
    throw asLinkError(error);
  } finally {
    if (!isHandedOver) giveBack(isReusable);
  }
}

function request(connection: HostConnection, url: URL): Promise<Dispatcher.ResponseData> {
  return connection.get(url.pathname + url.search, HEADERS);
}

/** The body of an answer that is not the picture is read and forgotten; `onDrained` says whether that was all of it. */
async function readOrDrain(
  response: Dispatcher.ResponseData,
  expected: LinkExpectation,
  onDrained: (isDrained: boolean) => void,
): Promise<PictureAnswer | RedirectAnswer> {
  let isPicture = false;
  try {
    const answer = readAnswer(response, expected, Date.now());
    isPicture = answer.kind === 'picture';
    return answer;
  } finally {
    if (!isPicture) onDrained(await drainBody(response.body));
  }
}

function streamOf(
  { body }: Dispatcher.ResponseData,
  answer: PictureAnswer,
  expected: LinkExpectation,
  run: FetchRun,
  giveBack: (isReusable: boolean) => void,
): PictureStream {
  const stream = new PictureStream(body, answer, expected);
  const onAbort = () => stream.destroy(asError(run.signal.reason));
  run.signal.addEventListener('abort', onAbort);
  run.watchPace(body);
  stream.once('close', () => {
    run.signal.removeEventListener('abort', onAbort);
    giveBack(stream.isWhole);
  });
  return stream;
}

/** A signal's reason may be anything; a stream's error is an `Error`. */
function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : asLinkError(reason);
}
