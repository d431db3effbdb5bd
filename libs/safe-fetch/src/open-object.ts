import type { LinkExpectation } from '#core';
import { ask, type FoundPicture } from './ask.js';
import type { FetchRun } from './fetch-run.js';
import { refused } from './link-rules.js';
import { objectOf } from './object-link.js';
import type { ObjectSource } from './object-source.js';
import type { Turns } from './turns.js';

/** Asks for the object that the link names. Nobody is asked for one of another bucket than those that are allowed. */
export async function openObject(
  uri: string,
  expected: LinkExpectation,
  { buckets, get }: ObjectSource,
  turns: Turns,
  run: FetchRun,
): Promise<FoundPicture> {
  const { bucket, key } = objectOf(uri, buckets);
  await turns.take(bucket, run.signal);
  const question = {
    send: () => get(bucket, key, run.signal),
    // The signal has ended it.
    abort: () => {},
    end: () => turns.passOn(bucket),
  };
  const found = await ask(question, expected, run);
  if ('stream' in found) return found;
  throw refused('redirects', 'The link leads to another server, as no link to an object may.');
}
