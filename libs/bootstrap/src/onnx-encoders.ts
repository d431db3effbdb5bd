import type { Logger } from 'pino';
import { modelFileError, modelsFolderError, type Settings } from '#config';
import { type EncoderReference, type Encoders, isLookalikeError, LookalikeError, type RunningEncoder } from '#core';
import {
  createOnnxEncoder,
  type EncoderManifest,
  encoderInfo,
  ensureEncoderFile,
  findEncoderManifest,
  type OnnxEncoder,
  parseEncoderManifest,
} from '#vision';
import { pictureReader } from './picture-tools.js';

/** Pictures that may wait for the model in each lane; the embed stage bounds its own far below. */
const MAX_WAITING = 1024;
const PROGRESS_EVERY_MS = 5_000;

type EncoderSettings = Pick<Settings, 'encoder' | 'storage' | 'pictures'>;

/** The encoder that the settings name. @throws `invalid-setting`. */
export async function namedEncoder({ encoder }: Pick<Settings, 'encoder'>) {
  return encoderInfo(await findEncoderManifest(encoder.name));
}

/** Opens encoders by what the log or the index says of them: model file, downloaded if it is not there yet, and worker. */
export class OnnxEncoders implements Encoders {
  readonly #running = new Map<string, Promise<RunningEncoder & { readonly encoder: OnnxEncoder }>>();
  readonly #open = new Map<string, OnnxEncoder>();
  #isClosed = false;

  constructor(
    private readonly settings: EncoderSettings,
    private readonly logger: Logger,
  ) {}

  get waiting(): number {
    return [...this.#open.values()].reduce((sum, it) => sum + it.waiting, 0);
  }

  running(reference: EncoderReference): Promise<RunningEncoder> {
    const { fingerprint } = reference;
    const known = this.#running.get(fingerprint);
    if (known !== undefined) return known;
    const running = this.#start(reference);
    this.#running.set(fingerprint, running);
    // Whoever asks next tries again.
    running.catch(() => this.#running.delete(fingerprint));
    return running;
  }

  /** Closes the others. */
  async keepOnly(fingerprints: ReadonlySet<string>): Promise<void> {
    for (const [fingerprint, running] of this.#running) {
      if (fingerprints.has(fingerprint)) continue;
      this.#running.delete(fingerprint);
      const { encoder } = await running;
      this.#open.delete(fingerprint);
      await encoder.close();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#running.values());
    await this.keepOnly(new Set());
  }

  async #start(reference: EncoderReference) {
    if (this.#isClosed) throw new LookalikeError('encoder-unavailable', 'The encoders are closed.');
    const manifest = parseEncoderManifest(reference.manifest);
    const { fingerprint } = encoderInfo(manifest);
    if (fingerprint !== reference.fingerprint) throw mismatch(reference, fingerprint);
    const encoder = await this.#opened(manifest);
    this.#open.set(fingerprint, encoder);
    return { encoder, interactive: encoder.interactive, preparePicture: pictureReader(manifest, this.settings) };
  }

  async #opened(manifest: EncoderManifest): Promise<OnnxEncoder> {
    const { threads, batch } = this.settings.encoder;
    const modelFile = await this.#modelFile(manifest);
    const encoder = await createOnnxEncoder({
      manifest,
      modelFile,
      threads,
      batchSize: batch,
      maxWaiting: MAX_WAITING,
    });
    const { name, fingerprint, trained } = encoder.info;
    const { licence, authors } = manifest.model;
    this.logger.info({ encoder: name, fingerprint, trained, licence, authors }, 'encoder ready');
    if (!trained) this.logger.warn('The encoder is not trained: it finds near-duplicates and nothing more.');
    return encoder;
  }

  async #modelFile(manifest: EncoderManifest): Promise<string> {
    const { encoder } = this.settings;
    let shownMs = performance.now();
    // The file that the settings name is of the encoder that they name.
    const isNamed = encoder.modelFile !== null && (await this.#isOfNamed(manifest));
    return ensureEncoderFile(manifest, {
      folder: encoder.modelsFolder,
      mirrors: encoder.modelMirrors,
      ...(isNamed && encoder.modelFile !== null && { localPath: encoder.modelFile }),
      onProgress: ({ receivedBytes, totalBytes }) => {
        if (performance.now() - shownMs < PROGRESS_EVERY_MS) return;
        shownMs = performance.now();
        this.logger.info({ model: manifest.model.file, receivedBytes, totalBytes }, 'downloading the model');
      },
    }).catch((error: unknown) => {
      if (!isLookalikeError(error) || error.code !== 'storage-unavailable') throw error;
      const wrongPath = isNamed ? modelFileError : modelsFolderError;
      throw wrongPath(this.settings, error.facts.systemCode) ?? error;
    });
  }

  async #isOfNamed({ model }: EncoderManifest): Promise<boolean> {
    return (await findEncoderManifest(this.settings.encoder.name)).model.sha256 === model.sha256;
  }
}

function mismatch({ name, fingerprint }: EncoderReference, found: string): LookalikeError {
  return new LookalikeError(
    'encoder-mismatch',
    `The index was made by encoder ${name} as ${fingerprint}, which this version makes as ${found}: their vectors cannot be ` +
      'compared. Run the version that made it, or reindex.',
    { facts: { encoder: name, wanted: fingerprint, found } },
  );
}
