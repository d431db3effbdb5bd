import type { DeleteObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { OddAnswerError } from './s3-errors.js';

/** What the SDK's requests and answers have of HTTP. */
interface WithHeaders {
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Sends no request that is signed with a time later than that. Looking at the signature, and not at the clock, leaves no
 * moment in which a process could be stalled between the look and what it is for.
 * @param untilMs in milliseconds since 1970.
 */
export function signedBefore(stack: DeleteObjectCommand['middlewareStack'], untilMs: number): void {
  stack.addRelativeTo(
    <Args extends { readonly request: unknown }, Result>(next: (args: Args) => Promise<Result>) =>
      async (args: Args): Promise<Result> => {
        const { headers } = args.request as WithHeaders;
        if (!(signedAtMs(headers?.['x-amz-date']) <= untilMs)) throw new OddAnswerError('It took too long until now.');
        return next(args);
      },
    { name: 'lookalikeSignedBefore', relation: 'after', toMiddleware: 'httpSigningMiddleware' },
  );
}

/** As `20260131T080000Z`. */
function signedAtMs(date = ''): number {
  return Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

/** @returns what tells the server's time, when it has answered. */
export function dateOfAnswer(stack: ListObjectsV2Command['middlewareStack']): () => Date | undefined {
  let date: Date | undefined;
  stack.add(
    (next) => async (args) => {
      const result = await next(args);
      date = new Date((result.response as WithHeaders).headers?.date ?? Number.NaN);
      return result;
    },
    { name: 'lookalikeDateOfAnswer', step: 'deserialize', priority: 'low' },
  );
  return () => date;
}
