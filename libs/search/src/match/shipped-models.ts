import type { EncoderReference } from '#core';
import type { MatchModel } from './match-model.js';

/**
 * By the pictures alone: for encoders that nobody has measured. Of 320 photos in 29 edits each (`npm run bench -- match`), at one stranger in
 * 1,000,000, it finds 99.9 % of easy and 97 % of hard edits. Strangers are those nearest by the vector of a trained encoder; where candidates come from another,
 * more or fewer may pass.
 */
export const PICTURES_ALONE: MatchModel = {
  glance: {
    weights: { hash: 7.806 },
    strangers: {
      points: [
        [0, 0.1291],
        [1.464, 0.05347],
        [1.952, 0.02215],
        [2.439, 0.003801],
        [2.927, 0.001575],
        [3.415, 0.0002702],
      ],
      scale: 0.2781,
    },
    ratios: [
      [0, -0.9879],
      [0.3394, -0.1208],
      [0.6788, 0.5613],
      [1.018, 1.067],
      [1.358, 1.4],
      [1.697, 1.4],
      [2.036, 1.4],
      [2.376, 1.657],
      [2.715, 2.797],
      [3.055, 2.797],
      [3.394, 3.715],
      [3.733, 4.83],
      [4.073, 5.995],
      [4.412, 7.181],
      [4.752, 8.396],
      [5.091, 9.667],
      [5.43, 10.96],
      [5.77, 12.24],
      [6.109, 13.62],
      [6.449, 15.28],
      [6.788, 17.16],
      [7.127, 18.98],
      [7.467, 20.56],
      [7.806, 21.78],
    ],
  },
  look: {
    weights: { hash: 5.005, alignment: 51.04 },
    strangers: {
      points: [
        [0, 0.1291],
        [0.9384, 0.05347],
        [1.251, 0.02215],
        [1.564, 0.009176],
        [1.877, 0.003801],
        [2.19, 0.001575],
        [3.594, 0.0006526],
        [5.033, 0.0002702],
      ],
      scale: 1.585,
    },
    ratios: [
      [0, -5.374],
      [2.28, -0.2038],
      [4.559, 1.017],
      [6.839, 2.643],
      [9.119, 4.446],
      [11.4, 6.189],
      [13.68, 8.173],
      [15.96, 10.26],
      [18.24, 12.19],
      [20.52, 13.95],
      [22.8, 15.64],
      [25.08, 17.36],
      [27.36, 19],
      [29.64, 20.57],
      [31.92, 22.12],
      [34.19, 23.57],
      [36.47, 24.93],
      [38.75, 26.32],
      [41.03, 27.8],
      [43.31, 29.41],
      [45.59, 31.1],
      [47.87, 32.69],
      [50.15, 33.95],
      [52.43, 34.4],
    ],
  },
  worthALook: 0,
};

/**
 * By VGG16's last convolution, pooled by GeM, and the pictures: on the same photos, 100 % of easy and 98.9 % of hard edits. Measured
 * with the same trained convolutions in another int8 file than the shipped manifests name.
 */
const POOLED_VGG16: MatchModel = {
  glance: {
    weights: { cosine: 11.14, hash: 6.637 },
    strangers: {
      points: [
        [3.138, 0.1291],
        [9.82, 0.05347],
        [10.99, 0.02215],
        [11.96, 0.009176],
        [12.89, 0.003801],
        [13.79, 0.001575],
        [14.74, 0.0006526],
        [15.62, 0.0002702],
      ],
      scale: 0.9083,
    },
    ratios: [
      [3.138, -4.616],
      [7.525, -1.694],
      [11.91, -0.234],
      [16.3, 4.828],
      [20.68, 10.16],
      [25.07, 15.15],
      [29.46, 19.86],
      [33.84, 24.43],
      [38.23, 28.97],
      [42.62, 33.68],
      [47, 38.36],
      [51.39, 43.03],
      [55.78, 47.69],
      [60.16, 52.11],
      [64.55, 56.4],
      [68.94, 60.91],
      [73.32, 65.27],
      [77.71, 69.46],
      [82.1, 73.75],
      [86.48, 77.98],
      [90.87, 82.54],
      [95.25, 86.38],
      [99.64, 88.97],
      [104, 95.21],
    ],
  },
  look: {
    weights: { cosine: 9.976, hash: 0.1359, alignment: 51.54 },
    strangers: {
      points: [
        [2.609, 0.1291],
        [7.754, 0.05347],
        [8.744, 0.02215],
        [9.599, 0.009176],
        [10.47, 0.003801],
        [11.34, 0.001575],
        [12.26, 0.0006526],
        [13.27, 0.0002702],
      ],
      scale: 0.9663,
    },
    ratios: [
      [2.609, -7.364],
      [8.282, -5.555],
      [13.95, 1.149],
      [19.63, 7.765],
      [25.3, 14.37],
      [30.97, 21.06],
      [36.65, 27.59],
      [42.32, 33.89],
      [47.99, 40.09],
      [53.67, 46.3],
      [59.34, 52.29],
      [65.01, 57.89],
      [70.68, 63.4],
      [76.36, 69.13],
      [82.03, 74.78],
      [87.7, 80.37],
      [93.38, 85.66],
      [99.05, 90.8],
      [104.7, 95.64],
      [110.4, 100.9],
      [116.1, 106.2],
      [121.7, 111.6],
      [127.4, 115.5],
      [133.1, 121.8],
    ],
  },
  worthALook: 7.005,
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
