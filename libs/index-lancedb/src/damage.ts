import { isLookalikeError, LookalikeError } from '#core';
import { isSystemError } from '#durable-files';

/** What LanceDB or the file system threw, as an error of ours; `sentence` says what could not be done. */
export type AsIndexError = (sentence: string, cause: unknown) => LookalikeError;

/** What the system refuses passes by itself, but for files that are not there (2 is ENOENT): reading makes none. */
const REFUSED_BY_THE_SYSTEM = /\(os error (?!2\))\d+\)/;

/** LanceDB's errors have no codes, only words. damage.test.ts harms real tables to see that these are they. */
const DAMAGE = [
  // named and not there; a read repeats itself first, since a version may have been pruned under it
  /not found|os error 2\)/i,
  // cut short
  /failed to fill whole buffer|invalid range \d+\.\.\d+ for object of size|file size is too small|overflowing position/i,
  // other bytes than were written; it panics on some, and of some it says that they are a bug
  /invalid magic|decode protobuf|parser error|malformed|corrupt|internal error|panic|^SyntaxError/i,
  // a manifest that is readable and not ours
  /no field named|does not exist in schema/i,
];

/** For the index in `folder`: `index-damaged` with the way out, or `index-unavailable` for what may pass. */
export function indexErrors(folder: string): AsIndexError {
  return (sentence, cause) => {
    const isDamaged = !isRefused(cause) && DAMAGE.some((it) => it.test(String(cause)));
    return isDamaged ? damaged(folder, sentence, cause) : new LookalikeError('index-unavailable', sentence, { cause });
  };
}

/**
 * The error of a read that is the same every time, as those of the start are: no caller had a hand in it, so what the
 * system did not refuse is damage, in whatever words. There are more of them than anybody can list.
 */
export function checkError(folder: string, sentence: string, error: unknown): LookalikeError {
  if (!isLookalikeError(error)) return checkError(folder, sentence, indexErrors(folder)(sentence, error));
  const { code, message, cause } = error;
  return code === 'index-unavailable' && !isRefused(cause) ? damaged(folder, message, cause) : error;
}

export function damaged(folder: string, sentence: string, cause?: unknown): LookalikeError {
  const wayOut = `stop the server, delete the folder ${folder} and start it again: the index is built from the log`;
  return new LookalikeError(
    'index-damaged',
    `${sentence} The index is damaged. Waiting does not mend it, and nothing is lost; ${wayOut}.`,
    { cause },
  );
}

function isRefused(cause: unknown): boolean {
  return isSystemError(cause) || REFUSED_BY_THE_SYSTEM.test(String(cause));
}
