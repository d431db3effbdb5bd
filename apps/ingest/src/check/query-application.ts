import { ApiProblem, Client, type components, ServerUnreachable } from '#client';
import type { Settings } from '#config';
import { isErrorCode, LookalikeError } from '#core';
import { duplicatesIn, type FindCopies } from './duplicate.js';

type SearchAnswer = components['schemas']['SearchAnswer'];

/** Statuses of what passes by itself: whoever asked comes again. */
const PASSING = [429, 503];

/** Asks the application that searches. `undefined` where no setting says where it is. */
export function copiesByQuery({ queryUrl: url, queryKey: apiKey }: Settings['check']): FindCopies | undefined {
  if (url === null) return undefined;
  // The publisher is told to come again, so nothing is repeated here.
  const client = new Client({ url, apiKey, retry: { giveUpAfterMs: 0 } });
  return async (picture, limit) => {
    try {
      const body = { file: new Blob([picture]), limit, minMatch: 'same-picture' } as const;
      const answer: Partial<SearchAnswer> | null | undefined = await client.post('/v1/search', { body });
      // Something else may answer at an address that was written wrong.
      if (!Array.isArray(answer?.results)) throw unavailable();
      return duplicatesIn(answer.results);
    } catch (error) {
      throw asOurError(error);
    }
  };
}

/** What is wrong with the picture is the publisher's matter. Whatever else is refused, as a wrong key, is a fault between the two. */
function asOurError(error: unknown): unknown {
  if (error instanceof ServerUnreachable) return unavailable(error);
  if (!(error instanceof ApiProblem)) return error;
  const { code, status, message, facts } = error;
  const isPassedOn = isErrorCode(code) && (code.startsWith('picture-') || PASSING.includes(status));
  return isPassedOn ? new LookalikeError(code, message, { cause: error, facts }) : unavailable(error);
}

function unavailable(cause?: unknown): LookalikeError {
  return new LookalikeError('search-unavailable', 'The application that searches gave no answer.', { cause });
}
