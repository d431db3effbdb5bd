import { type ErrorCode, isLookalikeError } from '#core';
import { ApiProblem, ServerUnreachable, StandaloneDidNotStart, UsageError } from '../api/errors.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { commandLine } from './command-name.js';
import { printable } from './text.js';

export interface Explanation {
  /** What was wrong, and then what to do. */
  readonly lines: readonly string[];
  readonly code: string;
  readonly exitCode: ExitCode;
}

/** Any error as words for the user; never a stack trace. */
export function explain(error: unknown): Explanation {
  if (error instanceof ServerUnreachable) {
    const lines = [
      error.message,
      `Is it running? Start it with: ${commandLine('up')}`,
      'Is it elsewhere? Say where: --url URL',
    ];
    return { lines, code: 'server-unreachable', exitCode: EXIT.unreachable };
  }
  if (error instanceof ApiProblem) return explainProblem(error);
  if (error instanceof UsageError) {
    const lines = [error.message, ...(error.hint === undefined ? [] : [error.hint])];
    return { lines: lines.map(printable), code: 'usage', exitCode: EXIT.usage };
  }
  if (error instanceof StandaloneDidNotStart) {
    const words = error.lastWords.length === 0 ? [] : ['It wrote:', ...error.lastWords.map((line) => `  ${line}`)];
    // The server's own exit codes say the same as ours.
    const exitCode = error.exit === EXIT.usage ? EXIT.usage : EXIT.refused;
    return { lines: [error.message, ...words].map(printable), code: 'server-did-not-start', exitCode };
  }
  if (isLookalikeError(error)) {
    const exitCode = WRONG_COMMAND.has(error.code) ? EXIT.usage : EXIT.refused;
    return { lines: [printable(error.message)], code: error.code, exitCode };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { lines: [`Unexpected: ${printable(message)}`], code: 'internal', exitCode: EXIT.refused };
}

/** Errors of this process itself: what a server answers is an ApiProblem. */
const WRONG_COMMAND: ReadonlySet<ErrorCode> = new Set(['invalid-setting', 'invalid-image-id']);

const WHAT_TO_DO: Readonly<Record<string, string>> = {
  'image-unknown': 'Check the imageId; to search by a picture file, its path.',
  'image-not-searchable': `Once it is ready, search again; see: ${commandLine('status')}`,
  'dead-letter-unknown': `See which there are: ${commandLine('dead-letters list')}`,
  'picture-format-not-supported': 'Save it as JPEG, PNG, WebP, GIF, TIFF or AVIF.',
  'not-lookalike': 'Check --url or LOOKALIKE_URL.',
  unauthenticated: 'Set LOOKALIKE_API_KEY to a key that the server takes.',
  'scope-missing': 'The key in LOOKALIKE_API_KEY is for something else.',
  'no-live-generation': `Wait a moment after a start; if it stays so, see: ${commandLine('reindex status')}`,
  'sample-too-small': 'Add more pictures first; until then searches go by what was shipped.',
  'generation-lost': `Build it again: ${commandLine('reindex start --watch')}`,
};

function explainProblem(problem: ApiProblem): Explanation {
  const fields = problem.problem.errors
    .filter(({ field, rule }) => !problem.message.includes(`${field} ${rule}`))
    .map(({ field, rule }) => `  ${field} ${rule}`);
  const isTold = problem.message.includes('Try again');
  const again = problem.problem.canRetry && !isTold ? 'Try again in a moment.' : undefined;
  const hint = WHAT_TO_DO[problem.code] ?? again;
  const lines = [problem.message, ...fields, ...(hint === undefined ? [] : [hint])];
  return { lines: lines.map(printable), code: problem.code, exitCode: EXIT.refused };
}
