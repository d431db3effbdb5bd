import { type Encoders, type ImageEncoder, LookalikeError, type PreparePicture } from '#core';

/** Encoders of which there is one. */
export function oneEncoder(encoder: ImageEncoder, preparePicture: PreparePicture): Encoders {
  return {
    get waiting() {
      return encoder.waiting;
    },
    running: async ({ fingerprint }) => {
      if (fingerprint === encoder.info.fingerprint) return { encoder, interactive: encoder, preparePicture };
      throw new LookalikeError('encoder-mismatch', `There is no encoder ${fingerprint} here.`);
    },
  };
}
