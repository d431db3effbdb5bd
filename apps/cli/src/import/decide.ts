import type { ImageAnswer } from '../api/answers.js';

/** What to do with a file, given what the server says of an image of that name. */
export type Decision =
  | { readonly do: 'send' }
  /** The server has exactly this picture. */
  | { readonly do: 'skip' }
  /** The server has it and is not done with it, as after an import that was stopped. */
  | { readonly do: 'await'; readonly version: number }
  /** The same bytes failed before; sending them again gives the same result. */
  | { readonly do: 'report'; readonly code: string; readonly message: string };

export function decide(held: ImageAnswer | null, sha256: string, force: boolean): Decision {
  if (force || held === null || held.sha256 !== sha256) return { do: 'send' };
  switch (held.state) {
    case 'ready':
      return { do: 'skip' };
    case 'waiting':
      return held.version === null ? { do: 'send' } : { do: 'await', version: held.version };
    case 'failed':
      return { do: 'report', code: held.reason?.code ?? 'failed', message: held.reason?.message ?? 'It failed.' };
    default:
      return { do: 'send' };
  }
}
