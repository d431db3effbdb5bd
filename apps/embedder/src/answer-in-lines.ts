import type { Response } from 'express';
import { asLookalikeError, type Problem, toProblem } from '#nest';

/** One of the lines of an answer: a sign of life, what came of it, or why nothing did. */
export type AnswerLine<Type extends string, Result> =
  | WorkingLine
  | ({ readonly type: Type } & Result)
  | { readonly type: 'problem'; readonly problem: Problem };

interface WorkingLine {
  readonly type: 'working';
  readonly seconds: number;
  /** Of work that can be counted: what is done, and all of it. */
  readonly done?: number;
  readonly total?: number;
}

export type OnProgress = (done: number, total: number) => void;

/** Somebody between the two would take a longer silence for the end. */
const SIGN_OF_LIFE_MS = 5_000;

/**
 * Answers with lines of JSON: `{"type": "working", "seconds", "done"?, "total"?}` every five seconds, at the end what came of it under the name
 * `type`, or `{"type": "problem", "problem"}`. What fails before the first line is an answer like any other.
 * @param work is told when the caller goes away, and tells how far it is where that can be counted.
 */
export async function answerInLines<T extends object>(
  response: Response,
  type: string,
  work: (gone: AbortSignal, onProgress: OnProgress) => Promise<T>,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const startMs = performance.now();
  const write = (line: object) => {
    if (!response.headersSent) response.status(200).type('application/x-ndjson');
    response.write(`${JSON.stringify(line)}\n`);
  };
  let progress = {};
  const onProgress: OnProgress = (done, total) => {
    progress = { done, total };
  };
  const timer = setInterval(
    () => write({ type: 'working', seconds: Math.round((performance.now() - startMs) / 1000), ...progress }),
    SIGN_OF_LIFE_MS,
  );
  try {
    write({ type, ...(await work(gone.signal, onProgress)) });
  } catch (error) {
    if (!response.headersSent) throw error;
    if (!gone.signal.aborted) write({ type: 'problem', problem: toProblem(asLookalikeError(error)) });
  } finally {
    clearInterval(timer);
  }
  response.end();
}
