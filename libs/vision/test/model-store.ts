import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LookalikeError } from '#core';
import { type Answer, type Cut, FileServer, sha256Of } from '#testkit';
import { type EnsureModelOptions, ensureModel, type ModelFile } from '#vision';

/** The model's file, and another one as long. */
export const BYTES = randomBytes(300_000);
export const OTHER = randomBytes(300_000);

export function modelAt(...urls: string[]): ModelFile {
  return {
    file: 'net.onnx',
    sizeBytes: BYTES.length,
    sha256: sha256Of(BYTES),
    urls,
    licence: 'CC-BY-4.0',
    authors: 'K. Simonyan and A. Zisserman',
    source: 'https://models.example/net',
  };
}

export async function failureOf(work: Promise<unknown>): Promise<LookalikeError> {
  const error = await work.then(
    () => null,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(LookalikeError);
  return error as LookalikeError;
}

/** A store that each test of the file finds empty. */
export function modelStore(): ModelStore {
  const store = new ModelStore();
  beforeEach(() => store.open());
  afterEach(() => store.remove());
  return store;
}

/** A folder of models and the servers that have them. */
class ModelStore {
  folder = '';
  /** Of the model, in the folder. */
  path = '';
  readonly #servers: FileServer[] = [];
  #receivedBytes = 0;

  async open(): Promise<void> {
    this.folder = await mkdtemp(join(tmpdir(), 'lookalike-models-'));
    this.path = join(this.folder, 'net.onnx');
    this.#receivedBytes = 0;
  }

  async remove(): Promise<void> {
    await Promise.all(this.#servers.splice(0).map((server) => server.stop()));
    await rm(this.folder, { recursive: true });
  }

  async serve(...answers: [Answer, ...Answer[]]): Promise<FileServer> {
    const server = await FileServer.start(...answers);
    this.#servers.push(server);
    return server;
  }

  /** `ensureModel` in this folder, with short waits. */
  ensure(model: ModelFile, options: Partial<EnsureModelOptions> = {}): Promise<string> {
    const onProgress: EnsureModelOptions['onProgress'] = (progress) => {
      this.#receivedBytes = progress.receivedBytes;
      options.onProgress?.(progress);
    };
    const timeouts = { stallMs: 5_000, firstBackoffMs: 1, maxBackoffMs: 20 };
    return ensureModel(model, { folder: this.folder, timeouts, ...options, onProgress });
  }

  /** A cut after so many bytes of an answer, once the download has them. */
  after(bytes: number): Cut {
    return { afterBytes: bytes, receivedBytes: () => this.#receivedBytes };
  }

  async expectOnlyTheModel(): Promise<void> {
    expect((await readdir(this.folder)).sort()).toEqual(['net.onnx', 'net.onnx.LICENCE.txt']);
    expect(BYTES.equals(await readFile(this.path))).toBe(true);
  }
}
