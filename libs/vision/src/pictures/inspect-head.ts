import { isLookalikeError, LookalikeError } from '#core';
import { acceptedFormat } from './picture-format.js';
import { DEFAULT_PICTURE_LIMITS, type PictureLimits } from './picture-limits.js';
import { readHeader } from './picture-reader.js';

/** How much of an upload `inspectHead` wants to see. JPEGs with long metadata tell their size later than this. */
export const PICTURE_HEAD_BYTES = 64 * 1024;
/** What telling the format takes: the text before an SVG's first tag may be long. */
const HEAD_BYTES_AT_LEAST = 4096;

export interface PictureHead {
  readonly mediaType: string;
  /** Size of the upright picture where the head tells it. */
  readonly width?: number;
  readonly height?: number;
}

/**
 * What an upload's first bytes tell, for refusing early what will never work. Whether the rest decodes is for the
 * decoder to say: a damaged header passes here without a size. Reads no pixels; about 0.2 ms.
 *
 * @param head the first bytes, up to `PICTURE_HEAD_BYTES`
 * @param complete whether that is all of the upload. If not, a head too short to judge is the caller's mistake.
 * @throws LookalikeError `picture-empty`, `picture-not-recognised`, `picture-format-not-supported`, `picture-too-many-pixels`
 */
export async function inspectHead(
  head: Uint8Array,
  complete: boolean,
  limits: PictureLimits = DEFAULT_PICTURE_LIMITS,
): Promise<PictureHead> {
  if (!complete && head.length < HEAD_BYTES_AT_LEAST) {
    throw new LookalikeError('internal', `A picture is judged by its first ${HEAD_BYTES_AT_LEAST} bytes at least.`);
  }
  const mediaType = acceptedFormat(head);
  try {
    const encoded = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
    return { mediaType, ...(await readHeader(encoded, mediaType, limits)).upright };
  } catch (error) {
    // A decoder's complaint is no verdict: the size may lie beyond the head.
    if (isLookalikeError(error)) throw error;
    return { mediaType };
  }
}
