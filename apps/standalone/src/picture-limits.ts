import { MAX_PICTURE_BYTES, type Settings } from '#config';
import { DEFAULT_PICTURE_LIMITS, type PictureLimits } from '#vision';

/** What one picture may cost: the same at its upload, where its header is looked at, as when it is decoded. */
export function pictureLimits({ pictures }: Pick<Settings, 'pictures'>): PictureLimits {
  return {
    ...DEFAULT_PICTURE_LIMITS,
    encodedBytes: MAX_PICTURE_BYTES,
    inputPixels: pictures.maxPixels,
    decodeBytes: pictures.decodeBytes,
    decodeTimeoutS: pictures.timeoutSeconds,
  };
}
