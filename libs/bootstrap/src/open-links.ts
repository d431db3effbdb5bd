import type { Settings } from '#config';
import { createPictureFetcher, type ObjectSource, type PictureFetcher } from '#safe-fetch';
import type { Opened } from './opened.js';
import { s3Access } from './s3-access.js';

/** Refuses links to hosts where those are switched off, and `s3:` links where no bucket is listed. @throws `invalid-setting`. */
export async function openLinks(
  { links, s3 }: Pick<Settings, 'links' | 's3'>,
  opened: Opened,
): Promise<PictureFetcher> {
  const { allowedNetworks, maxRedirects, fetchesPerHost } = links;
  const fetcher = createPictureFetcher({
    httpPorts: links.fetching === 'on' ? links.httpPorts : [],
    httpsPorts: links.fetching === 'on' ? links.httpsPorts : [],
    ...(s3.sourceBuckets.length > 0 && { objects: await openObjects(s3, opened) }),
    allowedNetworks,
    maxRedirects,
    fetchesPerHost,
    firstByteTimeoutMs: links.firstByteSeconds * 1000,
    stallTimeoutMs: links.stallSeconds * 1000,
    totalTimeoutMs: links.timeoutSeconds * 1000,
  });
  return opened.keep(fetcher);
}

async function openObjects(s3: Settings['s3'], opened: Opened): Promise<ObjectSource> {
  // Loaded where it is used only: it takes 20 MB and a tenth of a second.
  const { S3Objects } = await import('#blobs-s3');
  const objects = opened.keep(new S3Objects(s3Access(s3)));
  await objects.check();
  return { buckets: s3.sourceBuckets, get: objects.get.bind(objects) };
}
