import type { Settings } from '#config';
import { createPictureFetcher, type PictureFetcher } from '#safe-fetch';

/** `null` where links are switched off. @throws `invalid-setting`. */
export function openLinks({ links }: Pick<Settings, 'links'>): PictureFetcher | null {
  if (links.fetching === 'off') return null;
  const { httpPorts, httpsPorts, allowedNetworks, maxRedirects, fetchesPerHost } = links;
  return createPictureFetcher({
    httpPorts,
    httpsPorts,
    allowedNetworks,
    maxRedirects,
    fetchesPerHost,
    firstByteTimeoutMs: links.firstByteSeconds * 1000,
    stallTimeoutMs: links.stallSeconds * 1000,
    totalTimeoutMs: links.timeoutSeconds * 1000,
  });
}
