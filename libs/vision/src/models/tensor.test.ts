import type { InputRule } from './encoder-manifest.js';
import { generalisedMean, pooledShape } from './pooling.js';
import { TensorFiller } from './tensor.js';

const RESIZE = { kind: 'stretch', width: 2, height: 1, kernel: 'cubic' } as const;
const PIXELS = Uint8Array.of(255, 128, 0, 10, 20, 30);
const f = Math.fround;

function tensorOf(rule: Omit<InputRule, 'resize'>, index = 0): number[] {
  const filler = new TensorFiller({ ...rule, resize: RESIZE });
  const tensor = new Float32Array(filler.valuesPerPicture * (index + 1));
  filler.fill(tensor, index, PIXELS);
  return Array.from(tensor.subarray(index * filler.valuesPerPicture));
}

describe("a picture's tensor", () => {
  test('by the torch convention: RGB planes in [0, 1], normalised', () => {
    const mean = [0.485, 0.456, 0.406] as const;
    const std = [0.229, 0.224, 0.225] as const;
    const found = tensorOf({ colourOrder: 'RGB', scale: 1 / 255, mean, std, layout: 'NCHW' });
    const expected = [255, 10, 128, 20, 0, 30].map(
      (v, i) => (v / 255 - (mean[i >> 1] as number)) / (std[i >> 1] as number),
    );
    for (const [i, value] of found.entries()) expect(value).toBeCloseTo(expected[i] as number, 5);
  });

  test('by the caffe convention: BGR planes of 0..255, mean subtracted in float32', () => {
    const mean = [103.939, 116.779, 123.68] as const;
    const found = tensorOf({ colourOrder: 'BGR', scale: 1, mean, std: [1, 1, 1], layout: 'NCHW' });
    expect(found).toEqual([0, 30, 128, 20, 255, 10].map((v, i) => f(v - f(mean[i >> 1] as number))));
  });

  test('by the keras convention: rows of colours', () => {
    const rule = {
      colourOrder: 'RGB',
      scale: 1,
      mean: [127.5, 127.5, 127.5],
      std: [127.5, 127.5, 127.5],
      layout: 'NHWC',
    } as const;
    expect(tensorOf(rule)).toEqual([255, 128, 0, 10, 20, 30].map((v) => f(f(v - 127.5) / 127.5)));
  });

  test('lies at its place in the batch', () => {
    const rule = { colourOrder: 'RGB', scale: 1, mean: [0, 0, 0], std: [1, 1, 1], layout: 'NHWC' } as const;
    expect(tensorOf(rule, 2)).toEqual([255, 128, 0, 10, 20, 30]);
  });
});

describe('generalised mean', () => {
  const gem = (values: number[], channelsLast: boolean) => {
    const into = new Float32Array(2);
    generalisedMean(Float32Array.from(values), { channels: 2, positions: 2, channelsLast }, 3, into);
    return Array.from(into);
  };

  test('is the cube root of the mean cube, and a channel without any response is 1e-6', () => {
    expect(gem([1, 2, 0, -5], false)).toEqual([f(((1 + 8) / 2) ** (1 / 3)), f(((1e-6 ** 3 * 2) / 2) ** (1 / 3))]);
  });

  test('is the same for channels first and last', () => {
    expect(gem([1, 3, 2, 4], true)).toEqual(gem([1, 2, 3, 4], false));
  });

  test.each([
    [[2, 512, 7, 7], { channels: 512, positions: 49, channelsLast: false }],
    [[2, 7, 7, 512], { channels: 512, positions: 49, channelsLast: true }],
    [[2, 4096], null],
  ])('reads the shape %j', (dims, shape) => {
    expect(pooledShape(dims, 512, { kind: 'gem', p: 3 })).toEqual(shape);
  });
});
