import { MAX_PICTURE_BYTES, type Settings } from '#config';
import type { PreparePicture } from '#core';
import {
  createPreparePicture,
  DEFAULT_PICTURE_LIMITS,
  type EncoderManifest,
  inspectHead,
  type PictureLimits,
} from '#vision';

type Pictures = Pick<Settings, 'pictures'>;

/** What one picture may cost: the same at its upload, where its header is looked at, as when it is decoded. */
function pictureLimits({ pictures }: Pictures): PictureLimits {
  return {
    ...DEFAULT_PICTURE_LIMITS,
    encodedBytes: MAX_PICTURE_BYTES,
    inputPixels: pictures.maxPixels,
    decodeBytes: pictures.decodeBytes,
    decodeTimeoutS: pictures.timeoutSeconds,
  };
}

/** Decodes a picture into what the encoder of `manifest` takes. */
export function pictureReader({ input }: EncoderManifest, settings: Pictures): PreparePicture {
  return createPreparePicture({ rule: input.resize, limits: pictureLimits(settings) });
}

/** Tells from the first bytes of a picture what it is. @throws `picture-…` for what will never become a vector. */
export function headInspector(settings: Pictures) {
  const limits = pictureLimits(settings);
  return (head: Uint8Array, complete: boolean) => inspectHead(head, complete, limits);
}
