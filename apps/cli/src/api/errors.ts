import { ApiProblem, type ErrorCode } from '#client';

export { ApiProblem, ServerUnreachable } from '#client';

/** For `catch`: `null` in place of a refusal with this code. */
export function nullOn(code: ErrorCode): (error: unknown) => null {
  return (error) => {
    if (error instanceof ApiProblem && error.code === code) return null;
    throw error;
  };
}

/** The command was wrong; the message says how. */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  constructor(
    message: string,
    readonly hint?: string,
  ) {
    super(message);
  }
}

/** The server on this machine ended, or was not ready in time. */
export class StandaloneDidNotStart extends Error {
  override readonly name = 'StandaloneDidNotStart';

  constructor(
    message: string,
    /** The end of what it wrote. */
    readonly lastWords: readonly string[],
    /** Its exit code, or the name of the signal that ended it; `null` while it runs. */
    readonly exit: number | string | null = null,
  ) {
    super(message);
  }
}
