import {
  type ErrorCode,
  isLookalikeError,
  LookalikeError,
  type PreparedPicture,
  type PreparePicture,
  WeightedSemaphore,
} from '#core';
import { decodeFailure } from './decode-failure.js';
import { makeGreyCopy } from './grey-copy.js';
import { perceptualHash } from './perceptual-hash.js';
import { acceptedFormat } from './picture-format.js';
import type { PictureLimits } from './picture-limits.js';
import { type PictureHeader, readHeader, readPixels, uprightPart } from './picture-reader.js';
import { readRegion } from './read-region.js';
import { cut, type Pixels, resizePixels } from './resize-pixels.js';
import { cropOf, outputSize, type Rectangle, type ResizeRule, resizedSize, type Size } from './resize-rule.js';
import { makeThumbnail, thumbnailSize } from './thumbnail.js';

/** Above this ratio of the sides a picture is read twice, the middle and the whole, so that no work area grows with it. */
const EXTREME_RATIO = 16;

export interface PreparePictureOptions {
  readonly rule: ResizeRule;
  readonly limits: PictureLimits;
}

/** Makes what the pipeline needs of a picture, in one decoding: the encoder's square, the hash, the thumbnail and the grey copy. */
export function createPreparePicture({ rule, limits }: PreparePictureOptions): PreparePicture {
  if (rule.kind === 'short-side-crop' && rule.crop > rule.shortSide) {
    throw new LookalikeError('model-invalid', 'A resize rule cannot crop more than the short side.', {
      facts: { rule },
    });
  }
  const memory = new WeightedSemaphore(limits.decodeBytes);
  // What takes less counts for a whole share, so no more than `decodesAtOnce` run side by side.
  const share = Math.floor(limits.decodeBytes / limits.decodesAtOnce);

  return async (bytes, region) => {
    const mediaType = acceptedFormat(bytes);
    if (bytes.length > limits.encodedBytes) throw tooLarge(bytes, limits);
    const encoded = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const judged = <T>(task: () => Promise<T>) => withVerdict(task, mediaType, limits);
    const header = await conclusively(
      memory,
      share,
      judged(() => readHeader(encoded, mediaType, limits)),
    );
    return conclusively(
      memory,
      Math.max(share, header.decodeBytes),
      judged(async () => {
        if (region === undefined) return prepare(encoded, header, rule, limits);
        const cutOut = await readRegion(encoded, header, region, limits);
        return prepare(cutOut, await readHeader(cutOut, 'image/png', limits), rule, limits);
      }),
    );
  };
}

/** Turns what a decoder says into a code. The time runs from here, when there is memory for it, as sharp's own does. */
function withVerdict<T>(task: () => Promise<T>, mediaType: string, limits: PictureLimits): () => Promise<T> {
  return async () => {
    const start = performance.now();
    try {
      return await task();
    } catch (error) {
      if (isLookalikeError(error)) throw error;
      throw decodeFailure(error, { mediaType, tookMs: performance.now() - start, limits });
    }
  };
}

/** Facts of our own: no message of a decoder was interpreted. */
const CERTAIN: readonly ErrorCode[] = ['picture-too-many-pixels', 'picture-too-slow'];

/**
 * libvips keeps one text of errors for the whole process, so a failure may carry another picture's message. A verdict
 * stands for good, so where pictures run side by side it is reached a second time, alone.
 */
async function conclusively<T>(memory: WeightedSemaphore, bytes: number, task: () => Promise<T>): Promise<T> {
  try {
    return await memory.run(bytes, task);
  } catch (error) {
    if (bytes === memory.capacity || (isLookalikeError(error) && CERTAIN.includes(error.code))) throw error;
    return memory.run(memory.capacity, task);
  }
}

async function prepare(
  encoded: Buffer,
  header: PictureHeader,
  rule: ResizeRule,
  limits: PictureLimits,
): Promise<PreparedPicture> {
  const { width, height } = header.upright;
  const extreme = Math.max(width, height) > EXTREME_RATIO * Math.min(width, height);
  const { square, whole } = await (extreme ? readTwice : readOnce)(encoded, header, rule, limits);
  return {
    pixels: square,
    perceptualHash: perceptualHash(whole.data, whole),
    width,
    height,
    greyCopy: makeGreyCopy(whole),
    makeThumbnail: () => makeThumbnail(whole, header.upright),
  };
}

interface SquareAndWhole {
  readonly square: Uint8Array;
  /** The whole picture reduced: hash, thumbnail and grey copy are made of it. */
  readonly whole: Pixels;
}

type Read = (b: Buffer, h: PictureHeader, rule: ResizeRule, limits: PictureLimits) => Promise<SquareAndWhole>;

const readOnce: Read = async (encoded, header, rule, limits) => {
  const { kernel } = rule;
  if (rule.kind === 'short-side-crop') {
    const whole = await readPixels(encoded, header, { to: resizedSize(rule, header.upright), kernel }, limits);
    return { square: cut(whole, cropOf(rule, whole)), whole };
  }
  const whole = await readPixels(encoded, header, { to: twiceCovering(rule, header.upright), kernel }, limits);
  return { square: owned((await resizePixels(whole, outputSize(rule), kernel)).data), whole };
};

const readTwice: Read = async (encoded, header, rule, limits) => {
  const { kernel } = rule;
  const whole = await readPixels(encoded, header, { to: thumbnailSize(header.upright), kernel }, limits);
  if (rule.kind === 'stretch') {
    return { square: owned((await readPixels(encoded, header, { to: outputSize(rule), kernel }, limits)).data), whole };
  }
  const part = middle(header.stored);
  const to = resizedSize(rule, uprightPart(header, part));
  const resized = await readPixels(encoded, header, { to, kernel, part }, limits);
  return { square: cut(resized, cropOf(rule, resized)), whole };
};

/** At least twice the wanted size on both axes, proportions kept, never enlarged: what is left is the kernel's work. */
function twiceCovering(wanted: Size, picture: Size): Size {
  const scale = Math.min(1, Math.max((2 * wanted.width) / picture.width, (2 * wanted.height) / picture.height));
  return { width: Math.ceil(picture.width * scale), height: Math.ceil(picture.height * scale) };
}

/** The middle of a very long picture: three times as long as wide, centred to the pixel, so the crop lies well inside. */
function middle({ width, height }: Size): Rectangle {
  const across = Math.min(width, height);
  const kept = (side: number) => (side === across ? side : 3 * across + ((side - 3 * across) % 2));
  const size = { width: kept(width), height: kept(height) };
  return { ...size, left: (width - size.width) / 2, top: (height - size.height) / 2 };
}

/** The encoder takes pixels over to its own thread, so they need memory of their own. */
function owned(data: Uint8Array): Uint8Array {
  return new Uint8Array(data);
}

function tooLarge(bytes: Uint8Array, limits: PictureLimits): LookalikeError {
  return new LookalikeError('picture-too-large', `The picture has more than ${limits.encodedBytes} bytes.`, {
    facts: { limit: limits.encodedBytes, found: bytes.length },
  });
}
