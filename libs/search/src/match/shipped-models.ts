import type { EncoderReference } from '#core';
import type { MatchModel } from './match-model.js';

/**
 * By the pictures alone: for encoders that nobody has measured. Of 320 photos in 29 edits each (`npm run bench -- match`), at one stranger in
 * 1,000,000, it finds 99.8 % of easy and 96 % of hard edits. Strangers are those nearest by the vector of a trained encoder; where candidates come from another,
 * more or fewer may pass.
 */
export const PICTURES_ALONE: MatchModel = {
  glance: {
    weights: { hash: 7.833 },
    strangers: {
      points: [
        [0, 0.1567],
        [1.469, 0.0572],
        [1.958, 0.02087],
        [2.448, 0.007618],
        [2.937, 0.00278],
        [3.427, 0.0003702],
        [3.916, 0.0001351],
      ],
      scale: 0.1261,
    },
    ratios: [
      [0, -1.456],
      [0.3405, -0.4769],
      [0.6811, 0.2932],
      [1.022, 0.8612],
      [1.362, 1.233],
      [1.703, 1.233],
      [2.043, 1.233],
      [2.384, 1.617],
      [2.724, 2.029],
      [3.065, 2.029],
      [3.405, 3.207],
      [3.746, 4.533],
      [4.087, 4.848],
      [4.427, 7.551],
      [4.768, 10.29],
      [5.108, 13.04],
      [5.449, 15.77],
      [5.789, 18.48],
      [6.13, 21.25],
      [6.47, 24.29],
      [6.811, 27.65],
      [7.152, 31.08],
      [7.492, 34.3],
      [7.833, 37.11],
    ],
  },
  look: {
    weights: { hash: 6.386, alignment: 94.14 },
    strangers: {
      points: [
        [0, 0.1567],
        [1.197, 0.0572],
        [1.596, 0.02087],
        [1.996, 0.007618],
        [2.395, 0.00278],
        [2.794, 0.001014],
        [2.818, 0.0003702],
        [3.575, 0.0001351],
      ],
      scale: 0.9752,
    },
    ratios: [
      [0, -5.25],
      [3.698, 2.076],
      [7.395, 5.955],
      [11.09, 10.39],
      [14.79, 14.84],
      [18.49, 19.02],
      [22.19, 23.16],
      [25.88, 27.26],
      [29.58, 31.23],
      [33.28, 35.19],
      [36.98, 39.09],
      [40.67, 42.84],
      [44.37, 46.57],
      [48.07, 50.36],
      [51.77, 54.22],
      [55.46, 58.03],
      [59.16, 61.85],
      [62.86, 65.72],
      [66.56, 69.62],
      [70.25, 73.39],
      [73.95, 76.89],
      [77.65, 80.08],
      [81.35, 82.84],
      [85.04, 85.08],
    ],
  },
  worthALook: 0,
};

/**
 * By VGG16's last convolution, pooled by GeM, and the pictures: on the same photos, 100 % of easy and 98.8 % of hard edits. Measured
 * with the same trained convolutions in another int8 file than the shipped manifests name.
 */
const POOLED_VGG16: MatchModel = {
  glance: {
    weights: { cosine: 11.26, hash: 6.73 },
    strangers: {
      points: [
        [2.781, 0.1567],
        [9.907, 0.0572],
        [11.19, 0.02087],
        [12.3, 0.007618],
        [13.35, 0.00278],
        [14.39, 0.001014],
        [15.48, 0.0003702],
        [16.56, 0.0001351],
      ],
      scale: 0.7956,
    },
    ratios: [
      [2.426, -7.226],
      [6.881, -2.336],
      [11.33, -1.114],
      [15.79, 4.116],
      [20.24, 9.73],
      [24.7, 15.51],
      [29.15, 21.04],
      [33.61, 26.38],
      [38.06, 31.68],
      [42.51, 37.1],
      [46.97, 42.58],
      [51.42, 48],
      [55.88, 53.45],
      [60.33, 58.74],
      [64.78, 63.8],
      [69.24, 69.03],
      [73.69, 74.24],
      [78.15, 79.26],
      [82.6, 84.35],
      [87.06, 89.4],
      [91.51, 94.56],
      [95.96, 99.51],
      [100.4, 102.3],
      [104.9, 109.6],
    ],
  },
  look: {
    weights: { cosine: 8.474, hash: 2.427, alignment: 87.87 },
    strangers: {
      points: [
        [2.093, 0.1567],
        [6.961, 0.0572],
        [7.888, 0.02087],
        [8.7, 0.007618],
        [9.499, 0.00278],
        [10.27, 0.001014],
        [11.13, 0.0003702],
        [11.95, 0.0001351],
      ],
      scale: 0.6015,
    },
    ratios: [
      [2.093, -6.665],
      [7.935, -4.346],
      [13.78, 4.405],
      [19.62, 14.6],
      [25.46, 25.13],
      [31.3, 35.42],
      [37.14, 45.52],
      [42.98, 55.46],
      [48.82, 65.33],
      [54.67, 75.15],
      [60.51, 84.96],
      [66.35, 94.76],
      [72.19, 104.6],
      [78.03, 114.2],
      [83.87, 123.8],
      [89.71, 133.2],
      [95.56, 142.6],
      [101.4, 151.8],
      [107.2, 160.8],
      [113.1, 169.7],
      [118.9, 178.6],
      [124.8, 187.3],
      [130.6, 196.3],
      [136.4, 205.9],
    ],
  },
  worthALook: 6.684,
};

/** By fingerprint of the shipped encoders, and by vector. */
const SHIPPED: Readonly<Record<string, Readonly<Record<string, MatchModel>>>> = {
  /** vgg16-pooled */
  '2f0755843a7e0c54': { pooled: POOLED_VGG16 },
  /** vgg16-fc2-pooled */
  '7a4d6bf72df978dd': { pooled: POOLED_VGG16 },
};

/** What is known of an encoder that was not calibrated. */
export function shippedModel({ fingerprint }: Pick<EncoderReference, 'fingerprint'>, vector: string): MatchModel {
  return SHIPPED[fingerprint]?.[vector] ?? PICTURES_ALONE;
}
