import type { InferenceSession } from 'onnxruntime-node';
import { giveBack, LookalikeError } from '#core';
import type { EncoderManifest } from './encoder-manifest.js';
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

  private constructor(
    private readonly manifest: EncoderManifest,
    private readonly session: InferenceSession,
    private readonly Tensor: typeof import('onnxruntime-node')['Tensor'],
    /** A model exported for one batch size runs with that one only. */
    private readonly runSize: number,
    private readonly isFixed: boolean,
  ) {
    this.#filler = new TensorFiller(manifest.input);
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
    const opened = new FeatureSession(manifest, session, Tensor, fixed ?? batchSize, fixed !== null);
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

  /** Pictures' vectors one after the other, `vector.size` numbers each. */
  async encode(pictures: readonly Uint8Array[]): Promise<Float32Array> {
    const vectors = new Float32Array(pictures.length * this.manifest.vector.size);
    for (let start = 0; start < pictures.length; start += this.runSize) {
      await this.#run(pictures.slice(start, start + this.runSize), vectors.subarray(start * this.manifest.vector.size));
    }
    return vectors;
  }

  async #run(pictures: readonly Uint8Array[], into: Float32Array): Promise<void> {
    for (const [index, pixels] of pictures.entries()) this.#filler.fill(this.#input, index, pixels);
    const count = this.isFixed ? this.runSize : pictures.length;
    const values = this.#input.subarray(0, count * this.#filler.valuesPerPicture);
    const [inputName = ''] = this.session.inputNames;
    const [outputName = ''] = this.session.outputNames;
    const result = await this.session.run({
      [inputName]: new this.Tensor('float32', values, [count, ...this.#filler.dims]),
    });
    const output = result[outputName];
    const shape = output && pooledShape(output.dims, this.manifest.vector.size, this.manifest.pooling);
    if (!shape) {
      const facts = { expected: this.manifest.vector.size, found: output?.dims };
      throw new LookalikeError('model-invalid', "The feature's size is not the manifest's vector.size.", { facts });
    }
    this.#pool(output.data as Float32Array, shape, pictures.length, into);
    output.dispose();
  }

  #pool(values: Float32Array, shape: PooledShape, count: number, into: Float32Array): void {
    const { pooling, vector } = this.manifest;
    if (pooling.kind === 'none') {
      into.set(values.subarray(0, count * vector.size));
      return;
    }
    const length = shape.channels * shape.positions;
    for (let index = 0; index < count; index++) {
      const picture = values.subarray(index * length, (index + 1) * length);
      generalisedMean(picture, shape, pooling.p, into.subarray(index * vector.size, (index + 1) * vector.size));
    }
  }

  async close(): Promise<void> {
    await this.session.release();
  }
}
