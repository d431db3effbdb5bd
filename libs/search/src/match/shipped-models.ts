import type { EncoderReference } from '#core';
import type { MatchModel } from './match-model.js';

/**
 * By the pictures alone: for encoders that nobody has measured. Of 320 photos in 29 edits each (`npm run bench -- match`), at one stranger in
 * 1,000,000, it finds all easy and 98 % of hard edits. Strangers are those nearest by the vector of a trained encoder; where candidates come from another,
 * more or fewer may pass.
 */
export const PICTURES_ALONE: MatchModel = {
  glance: {
    weights: { hash: 7.833 },
    strangers: {
      points: [
        [0, 0.1567],
        [1.469, 0.04692],
        [2.448, 0.01405],
        [2.937, 0.001259],
        [3.427, 0.000377],
        [3.916, 3.378e-5],
      ],
      scale: 0.5042,
    },
    ratios: [
      [0, -1.635],
      [0.3405, -0.6103],
      [0.6811, 0.2057],
      [1.022, 0.8196],
      [1.362, 1.237],
      [1.703, 1.237],
      [2.043, 1.412],
      [2.384, 1.572],
      [2.724, 1.572],
      [3.065, 3.116],
      [3.405, 3.738],
      [3.746, 4.558],
      [4.087, 6.608],
      [4.427, 7.284],
      [4.768, 7.996],
      [5.108, 8.719],
      [5.449, 9.423],
      [5.789, 10.11],
      [6.13, 10.85],
      [6.47, 11.86],
      [6.811, 13.2],
      [7.152, 14.61],
      [7.492, 15.8],
      [7.833, 16.58],
    ],
  },
  look: {
    weights: { hash: 7.66, alignment: 106.2 },
    strangers: {
      points: [
        [0, 0.1567],
        [1.436, 0.04692],
        [2.394, 0.01405],
        [2.872, 0.001259],
        [3.351, 0.000377],
        [3.83, 0.0001128],
        [4.308, 3.378e-5],
      ],
      scale: 0.2977,
    },
    ratios: [
      [0, -5.172],
      [4.181, 2.334],
      [8.362, 16.22],
      [12.54, 30.89],
      [16.72, 45.44],
      [20.91, 59.86],
      [25.09, 74.24],
      [29.27, 88.48],
      [33.45, 102.7],
      [37.63, 116.8],
      [41.81, 130.9],
      [45.99, 144.9],
      [50.17, 158.8],
      [54.35, 172.8],
      [58.53, 186.9],
      [62.72, 200.9],
      [66.9, 215.1],
      [71.08, 229.2],
      [75.26, 243.4],
      [79.44, 257.4],
      [83.62, 271.1],
      [87.8, 284.5],
      [91.98, 297.6],
      [96.16, 310.1],
    ],
  },
  worthALook: 0,
};

/**
 * By VGG16's last convolution, pooled by GeM, and the pictures: on the same photos, all easy and 98 % of hard edits. Measured
 * with the same trained convolutions in another int8 file than the shipped manifests name.
 */
const POOLED_VGG16: MatchModel = {
  glance: {
    weights: { cosine: 11.26, hash: 6.73 },
    strangers: {
      points: [
        [2.781, 0.1567],
        [10.19, 0.04692],
        [11.64, 0.01405],
        [12.92, 0.004206],
        [14.16, 0.001259],
        [15.47, 0.000377],
        [16.73, 0.0001128],
        [17.73, 3.378e-5],
      ],
      scale: 0.6255,
    },
    ratios: [
      [2.426, -7.366],
      [6.881, -2.39],
      [11.33, -1.007],
      [15.79, 4.102],
      [20.24, 10.26],
      [24.7, 17.57],
      [29.15, 24.62],
      [33.61, 31.48],
      [38.06, 38.3],
      [42.51, 45.25],
      [46.97, 52.24],
      [51.42, 59.19],
      [55.88, 66.16],
      [60.33, 72.97],
      [64.78, 79.56],
      [69.24, 86.31],
      [73.69, 93.05],
      [78.15, 99.59],
      [82.6, 106.2],
      [87.06, 112.8],
      [91.51, 119.5],
      [95.96, 125.9],
      [100.4, 130.2],
      [104.9, 139],
    ],
  },
  look: {
    weights: { cosine: 8.346, hash: 4.015, alignment: 89.57 },
    strangers: {
      points: [
        [2.062, 0.1567],
        [7.36, 0.04692],
        [8.416, 0.01405],
        [9.363, 0.004206],
        [10.27, 0.001259],
        [11.25, 0.000377],
        [12.17, 0.0001128],
        [12.94, 3.378e-5],
      ],
      scale: 0.4299,
    },
    ratios: [
      [2.062, -6.555],
      [7.969, -4.162],
      [13.88, 4.776],
      [19.78, 19.17],
      [25.69, 33.62],
      [31.6, 47.9],
      [37.5, 61.89],
      [43.41, 75.85],
      [49.32, 89.74],
      [55.22, 103.6],
      [61.13, 117.3],
      [67.04, 131.1],
      [72.94, 144.9],
      [78.85, 158.7],
      [84.76, 172.3],
      [90.66, 185.8],
      [96.57, 199.2],
      [102.5, 212.5],
      [108.4, 225.5],
      [114.3, 238.4],
      [120.2, 251.3],
      [126.1, 264.2],
      [132, 277.1],
      [137.9, 290.8],
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
