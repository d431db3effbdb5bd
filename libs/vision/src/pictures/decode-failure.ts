import { LookalikeError } from '#core';
import { formatNotSupported } from './picture-format.js';
import type { PictureLimits } from './picture-limits.js';

export type DecodeFailureKind = 'no-memory' | 'too-many-pixels' | 'too-slow' | 'not-supported' | 'damaged';

/** What libvips' and the decoders' messages mean; the first that fits counts. Read by people when sharp is updated. */
const MEANINGS: readonly (readonly [RegExp, DecodeFailureKind])[] = [
  [/out of memory|could not allocate|cannot allocate|not enough memory|unable to create thread/i, 'no-memory'],
  [/exceeds pixel limit|width or height exceeds limit|dimensions? (?:is |are )?too large/i, 'too-many-pixels'],
  [/^timeout: /m, 'too-slow'],
  [/unsupported (?:feature|codec|filetype)|bitstream not supported|bit depth .*not supported/i, 'not-supported'],
  [/not supported|unsupported (?:bit|photometric|compression|colou?r|sample)|not configured|blocked/i, 'not-supported'],
];

/** Anything unknown is put down to the bytes: they have passed the check of their format and still don't decode. */
export function decodeFailureKind(message: string): DecodeFailureKind {
  return MEANINGS.find(([pattern]) => pattern.test(message))?.[1] ?? 'damaged';
}

export interface DecodeAttempt {
  readonly mediaType: string;
  readonly tookMs: number;
  readonly limits: PictureLimits;
}

/** An outcome for what the picture does, a fault (`canRetry`) for what the machine lacks. */
export function decodeFailure(cause: unknown, { mediaType, tookMs, limits }: DecodeAttempt): LookalikeError {
  const kind = decodeFailureKind(cause instanceof Error ? cause.message : String(cause));
  // libvips' text of errors is the process's: a time-out told too early is another picture's.
  switch (kind === 'too-slow' && tookMs < 900 * limits.decodeTimeoutS ? 'damaged' : kind) {
    case 'no-memory':
      return new LookalikeError('overloaded', 'There is not enough memory to decode a picture now.', { cause });
    case 'too-many-pixels':
      return tooManyPixels(limits, {}, cause);
    case 'too-slow':
      return new LookalikeError('picture-too-slow', `Decoding takes more than ${limits.decodeTimeoutS} seconds.`, {
        cause,
        facts: { limitS: limits.decodeTimeoutS },
      });
    case 'not-supported':
      return formatNotSupported(mediaType, {}, cause);
    case 'damaged':
      return new LookalikeError('picture-damaged', 'The picture is damaged or cut off: it cannot be decoded.', {
        cause,
        facts: { mediaType },
      });
  }
}

/** Of its kind: the same size may be fine as another format. */
export function tooMuchMemory(
  { decodeBytes: maxDecodeBytes }: PictureLimits,
  found: { mediaType: string; width: number; height: number; decodeBytes: number },
) {
  const [needed, most] = [found.decodeBytes, maxDecodeBytes].map((bytes) => Math.ceil(bytes / 1e6));
  const message = `Decoding a picture of this size and kind takes ${needed} MB of memory; the limit is ${most} MB.`;
  return new LookalikeError('picture-too-many-pixels', message, { facts: { ...found, maxDecodeBytes } });
}

export function tooManyPixels(limits: PictureLimits, found: { width?: number; height?: number }, cause?: unknown) {
  return new LookalikeError('picture-too-many-pixels', `The picture has more than ${limits.inputPixels} pixels.`, {
    cause,
    facts: { limit: limits.inputPixels, ...found },
  });
}
