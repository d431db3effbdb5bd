/**
 * The tolerances of shared/models/expected.json, each in a test of its own name. The file was computed by Pillow and ONNX Runtime
 * in Python over 12 photos.
 *
 * | rule               | encoded are                                   | held are                                       |
 * |--------------------|-----------------------------------------------|------------------------------------------------|
 * | samePixels         | the reference's squares, told by their hashes | first 16 values, norms, cosines to every digit |
 * | ownResize          | squares that the product prepares             | cosine, norm, first 16 values                  |
 * | enlarged           | the same of photos whose short side is < 256  | the same, by ownResize's limits too            |
 * | cosineMatrixWithin | all 12 as the product prepares them           | the cosine of every pair                       |
 *
 * The cosine to the reference's whole vector, which the file does not hold, is taken to the vector of the same square
 * encoded here: samePixels says that it is the reference's. `otherFilters` is information about filters not used.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  describeWithModels,
  describeWithPhotos,
  referenceSquare,
  SHARED_FOLDER,
  sharedManifest,
  sharedModelFile,
} from '#testkit';
import { DEFAULT_PICTURE_LIMITS } from '../pictures/picture-limits.js';
import { createPreparePicture } from '../pictures/prepare-picture.js';
import { parseEncoderManifest } from './manifest-parser.js';
import { createOnnxEncoder } from './onnx-encoder.js';

type Feature = 'fc6' | 'fc7' | 'gem';

interface OwnResize {
  readonly cosineAtLeast: Readonly<Record<Feature, number>>;
  readonly normWithin: number;
}

interface Photo extends Readonly<Record<Feature, { readonly first16: readonly number[]; readonly norm: number }>> {
  readonly file: string;
  readonly squareSha256: string;
  readonly enlarged: boolean;
}

interface Expected {
  readonly tolerance: {
    readonly samePixels: { readonly cosineAtLeast: number };
    readonly ownResize: OwnResize;
    readonly enlarged: OwnResize;
    readonly cosineMatrixWithin: number;
  };
  readonly photos: readonly Photo[];
  readonly cosine: Readonly<Record<Feature, readonly (readonly number[])[]>>;
}

/** Its profile changes the colours, and libvips and Pillow round that conversion differently. */
const CONVERTED_OTHERWISE = 'n03179701_desk.JPEG';
const FEATURES = [
  ['fc1', 'fc6'],
  ['fc2', 'fc7'],
  ['pooled', 'gem'],
] as const;

describeWithModels('the reference', () => {
  describeWithPhotos('of 12 photos', () => {
    let expected: Expected;
    let squares: readonly Uint8Array[];
    beforeAll(async () => {
      expected = JSON.parse(readFileSync(join(SHARED_FOLDER, 'models/expected.json'), 'utf8'));
      squares = await Promise.all(expected.photos.map(({ file }) => referenceSquare(readPhoto(file))));
    });

    test('has squares that are made again byte for byte, but for one that a colour profile changes', () => {
      const differ = expected.photos.filter((photo, i) => sha256(squares[i]) !== photo.squareSha256);
      expect(differ.map(({ file }) => file)).toEqual([CONVERTED_OTHERWISE]);
    });

    describe.each(FEATURES)('%s is %s', (layer, feature) => {
      /** Vectors of the reference's squares, and of the product's. */
      let same: readonly Float32Array[];
      let own: readonly Float32Array[];
      beforeAll(async () => {
        [same, own] = await encodeBoth(layer, squares, expected.photos);
      });

      describe('samePixels', () => {
        test('gives the first values and the norm to the digits written down', () => {
          for (const [i, photo] of expected.photos.entries()) {
            if (photo.file === CONVERTED_OTHERWISE) continue;
            const vector = vectorAt(same, i);
            const { first16, norm: length } = photo[feature];
            for (const [at, value] of first16.entries()) expect(vector[at]).toBeCloseTo(value, 5);
            expect(norm(vector) / length).toBeCloseTo(1, 6);
            const direction = cosine(vector.subarray(0, 16), first16);
            expect(direction).toBeGreaterThan(expected.tolerance.samePixels.cosineAtLeast);
          }
        });

        test('gives the cosine of every pair to the digits written down', () => {
          for (const [i, a] of expected.photos.entries()) {
            for (const [j, b] of expected.photos.entries()) {
              if (a.file === CONVERTED_OTHERWISE || b.file === CONVERTED_OTHERWISE) continue;
              const written = expected.cosine[feature][i]?.[j] as number;
              expect(cosine(vectorAt(same, i), vectorAt(same, j))).toBeCloseTo(written, 5);
            }
          }
        });
      });

      test.each([
        ['ownResize', false, 'ownResize'],
        ['enlarged', true, 'enlarged'],
        // Their own limits allow for half a pixel that libvips' resize is aside and the product is not.
        ['enlarged, by the limits of ownResize', true, 'ownResize'],
      ] as const)('%s', (_, enlarged, rule) => {
        const { cosineAtLeast, normWithin } = expected.tolerance[rule];
        for (const [i, photo] of expected.photos.entries()) {
          if (photo.enlarged !== enlarged) continue;
          const vector = vectorAt(own, i);
          const { first16, norm: length } = photo[feature];
          expect(cosine(vector, vectorAt(same, i))).toBeGreaterThan(cosineAtLeast[feature]);
          expect(Math.abs(norm(vector) / length - 1)).toBeLessThan(normWithin);
          const rootMeanSquare = length / Math.sqrt(vector.length);
          const apart = first16.map((value, at) => Math.abs((vector[at] as number) - value) / rootMeanSquare);
          // The reference's own figure for sharp is 0.19.
          expect(Math.max(...apart)).toBeLessThan(0.2);
        }
      });

      test('cosineMatrixWithin', () => {
        for (const [i, row] of expected.cosine[feature].entries()) {
          for (const [j, written] of row.entries()) {
            const found = cosine(vectorAt(own, i), vectorAt(own, j));
            expect(Math.abs(found - written)).toBeLessThan(expected.tolerance.cosineMatrixWithin);
          }
        }
      });
    });
  });
});

async function encodeBoth(layer: string, squares: readonly Uint8Array[], photos: readonly Photo[]) {
  const manifest = parseEncoderManifest(sharedManifest('vgg16-int8', layer));
  const modelFile = await sharedModelFile('vgg16-int8');
  const prepare = createPreparePicture({ rule: manifest.input.resize, limits: DEFAULT_PICTURE_LIMITS });
  const prepared = await Promise.all(photos.map(({ file }) => prepare(readPhoto(file))));
  // The encoder takes memory over, and the squares are wanted again.
  const copies = squares.map((square) => ({ pixels: square.slice() }));
  const encoder = await createOnnxEncoder({ manifest, modelFile, threads: 2, batchSize: 4, maxWaiting: 64 });
  try {
    const outputs = await encoder.encode([...copies, ...prepared]);
    const all = outputs.map(({ vectors }) => vectors[manifest.vector.name] as Float32Array);
    return [all.slice(0, squares.length), all.slice(squares.length)] as const;
  } finally {
    await encoder.close();
  }
}

function readPhoto(file: string): Buffer {
  return readFileSync(join(SHARED_FOLDER, 'photos', file));
}

function sha256(bytes: Uint8Array | undefined): string {
  return createHash('sha256')
    .update(bytes ?? '')
    .digest('hex');
}

function vectorAt(vectors: readonly Float32Array[], i: number): Float32Array {
  const vector = vectors[i];
  if (vector === undefined) throw new Error(`no vector ${i}`);
  return vector;
}

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return dot(a, b) / (norm(a) * norm(b));
}

function norm(a: ArrayLike<number>): number {
  return Math.sqrt(dot(a, a));
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
