import type { Settings } from '#config';
import { createPictureFetcher, type PictureFetcher } from '#safe-fetch';
import type { Opened } from './opened.js';

/** Refuses every link where they are switched off. @throws `invalid-setting`. */
export function openLinks({ links }: Pick<Settings, 'links'>, opened: Opened): PictureFetcher {
  const { allowedNetworks, maxRedirects, fetchesPerHost } = links;
  const fetcher = createPictureFetcher({
    httpPorts: links.fetching === 'on' ? links.httpPorts : [],
    httpsPorts: links.fetching === 'on' ? links.httpsPorts : [],
    allowedNetworks,
    maxRedirects,
    fetchesPerHost,
    firstByteTimeoutMs: links.firstByteSeconds * 1000,
    stallTimeoutMs: links.stallSeconds * 1000,
    totalTimeoutMs: links.timeoutSeconds * 1000,
  });
  return opened.keep(fetcher);
}
