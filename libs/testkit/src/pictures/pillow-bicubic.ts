/**
 * Pillow's `Image.resize(size, BICUBIC)` of an 8-bit RGB picture, value for value, after the description that its
 * src/libImaging/Resample.c (Pillow 13) gives of itself: cubic convolution with a = -0.5, widened where the picture
 * shrinks; weights normalised and kept as whole numbers of 2^-22; columns first, rounded and clipped to 8 bits, then
 * rows. An independent second opinion on what the image library of the product makes.
 */
const FRACTION_BITS = 32 - 8 - 2;
const ONE = 2 ** FRACTION_BITS;
const HALF = ONE / 2;
const REACH = 2;

export interface RgbPicture {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

export function pillowBicubic(
  picture: RgbPicture,
  to: { readonly width: number; readonly height: number },
): RgbPicture {
  return transposedResize(transposedResize(picture, to.width), to.height);
}

/** Resizes every row to `width` pixels and gives the result with rows and columns exchanged. */
function transposedResize({ data, width: from, height }: RgbPicture, width: number): RgbPicture {
  const result = new Uint8Array(width * height * 3);
  for (const [x, { first, weights }] of windows(from, width).entries()) {
    for (let y = 0; y < height; y++) {
      for (let channel = 0; channel < 3; channel++) {
        let sum = HALF;
        for (let i = 0, at = (y * from + first) * 3 + channel; i < weights.length; i++, at += 3) {
          sum += (data[at] as number) * (weights[i] as number);
        }
        result[(x * height + y) * 3 + channel] = Math.max(0, Math.min(255, Math.floor(sum / ONE)));
      }
    }
  }
  return { data: result, width: height, height: width };
}

interface Window {
  readonly first: number;
  readonly weights: Int32Array;
}

/** For each output pixel the input pixels it is made of; at the edges fewer, their weights again normalised. */
function windows(from: number, to: number): Window[] {
  const scale = from / to;
  const widened = Math.max(1, scale);
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - REACH * widened + 0.5));
    const end = Math.min(from, Math.floor(centre + REACH * widened + 0.5));
    const weights = Float64Array.from({ length: end - first }, (_, at) =>
      cubic((at + first - centre + 0.5) * (1 / widened)),
    );
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { first, weights: Int32Array.from(weights, (weight) => wholeNumber((weight / sum) * ONE)) };
  });
}

/** Keys 1981, Cubic convolution interpolation for digital image processing, with a = -1/2. */
function cubic(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < REACH ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0;
}

/** Halves are rounded away from zero. */
function wholeNumber(value: number): number {
  return Math.sign(value) * Math.floor(Math.abs(value) + 0.5);
}
