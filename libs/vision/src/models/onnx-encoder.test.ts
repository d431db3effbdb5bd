import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  describeWithModels,
  eventually,
  imageEncoderContract,
  nativeBytes,
  sha256Of,
  sharedManifest,
  sharedModelFile,
} from '#testkit';
import { smallGraph } from '../../test/exporter-graphs.js';
import type { EncoderManifest } from './encoder-manifest.js';
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
  const sha256 = sha256Of(bytes);
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

imageEncoderContract('the ONNX encoder', () => createOnnxEncoder(smallOptions(TORCH)));

describe('the ONNX encoder', () => {
  test('gives a query and the import it overtakes their own values', async () => {
    const encoder = await opened(smallOptions(TORCH));
    const alone = await encoder.encode(pictures(9));
    const [bulk, query, more] = await Promise.all([
      encoder.encode(pictures(7)),
      encoder.interactive.encode([picture(9), picture(8)]),
      encoder.encode([picture(8)]),
    ]);
    expect(bulk).toEqual(alone.slice(0, 7));
    expect(query).toEqual([alone[8], alone[7]]);
    expect(more).toEqual([alone[7]]);
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

  const POOLED = { pooling: { kind: 'gem', p: 3 }, vector: { name: 'pooled', size: 4 } } as const;

  test('gives several vectors of one run as encoders of each alone would', async () => {
    const bytes = smallGraph('qdq').bytes;
    const fc1 = { layer: 'fc1', pooling: { kind: 'none' }, vector: { name: 'first', size: 6 } } as const;
    const pooled = { ...POOLED, layer: 'pooled' } as const;
    const mean = { ...pooled, pooling: { kind: 'gem', p: 1 }, vector: { name: 'mean', size: 4 } } as const;
    const all = await opened(smallOptions(bytes, { also: [pooled, fc1, mean] }));
    expect(all.info.vectors.map(({ name }) => name)).toEqual(['fc', 'pooled', 'first', 'mean']);
    const alone: Record<string, Float32Array>[] = [{}, {}, {}, {}, {}];
    for (const feature of [{}, pooled, fc1, mean]) {
      const encoder = await opened(smallOptions(bytes, feature));
      for (const [at, { vectors }] of (await encoder.encode(pictures(5))).entries()) {
        Object.assign(alone[at] ?? {}, vectors);
      }
    }
    expect(await all.encode(pictures(5))).toEqual(alone.map((vectors) => ({ vectors })));
  });

  test('pools the features of a quantised model', async () => {
    const encoder = await opened(smallOptions(smallGraph('qdq').bytes, { ...POOLED, layer: 'pooled' }));
    const [output] = await encoder.encode(pictures(1));
    expect(output?.vectors.pooled).toHaveLength(4);
  });

  test('pools channels-last features to the values that channels-first ones give', async () => {
    const { bytes, pooledChannelsLast = '' } = smallGraph('keras');
    const { input } = smallOptions(bytes).manifest;
    const rows = { ...POOLED, input: { ...input, layout: 'NHWC' } } as const;
    const first = await opened(smallOptions(bytes, { ...rows, layer: 'pooled' }));
    const last = await opened(smallOptions(bytes, { ...rows, layer: { tensor: pooledChannelsLast } }));
    expect(await last.encode(pictures(3))).toEqual(await first.encode(pictures(3)));
  });

  test('runs a model made for one picture at a time like any other', async () => {
    const one = await opened(smallOptions(smallGraph('torch', 1).bytes));
    const any = await opened(smallOptions(TORCH));
    expect(await one.encode(pictures(5))).toEqual(await any.encode(pictures(5)));
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
    const found = sha256Of(TORCH.subarray(0, 500));
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

describeWithModels('the shared models', () => {
  imageEncoderContract('the ONNX encoder with the int8 VGG16', async () => {
    const manifest = parseEncoderManifest(sharedManifest('vgg16-int8', 'fc2'));
    const modelFile = await sharedModelFile('vgg16-int8');
    return createOnnxEncoder({ manifest, modelFile, threads: 2, batchSize: 4, maxWaiting: 16 });
  });

  test('another encoder is a manifest: MobileNet, by its tensor, channels last', async () => {
    const manifest = parseEncoderManifest(sharedManifest('mobilenet', 'embedding'));
    const modelFile = await sharedModelFile('mobilenet');
    const encoder = await opened({ manifest, modelFile, threads: 2, batchSize: 4, maxWaiting: 8 });
    const [output] = await encoder.encode([{ pixels: new Uint8Array(224 * 224 * 3).fill(90) }]);
    expect(output?.vectors.embedding).toHaveLength(1280);
  });

  test('an open model is in memory once: of its file and of what was cut from it nothing is left', async () => {
    const manifest = parseEncoderManifest(sharedManifest('vgg16-int8', 'fc2'));
    const modelFile = await sharedModelFile('vgg16-int8');
    const before = nativeBytes();
    await opened({ manifest, modelFile, threads: 2, batchSize: 8, maxWaiting: 8 });
    expect(nativeBytes() - before).toBeLessThan(2 * manifest.model.sizeBytes);
  });

  test('a batch past its time costs the worker: what waits fails, and a new worker starts by itself', async () => {
    const manifest = parseEncoderManifest(sharedManifest('mobilenet', 'embedding'));
    const modelFile = await sharedModelFile('mobilenet');
    const limits = { threads: 1, batchSize: 4, maxWaiting: 16, restart: { firstMs: 20, longestMs: 40 } };
    const encoder = await opened({ manifest, modelFile, ...limits, batchTimeoutMs: 1 });
    const calls = Array.from({ length: 9 }, () => ({ pixels: new Uint8Array(224 * 224 * 3) }));
    await expect(encoder.encode(calls)).rejects.toMatchObject({ code: 'encoder-unavailable', canRetry: true });
    // Only an encoder with a worker looks at the pixels.
    await eventually(() =>
      expect(encoder.encode([{ pixels: new Uint8Array(5) }])).rejects.toMatchObject({ code: 'internal' }),
    );
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
