import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { type EncoderInfo, type EncoderInput, type EncoderOutput, type ImageEncoder, LookalikeError } from '#core';
import { labelsOf } from './class-labels.js';
import { type EncoderManifest, encoderInfo, readingsLength } from './encoder-manifest.js';
import { type Lane, MicroBatcher, type Waiting } from './micro-batcher.js';
import { switchTelemetryOff } from './onnxruntime.js';
import { type FromWorker, fromPlainError, type ToWorker, type WorkerData } from './worker-messages.js';

export interface OnnxEncoderOptions {
  readonly manifest: EncoderManifest;
  readonly modelFile: string;
  readonly threads: number;
  /** Pictures per run. More than 4 gains little speed and makes a query wait longer. */
  readonly batchSize: number;
  /** Pictures that may wait in each lane before calls fail with `overloaded`. */
  readonly maxWaiting: number;
  /** A batch that takes longer means a worker that hangs: it is replaced. */
  readonly batchTimeoutMs?: number;
  /** Wait before a lost worker is replaced; doubled at each failure, up to `longestMs`. */
  readonly restart?: { readonly firstMs: number; readonly longestMs: number };
}

/** The encoder, and the same one for callers whom somebody waits for: their pictures go before all others. */
export interface OnnxEncoder extends ImageEncoder {
  readonly interactive: ImageEncoder;
}

type Picture = Waiting<Uint8Array, Float32Array>;

const CLOSE_LIMIT_MS = 5_000;

/** Resolves when the model is verified, loaded and has run once. @throws `model-…` when it can't be. */
export async function createOnnxEncoder(options: OnnxEncoderOptions): Promise<OnnxEncoder> {
  switchTelemetryOff();
  const encoder = new WorkerEncoder(options);
  await encoder.start();
  return encoder;
}

class WorkerEncoder implements OnnxEncoder {
  readonly info: EncoderInfo;
  readonly interactive: ImageEncoder;
  readonly #batcher: MicroBatcher<Uint8Array, Float32Array>;
  /** Numbers that are read of one picture. */
  readonly #length: number;
  readonly #batchTimeoutMs: number;
  readonly #restart: { readonly firstMs: number; readonly longestMs: number };
  readonly #stopRestarts = new AbortController();
  #worker: Worker | null = null;
  #underWay: Picture[] | null = null;
  #batchTimer: NodeJS.Timeout | undefined;
  #failures = 0;
  #closing: Promise<void> | null = null;
  #onIdle: (() => void) | null = null;

  constructor(private readonly options: OnnxEncoderOptions) {
    const { manifest, batchSize, maxWaiting } = options;
    this.info = encoderInfo(manifest);
    this.#length = readingsLength(manifest);
    this.#batcher = new MicroBatcher({ batchSize, maxWaiting });
    this.#batchTimeoutMs = options.batchTimeoutMs ?? 60_000;
    this.#restart = options.restart ?? { firstMs: 200, longestMs: 30_000 };
    const batcher = this.#batcher;
    this.interactive = {
      info: this.info,
      get waiting() {
        return batcher.waiting;
      },
      encode: (inputs) => this.#encode('interactive', inputs),
      close: () => this.close(),
    };
  }

  get waiting(): number {
    return this.#batcher.waiting;
  }

  encode(inputs: readonly EncoderInput[]): Promise<readonly EncoderOutput[]> {
    return this.#encode('bulk', inputs);
  }

  async #encode(lane: Lane, inputs: readonly EncoderInput[]): Promise<readonly EncoderOutput[]> {
    if (this.#closing !== null) throw new LookalikeError('encoder-unavailable', 'The encoder is closed.');
    if (!this.#worker) throw new LookalikeError('encoder-unavailable', 'The encoder is being started again.');
    const length = this.info.inputWidth * this.info.inputHeight * 3;
    const wrong = inputs.find(({ pixels }) => pixels.length !== length);
    if (wrong) throw new LookalikeError('internal', `A picture has ${wrong.pixels.length} bytes, not ${length}.`);
    const results: Promise<Float32Array>[] = [];
    const pictures: Picture[] = [];
    for (const { pixels } of inputs) {
      const { promise, resolve, reject } = promiseWithResolvers<Float32Array>();
      results.push(promise);
      pictures.push({ input: pixels, resolve, reject });
    }
    if (!this.#batcher.add(lane, pictures)) {
      const facts = { maxWaiting: this.options.maxWaiting };
      throw new LookalikeError('overloaded', 'Too many pictures wait for the encoder.', { facts });
    }
    this.#pump();
    const read = await Promise.all(results);
    return read.map((values) => this.#outputOf(values));
  }

  #outputOf(values: Float32Array): EncoderOutput {
    let end = 0;
    const named = this.info.vectors.map(({ name, size }) => {
      end += size;
      return [name, values.subarray(end - size, end)] as const;
    });
    const { classes } = this.options.manifest;
    return {
      vectors: Object.fromEntries(named),
      ...(classes && { labels: labelsOf(values.subarray(end), classes) }),
    };
  }

  /** Rejects when the model can't be opened. */
  start(): Promise<void> {
    const { promise, resolve, reject } = promiseWithResolvers<void>();
    const { manifest, modelFile, threads, batchSize } = this.options;
    const workerData: WorkerData = { manifest, modelFile, threads, batchSize };
    const worker = new Worker(join(__dirname, 'encoder-worker.js'), { workerData });
    let fault: unknown;
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'ready') {
        this.#worker = worker;
        resolve();
        this.#pump();
      } else if (message.kind === 'refused') reject(fromPlainError(message.error));
      else if (this.#worker === worker) this.#finishBatch(message);
    });
    worker.on('error', (error) => {
      fault = error;
    });
    worker.once('exit', (code) => {
      const error = new LookalikeError('encoder-unavailable', `The encoder's worker ended (${code}).`, {
        cause: fault,
      });
      reject(error);
      if (this.#worker === worker) this.#lose(error);
    });
    return promise;
  }

  #pump(): void {
    if (!this.#worker || this.#underWay) return;
    const batch = this.#batcher.next();
    if (batch.length === 0) {
      this.#onIdle?.();
      return;
    }
    this.#underWay = batch;
    const worker = this.#worker;
    this.#batchTimer = setTimeout(() => this.#abandon(worker), this.#batchTimeoutMs);
    sendPictures(
      worker,
      batch.map((picture) => picture.input),
    );
  }

  #finishBatch(message: Extract<FromWorker, { kind: 'encoded' | 'failed' }>): void {
    const batch = this.#takeBatch();
    if (message.kind === 'failed') {
      const error = fromPlainError(message.error);
      for (const picture of batch) picture.reject(error);
    } else {
      this.#failures = 0;
      const size = this.#length;
      for (const [index, picture] of batch.entries()) {
        picture.resolve(message.vectors.subarray(index * size, (index + 1) * size));
      }
    }
    this.#pump();
  }

  #takeBatch(): Picture[] {
    clearTimeout(this.#batchTimer);
    const batch = this.#underWay ?? [];
    this.#underWay = null;
    return batch;
  }

  /**
   * Never `terminate()`: it may abort the whole process while ONNX Runtime computes (seen with onnxruntime-node 1.30 on
   * Node 20). The late worker ends by itself after its batch; one that hangs for good is a thread lost.
   */
  #abandon(worker: Worker): void {
    letEnd(worker);
    worker.unref();
    this.#lose(new LookalikeError('encoder-unavailable', `A batch took over ${this.#batchTimeoutMs} ms.`));
  }

  #lose(error: LookalikeError): void {
    this.#worker = null;
    for (const picture of [...this.#takeBatch(), ...this.#batcher.takeAll()]) picture.reject(error);
    this.#onIdle?.();
    if (this.#closing === null) void this.#startAgain();
  }

  async #startAgain(): Promise<void> {
    const { signal } = this.#stopRestarts;
    while (!signal.aborted && !this.#worker) {
      const waitMs = Math.min(this.#restart.firstMs * 2 ** this.#failures++, this.#restart.longestMs);
      await delay(waitMs, undefined, { signal }).catch(() => undefined);
      // a model that cannot be opened now is tried again: calls fail with encoder-unavailable until it can
      if (!signal.aborted) await this.start().catch(() => undefined);
    }
    if (signal.aborted) await this.#endWorker();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#stopRestarts.abort();
    if (this.#underWay || this.#batcher.waiting > 0) {
      const { promise, resolve } = promiseWithResolvers<void>();
      this.#onIdle = resolve;
      await promise;
    }
    await this.#endWorker();
  }

  async #endWorker(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    if (!worker) return;
    const { promise, resolve } = promiseWithResolvers<void>();
    worker.once('exit', () => resolve());
    const timer = setTimeout(() => {
      worker.unref();
      resolve();
    }, CLOSE_LIMIT_MS);
    letEnd(worker);
    await promise;
    clearTimeout(timer);
  }
}

function letEnd(worker: Worker): void {
  worker.postMessage({ kind: 'close' } satisfies ToWorker);
}

/** Hands pixels over without a copy where their memory is theirs alone; memory from a pool or of a library is copied. */
function sendPictures(worker: Worker, inputs: readonly Uint8Array[]): void {
  const pictures = inputs.map((pixels) => (pixels.byteLength === pixels.buffer.byteLength ? pixels : copyOf(pixels)));
  try {
    const transfer = [...new Set(pictures.map((pixels) => pixels.buffer as ArrayBuffer))];
    worker.postMessage({ kind: 'encode', pictures } satisfies ToWorker, transfer);
  } catch {
    worker.postMessage({ kind: 'encode', pictures: inputs.map(copyOf) } satisfies ToWorker);
  }
}

function copyOf(pixels: Uint8Array): Uint8Array {
  return new Uint8Array(pixels);
}

/** Promise.withResolvers, which Node 20 lacks. */
function promiseWithResolvers<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
