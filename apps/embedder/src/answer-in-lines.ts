import type { Response } from 'express';
import { asLookalikeError, toProblem } from '#nest';

/** Somebody between the two would take a longer silence for the end. */
const SIGN_OF_LIFE_MS = 5_000;

/**
 * Answers with lines of JSON: `{"type": "working", "seconds"}` every five seconds, at the end what came of it under the name
 * `type`, or `{"type": "problem", "problem"}`. What fails before the first line is an answer like any other.
 * @param work is told when the caller goes away.
 */
export async function answerInLines<T extends object>(
  response: Response,
  type: string,
  work: (gone: AbortSignal) => Promise<T>,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const startMs = performance.now();
  const write = (line: object) => {
    if (!response.headersSent) response.status(200).type('application/x-ndjson');
    response.write(`${JSON.stringify(line)}\n`);
  };
  const timer = setInterval(
    () => write({ type: 'working', seconds: Math.round((performance.now() - startMs) / 1000) }),
    SIGN_OF_LIFE_MS,
  );
  try {
    write({ type, ...(await work(gone.signal)) });
  } catch (error) {
    if (!response.headersSent) throw error;
    if (!gone.signal.aborted) write({ type: 'problem', problem: toProblem(asLookalikeError(error)) });
  } finally {
    clearInterval(timer);
  }
  response.end();
}
