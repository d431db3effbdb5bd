import type { InferenceSession } from 'onnxruntime-node';
import { giveBack, LookalikeError } from '#core';
import { type EncoderManifest, type Reading, readingsLength, readingsOf } from './encoder-manifest.js';
import { loadOnnxRuntime } from './onnxruntime.js';
import { openModel } from './open-model.js';
import { generalisedMean, type PooledShape, pooledShape } from './pooling.js';
import { TensorFiller } from './tensor.js';

export interface FeatureSessionOptions {
  readonly manifest: EncoderManifest;
  readonly modelFile: string;
  readonly threads: number;
  readonly batchSize: number;
}

/** Runs the cut model. `run()` of ONNX Runtime blocks the thread it is called on, so this belongs in a worker. */
export class FeatureSession {
  readonly #input: Float32Array;
  readonly #filler: TensorFiller;
  readonly #length: number;

  private constructor(
    manifest: EncoderManifest,
    private readonly outputs: readonly SessionOutput[],
    private readonly session: InferenceSession,
    private readonly Tensor: typeof import('onnxruntime-node')['Tensor'],
    /** A model exported for one batch size runs with that one only. */
    private readonly runSize: number,
    private readonly isFixed: boolean,
  ) {
    this.#filler = new TensorFiller(manifest.input);
    this.#length = readingsLength(manifest);
    this.#input = new Float32Array(runSize * this.#filler.valuesPerPicture);
  }

  /** Verified, loaded and tried with an empty picture. @throws `model-…` */
  static async open({ manifest, modelFile, threads, batchSize }: FeatureSessionOptions): Promise<FeatureSession> {
    const { InferenceSession, Tensor } = await loadOnnxRuntime();
    const cut = await openModel(manifest, modelFile);
    const fixed = cut.input.dims?.[0] ?? null;
    let session: InferenceSession;
    try {
      session = await InferenceSession.create(cut.bytes, {
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        graphOptimizationLevel: 'all',
        executionMode: 'sequential',
        enableCpuMemArena: true,
        logSeverityLevel: 3,
        // Waiting threads sleep: spinning gains the model 1 to 3 % when it is alone, and takes decoding and the index
        // about 3 ms of CPU a picture on 2 cores.
        extra: { session: { set_denormal_as_zero: '1', intra_op: { allow_spinning: '0' } } },
      });
    } catch (cause) {
      throw new LookalikeError('model-invalid', 'ONNX Runtime does not accept the model.', { cause });
    }
    // The session has copied what it needs.
    giveBack(cut.bytes);
    const outputs = outputsOf(manifest, cut.outputs);
    const opened = new FeatureSession(manifest, outputs, session, Tensor, fixed ?? batchSize, fixed !== null);
    await opened.#tryOut();
    return opened;
  }

  async #tryOut(): Promise<void> {
    try {
      await this.encode([new Uint8Array(this.#filler.valuesPerPicture)]);
    } catch (cause) {
      await this.close();
      if (cause instanceof LookalikeError) throw cause;
      const message = "The model does not take the manifest's input: check its size and layout.";
      throw new LookalikeError('model-invalid', message, { cause, facts: { dims: this.#filler.dims } });
    }
  }

  /** Pictures' vectors one after the other; of a picture, what is read in its order. */
  async encode(pictures: readonly Uint8Array[]): Promise<Float32Array> {
    const vectors = new Float32Array(pictures.length * this.#length);
    for (let start = 0; start < pictures.length; start += this.runSize) {
      await this.#run(pictures.slice(start, start + this.runSize), vectors.subarray(start * this.#length));
    }
    return vectors;
  }

  async #run(pictures: readonly Uint8Array[], into: Float32Array): Promise<void> {
    for (const [index, pixels] of pictures.entries()) this.#filler.fill(this.#input, index, pixels);
    const count = this.isFixed ? this.runSize : pictures.length;
    const values = this.#input.subarray(0, count * this.#filler.valuesPerPicture);
    const [inputName = ''] = this.session.inputNames;
    const result = await this.session.run({
      [inputName]: new this.Tensor('float32', values, [count, ...this.#filler.dims]),
    });
    for (const { name, feature, start } of this.outputs) {
      const output = result[name];
      const shape = output && pooledShape(output.dims, feature.vector.size, feature.pooling);
      if (!shape) {
        const facts = { vector: feature.vector.name, expected: feature.vector.size, found: output?.dims };
        throw new LookalikeError('model-invalid', "A feature's size is not the manifest's vector.size.", { facts });
      }
      for (let index = 0; index < pictures.length; index++) {
        const at = index * this.#length + start;
        pool(output.data as Float32Array, index, shape, feature, into.subarray(at, at + feature.vector.size));
      }
    }
    for (const output of Object.values(result)) output.dispose();
  }

  async close(): Promise<void> {
    await this.session.release();
  }
}

/** Where a feature comes from, and where its vector begins among a picture's. */
interface SessionOutput {
  readonly name: string;
  readonly feature: Reading;
  readonly start: number;
}

function outputsOf(manifest: EncoderManifest, names: readonly string[]): readonly SessionOutput[] {
  let start = 0;
  return readingsOf(manifest).map((feature, at) => {
    const output = { name: names[at] ?? '', feature, start };
    start += feature.vector.size;
    return output;
  });
}

function pool(values: Float32Array, index: number, shape: PooledShape, { pooling }: Reading, into: Float32Array): void {
  const length = shape.channels * shape.positions;
  const picture = values.subarray(index * length, (index + 1) * length);
  if (pooling.kind === 'none') into.set(picture);
  else generalisedMean(picture, shape, pooling.p, into);
}
