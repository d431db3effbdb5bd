import { createHash } from 'node:crypto';
import { LookalikeError, type PreparePicture } from '#core';

const SIDE = 64;

/** Bytes that `preparePlainPicture` takes for a picture; the same text gives the same pixels. */
export function plainPicture(text: string): Buffer {
  return Buffer.from(`plain:${text}`);
}

/** Bytes that it refuses. */
export function damagedPicture(text: string): Buffer {
  return Buffer.from(`damaged:${text}`);
}

/** Stands where the real decoder would, for tests that need thousands of pictures and not their contents. */
export const preparePlainPicture: PreparePicture = async (bytes) => {
  if (!Buffer.from(bytes).toString().startsWith('plain:')) {
    throw new LookalikeError('picture-damaged', 'The picture is damaged.');
  }
  const digest = createHash('sha256').update(bytes).digest();
  const pixels = Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, at) => digest[Math.floor(at / 97) % 32] ?? 0);
  return {
    pixels,
    perceptualHash: digest.toString('hex', 0, 8),
    width: SIDE,
    height: SIDE,
    greyCopy: { width: 8, height: 4, pixels: new Uint8Array(digest) },
    makeThumbnail: async () => Buffer.from(`thumbnail of ${digest.toString('hex')}`),
  };
};
