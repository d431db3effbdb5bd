import { LookalikeError } from './errors.js';
import { type FetchLink, isLink } from './fetch-link.js';
import type { ImageState } from './image-event.js';
import type { BlobStore } from './ports/blob-store.js';

/**
 * Where the bytes of one image are. What is under way or cached is shared by those who name the same place, and not by all
 * who name the same bytes: whether a link may be read is a matter of the link, whatever was read lately.
 */
export interface PictureSource {
  readonly place: string;
  /** Memory that reading takes, in bytes. */
  readonly weigh: () => Promise<number>;
  /** Bytes of this hash, the caller's alone. @throws `blob-…`, `link-…`, `storage-unavailable`. */
  readonly read: (signal?: AbortSignal) => Promise<Uint8Array>;
}

export interface PictureStores {
  readonly blobs: Pick<BlobStore, 'read' | 'stat'>;
  /** For pictures that are referred to by link. */
  readonly fetchLink: FetchLink;
  /** A picture of more bytes is not read. */
  readonly maxBytes: number;
}

/** @throws `uri-not-supported`, `blob-hash-mismatch`. */
export function pictureSource({ uri, sha256, sizeBytes }: ImageState, stores: PictureStores): PictureSource {
  const { blobs, fetchLink, maxBytes } = stores;
  if (isLink(uri)) {
    return {
      place: `${sha256} ${sizeBytes} ${uri}`,
      // The publisher's word, which fetching holds the server to.
      weigh: async () => Math.min(sizeBytes, maxBytes),
      read: async (signal) => (await fetchLink(uri, { maxBytes, sizeBytes, sha256, signal })).bytes,
    };
  }
  const place = blobOf(uri, sha256);
  return {
    place,
    // The event's size is the publisher's word. What is missing takes no room, and reading it says so.
    weigh: async () => (await blobs.stat(sha256))?.sizeBytes ?? 0,
    read: () => blobs.read(sha256, { maxBytes }),
  };
}

function blobOf(uri: string, sha256: string): string {
  if (!uri.startsWith('blob:')) {
    throw new LookalikeError('uri-not-supported', 'Only blob:, http:, https: and s3: references can be read.', {
      facts: { field: 'uri' },
    });
  }
  if (uri !== `blob:${sha256}`) {
    throw new LookalikeError('blob-hash-mismatch', 'The reference and the declared sha256 name different bytes.', {
      facts: { uri, sha256 },
    });
  }
  return uri;
}
