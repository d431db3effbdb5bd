import { type EncoderInfo, type EncoderInput, type EncoderOutput, type ImageEncoder, LookalikeError } from '#core';

const BLOCKS = 8;
const BLOCK_PIXELS = 8;
const SIDE = BLOCKS * BLOCK_PIXELS;
const CHANNELS = 3;
/** Keeps the vector of a picture of one colour from being all zeros, which has no direction. */
const FLOOR = 0.02;

const INFO: EncoderInfo = {
  name: 'pixel-blocks',
  fingerprint: '70697865626c6b31',
  manifest: {},
  trained: false,
  inputWidth: SIDE,
  inputHeight: SIDE,
  vectors: [{ name: 'fc', size: BLOCKS * BLOCKS * CHANNELS }],
};

/** An encoder without a model: the mean colour of 8 × 8 blocks. Pictures that look alike get vectors that are near. */
export class PixelEncoder implements ImageEncoder {
  readonly info = INFO;
  readonly waiting = 0;
  #open = true;

  async encode(inputs: readonly EncoderInput[]): Promise<readonly EncoderOutput[]> {
    if (!this.#open) throw new LookalikeError('encoder-unavailable', 'The encoder is closed.');
    return inputs.map(({ pixels }) => ({ vectors: { fc: blockColours(pixels) } }));
  }

  async close(): Promise<void> {
    this.#open = false;
  }
}

function blockColours(pixels: Uint8Array): Float32Array {
  const wanted = SIDE * SIDE * CHANNELS;
  if (pixels.length !== wanted) {
    throw new LookalikeError('internal', `The encoder takes ${wanted} bytes a picture.`, {
      facts: { wanted, found: pixels.length },
    });
  }
  const colours = new Float32Array(BLOCKS * BLOCKS * CHANNELS);
  for (let at = 0; at < wanted; at++) {
    const x = Math.floor(at / CHANNELS) % SIDE;
    const y = Math.floor(at / (CHANNELS * SIDE));
    const block = Math.floor(y / BLOCK_PIXELS) * BLOCKS + Math.floor(x / BLOCK_PIXELS);
    const value = block * CHANNELS + (at % CHANNELS);
    colours[value] = (colours[value] ?? 0) + (pixels[at] ?? 0) / (255 * BLOCK_PIXELS * BLOCK_PIXELS);
  }
  const mean = colours.reduce((sum, value) => sum + value, 0) / colours.length;
  return colours.map((value) => value - mean + FLOOR);
}
