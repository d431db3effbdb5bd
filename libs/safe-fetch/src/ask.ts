import type { Readable } from 'node:stream';
import { isLookalikeError, type LinkExpectation } from '#core';
import { drainBody } from './drain-body.js';
import type { FetchRun } from './fetch-run.js';
import { asLinkError } from './link-errors.js';
import { PictureStream } from './picture-stream.js';
import { type LinkAnswer, type PictureAnswer, type RedirectAnswer, readAnswer } from './read-answer.js';

/** One question to one server, for which it is our turn. */
export interface Question {
  readonly send: () => Promise<LinkAnswer>;
  /** At once, whatever is under way. */
  readonly abort: (reason: Error) => void;
  /** The turn is over. `isRead`: the answer was, to its end. */
  readonly end: (isRead: boolean) => void;
}

export interface FoundPicture {
  readonly stream: PictureStream;
  readonly answer: PictureAnswer;
}

/** What ends the run ends the question at any point, also the stream that is its answer. */
export async function ask(
  question: Question,
  expected: LinkExpectation,
  run: FetchRun,
): Promise<FoundPicture | RedirectAnswer> {
  const onAbort = () => question.abort(asError(run.signal.reason));
  run.signal.addEventListener('abort', onAbort);
  const end = (isRead: boolean) => {
    run.signal.removeEventListener('abort', onAbort);
    question.end(isRead && !run.signal.aborted);
  };
  let isRead = false;
  let isHandedOver = false;
  try {
    run.expectAnswer();
    const response = await question.send();
    const answer = await readOrDrain(response, expected, (isDrained) => {
      isRead = isDrained;
    });
    run.answered();
    run.signal.throwIfAborted();
    if (answer.kind === 'redirect') return answer;
    isHandedOver = true;
    return { stream: streamOf(response.body, answer, expected, run, end), answer };
  } catch (error) {
    run.answered();
    // What the answer said stands, whatever happened to the rest of it.
    if (!isLookalikeError(error)) run.signal.throwIfAborted();
    throw asLinkError(error);
  } finally {
    if (!isHandedOver) end(isRead);
  }
}

/** The body of an answer that is not the picture is read and forgotten; `onDrained` says whether that was all of it. */
async function readOrDrain(
  response: LinkAnswer,
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
  body: Readable,
  answer: PictureAnswer,
  expected: LinkExpectation,
  run: FetchRun,
  end: (isRead: boolean) => void,
): PictureStream {
  const stream = new PictureStream(body, answer, expected);
  const onAbort = () => stream.destroy(asError(run.signal.reason));
  run.signal.addEventListener('abort', onAbort);
  run.watchPace(body);
  stream.once('close', () => {
    run.signal.removeEventListener('abort', onAbort);
    end(stream.isWhole);
  });
  return stream;
}

/** A signal's reason may be anything; a stream's error is an `Error`. */
function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : asLinkError(reason);
}
