import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWithModels, SHARED_FOLDER, sharedManifest, sharedModelFile } from '#testkit';
import { DEFAULT_PICTURE_LIMITS } from '../pictures/picture-limits.js';
import { createPreparePicture } from '../pictures/prepare-picture.js';
import type { EncoderManifest } from './encoder-manifest.js';
import { smallGraph } from './exporter-graphs.fixture.js';
import { parseEncoderManifest } from './manifest-parser.js';
import { createOnnxEncoder, type OnnxEncoder, type OnnxEncoderOptions } from './onnx-encoder.js';

let folder: string;
let open: OnnxEncoder[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lookalike-encoder-'));
});
afterEach(async () => {
  await Promise.all(open.map((encoder) => encoder.close()));
  open = [];
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function opened(options: OnnxEncoderOptions): Promise<OnnxEncoder> {
  const encoder = await createOnnxEncoder(options);
  open.push(encoder);
  return encoder;
}

/** An encoder of 8 × 8 pictures: milliseconds to start. */
function smallOptions(bytes: Uint8Array, change: Partial<EncoderManifest> = {}): OnnxEncoderOptions {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const modelFile = join(folder, `${sha256}.onnx`);
  writeFileSync(modelFile, bytes);
  const manifest: EncoderManifest = {
    name: 'small',
    model: { file: 'small.onnx', sizeBytes: bytes.length, sha256, urls: [], licence: '-', authors: '-', source: '-' },
    input: {
      resize: { kind: 'stretch', width: 8, height: 8, kernel: 'linear' },
      colourOrder: 'RGB',
      scale: 1 / 255,
      mean: [0, 0, 0],
      std: [1, 1, 1],
      layout: 'NCHW',
    },
    layer: 'fc2',
    pooling: { kind: 'none' },
    vector: { name: 'fc', size: 6 },
    trained: false,
    ...change,
  };
  return { manifest, modelFile, threads: 1, batchSize: 4, maxWaiting: 16, restart: { firstMs: 20, longestMs: 40 } };
}

const TORCH = smallGraph('torch').bytes;
const picture = (seed: number) => ({ pixels: Uint8Array.from({ length: 192 }, (_, i) => (i * seed * 7) % 256) });
const pictures = (count: number) => Array.from({ length: count }, (_, i) => picture(i + 1));

describe('the encoder', () => {
  test('gives the same values for a picture, alone or among others, in the order asked', async () => {
    const encoder = await opened(smallOptions(TORCH));
    const together = await encoder.encode(pictures(7));
    for (let i = 0; i < 7; i++) expect(await encoder.interactive.encode([picture(i + 1)])).toEqual([together[i]]);
    expect(new Set(together.map((it) => String(it.fc))).size).toBe(7);
  });

  test('refuses more pictures than may wait, and still takes a query', async () => {
    const encoder = await opened(smallOptions(TORCH));
    const underWay = encoder.encode(pictures(16));
    await expect(encoder.encode(pictures(16))).rejects.toMatchObject({ code: 'overloaded', canRetry: true });
    await expect(encoder.interactive.encode(pictures(1))).resolves.toHaveLength(1);
    await expect(underWay).resolves.toHaveLength(16);
  });

  test('takes over memory of its own and copies memory that others share', async () => {
    const encoder = await opened(smallOptions(TORCH));
    const own = picture(3);
    const shared = new Uint8Array(400).subarray(8, 200);
    shared.set(own.pixels);
    const [a, b] = await encoder.encode([{ pixels: shared }, own]);
    expect(a).toEqual(b);
    expect([own.pixels.length, shared.length]).toEqual([0, 192]);
  });

  test('finishes what is under way when it closes, then takes nothing more', async () => {
    const encoder = await opened(smallOptions(TORCH));
    const underWay = encoder.encode(pictures(9));
    await encoder.close();
    await expect(underWay).resolves.toHaveLength(9);
    await expect(encoder.encode(pictures(1))).rejects.toMatchObject({ code: 'encoder-unavailable' });
  });

  test('takes channels-last pooled features and one-picture batches like any other', async () => {
    const pooled = { layer: 'pooled', pooling: { kind: 'gem', p: 3 }, vector: { name: 'pooled', size: 4 } } as const;
    const encoder = await opened(smallOptions(smallGraph('qdq').bytes, pooled));
    const [output] = await encoder.encode(pictures(1));
    expect(output?.pooled).toHaveLength(4);
  });
});

describe('a model that does not fit is refused at the start', () => {
  const refusal = async (options: OnnxEncoderOptions) =>
    createOnnxEncoder(options).then(
      () => null,
      (error: unknown) => error,
    );

  test('a missing file', async () => {
    const options = smallOptions(TORCH);
    expect(await refusal({ ...options, modelFile: join(folder, 'none.onnx') })).toMatchObject({
      code: 'model-missing',
    });
  });

  test('another file, with both hashes', async () => {
    const options = smallOptions(TORCH);
    const other = join(folder, 'cut-short.onnx');
    writeFileSync(other, TORCH.subarray(0, 500));
    const found = createHash('sha256').update(TORCH.subarray(0, 500)).digest('hex');
    expect(await refusal({ ...options, modelFile: other })).toMatchObject({
      code: 'model-hash-mismatch',
      facts: { expected: options.manifest.model.sha256, found },
    });
  });

  test.each([
    ['not an ONNX file', smallOptions.bind(null, Buffer.from('a large-file pointer'), {}), 'model-invalid'],
    ['no such layer', smallOptions.bind(null, TORCH, { layer: { tensor: 'fc7' } }), 'model-layer-not-found'],
    ['another size', smallOptions.bind(null, TORCH, { vector: { name: 'fc', size: 4096 } }), 'model-invalid'],
    ['another layout', smallOptions.bind(null, smallGraph('keras').bytes, {}), 'model-invalid'],
  ])('%s', async (_, options, code) => {
    expect(await refusal(options())).toMatchObject({ code });
  });
});

interface Expected {
  readonly tolerance: {
    readonly samePixels: { readonly cosineAtLeast: number };
    readonly ownResize: OwnResize;
    readonly enlarged: OwnResize;
    readonly cosineMatrixWithin: number;
  };
  readonly photos: readonly (Record<Feature, { readonly first16: number[]; readonly norm: number }> & {
    readonly file: string;
    readonly squareSha256: string;
    readonly enlarged: boolean;
  })[];
  readonly cosine: Readonly<Record<Feature, number[][]>>;
}
type Feature = 'fc6' | 'fc7' | 'gem';
type OwnResize = { readonly cosineAtLeast: Record<Feature, number>; readonly normWithin: number };

const cosine = (a: ArrayLike<number>, b: ArrayLike<number>) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

describeWithModels('the shared models', () => {
  const FEATURES = [
    ['fc1', 'fc6'],
    ['fc2', 'fc7'],
    ['pooled', 'gem'],
  ] as const;

  test.each(FEATURES)('%s agrees with the reference %s', async (layer, feature) => {
    const expected: Expected = JSON.parse(readFileSync(join(SHARED_FOLDER, 'models/expected.json'), 'utf8'));
    const manifest = parseEncoderManifest(sharedManifest('vgg16-int8', layer));
    const modelFile = await sharedModelFile('vgg16-int8');
    const encoder = await opened({ manifest, modelFile, threads: 2, batchSize: 4, maxWaiting: 64 });
    const prepare = createPreparePicture({ rule: manifest.input.resize, limits: DEFAULT_PICTURE_LIMITS });
    const inputs = [];
    for (const photo of expected.photos)
      inputs.push(await prepare(readFileSync(join(SHARED_FOLDER, 'photos', photo.file))));
    const isSame = inputs.map((it, i) => sha256(it.pixels) === expected.photos[i]?.squareSha256);
    const vectors = (await encoder.encode(inputs)).map((it) => it[manifest.vector.name] as Float32Array);

    const { ownResize, enlarged, samePixels, cosineMatrixWithin } = expected.tolerance;
    for (const [i, photo] of expected.photos.entries()) {
      const vector = vectors[i] as Float32Array;
      const limits = photo.enlarged ? enlarged : ownResize;
      const { norm, first16 } = photo[feature];
      // 0.19 is the reference's own figure for sharp; for enlarged photos it gives none, and 0.36 was measured here
      const valueWithin = photo.enlarged ? 0.4 : 0.2;
      expect(Math.abs(Math.sqrt(dot(vector, vector)) / norm - 1)).toBeLessThan(limits.normWithin);
      // sharp 0.35 reproduces none of the 12 squares exactly, so on today's machines this line checks nothing
      if (isSame[i]) expect(cosine(vector.subarray(0, 16), first16)).toBeGreaterThan(samePixels.cosineAtLeast);
      const step = norm / Math.sqrt(vector.length);
      for (const [at, value] of first16.entries())
        expect(Math.abs((vector[at] as number) - value) / step).toBeLessThan(valueWithin);
      for (const [j, other] of vectors.entries()) {
        const reference = expected.cosine[feature][i]?.[j] as number;
        expect(Math.abs(cosine(vector, other) - reference)).toBeLessThan(cosineMatrixWithin);
      }
    }
  });

  test('another encoder is a manifest: MobileNet, by its tensor, channels last', async () => {
    const manifest = parseEncoderManifest(sharedManifest('mobilenet', 'embedding'));
    const modelFile = await sharedModelFile('mobilenet');
    const encoder = await opened({ manifest, modelFile, threads: 2, batchSize: 4, maxWaiting: 8 });
    const [output] = await encoder.encode([{ pixels: new Uint8Array(224 * 224 * 3).fill(90) }]);
    expect(output?.embedding).toHaveLength(1280);
  });

  test('a batch past its time costs the worker: what waits fails, and a new worker starts by itself', async () => {
    const manifest = parseEncoderManifest(sharedManifest('mobilenet', 'embedding'));
    const modelFile = await sharedModelFile('mobilenet');
    const limits = { threads: 1, batchSize: 4, maxWaiting: 16, restart: { firstMs: 20, longestMs: 40 } };
    const encoder = await opened({ manifest, modelFile, ...limits, batchTimeoutMs: 1 });
    const calls = Array.from({ length: 9 }, () => ({ pixels: new Uint8Array(224 * 224 * 3) }));
    await expect(encoder.encode(calls)).rejects.toMatchObject({ code: 'encoder-unavailable', canRetry: true });
    const recovered = async () => {
      for (let tries = 0; tries < 200; tries++) {
        const error = await encoder.encode([{ pixels: new Uint8Array(5) }]).catch((it) => it);
        if (error.code === 'internal') return true;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return false;
    };
    expect(await recovered()).toBe(true);
  });

  test('an encoding leaves the event loop idle', async () => {
    const manifest = parseEncoderManifest(sharedManifest('vgg16-int8', 'fc2'));
    const modelFile = await sharedModelFile('vgg16-int8');
    const encoder = await opened({ manifest, modelFile, threads: 1, batchSize: 4, maxWaiting: 64 });
    const before = performance.eventLoopUtilization();
    await encoder.encode(Array.from({ length: 12 }, () => ({ pixels: new Uint8Array(224 * 224 * 3) })));
    // It would be nearly 1 if the runtime worked on this thread.
    expect(performance.eventLoopUtilization(before).utilization).toBeLessThan(0.5);
  });
});

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
