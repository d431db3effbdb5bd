import type { Settings } from '#config';
import { createPictureFetcher, type PictureFetcher } from '#safe-fetch';
import type { Opened } from './opened.js';

/** `undefined` where links are switched off. @throws `invalid-setting`. */
export function openLinks({ links }: Pick<Settings, 'links'>, opened: Opened): PictureFetcher | undefined {
  if (links.fetching === 'off') return undefined;
  const { httpPorts, httpsPorts, allowedNetworks, maxRedirects, fetchesPerHost } = links;
  const fetcher = createPictureFetcher({
    httpPorts,
    httpsPorts,
    allowedNetworks,
    maxRedirects,
    fetchesPerHost,
    firstByteTimeoutMs: links.firstByteSeconds * 1000,
    stallTimeoutMs: links.stallSeconds * 1000,
    totalTimeoutMs: links.timeoutSeconds * 1000,
  });
  return opened.keep(fetcher);
}
