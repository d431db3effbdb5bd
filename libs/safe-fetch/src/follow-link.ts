import type { LinkExpectation } from '#core';
import { ask, type FoundPicture } from './ask.js';
import type { FetchRun } from './fetch-run.js';
import type { PictureFetcherLimits } from './fetcher-options.js';
import type { HostConnections } from './host-connections.js';
import { checkLink, checkRedirect, refused } from './link-rules.js';

/** No cookies, no referrer, no credentials: nothing that one link says is told to the next server. */
const HEADERS = { accept: 'image/*, */*;q=0.1', 'accept-encoding': 'identity', 'user-agent': 'lookalike' };

/** Asks the link, and where it redirects to, until an answer is the picture. */
export async function followLink(
  uri: string,
  expected: LinkExpectation,
  limits: PictureFetcherLimits,
  connections: HostConnections,
  run: FetchRun,
): Promise<FoundPicture> {
  let url = checkLink(uri, limits);
  for (let redirects = 0; ; redirects++) {
    const connection = await connections.lend(url.origin, run.signal);
    const path = url.pathname + url.search;
    const question = {
      send: () => connection.get(path, HEADERS),
      abort: (reason: Error) => connection.destroy(reason),
      end: (isRead: boolean) => connections.giveBack(connection, isRead),
    };
    const found = await ask(question, expected, run);
    if ('stream' in found) return found;
    if (redirects >= limits.maxRedirects)
      throw refused('redirects', `The link redirects more than ${redirects} times.`);
    url = checkRedirect(found.location, url, limits);
  }
}
