import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { isTransient } from '#client';
import { type ImageId, isLookalikeError, parseImageId } from '#core';
import type { Check } from '../api/answers.js';
import type { ApiClient } from '../api/api-client.js';
import { ApiProblem, ServerUnreachable } from '../api/errors.js';
import { type AlreadyHere, AlreadyHereCount, refusedFor } from './already-here.js';
import { decide } from './decide.js';
import { type ReasonGroup, Reasons } from './tally.js';
import { Visibility } from './visibility.js';
import { countFiles, type Found, readReason, walk } from './walk.js';

export interface ImportOptions {
  readonly folder: string;
  /** Put before every relative path to make the image's id. */
  readonly prefix: string;
  readonly force: boolean;
  /** What happens to pictures that the collection has under other ids; `undefined` does not ask. */
  readonly check?: Check | undefined;
  readonly concurrency: number;
  /** The server refuses larger pictures; they are not even read. */
  readonly maxUploadBytes: number;
  /** How long nothing may become searchable before the wait ends; 0 does not wait. */
  readonly patienceMs: number;
  /** Aborts when the user stops the import: files under way are dropped, nothing new begins. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ImportProgress) => void;
}

export interface ImportProgress {
  readonly phase: 'uploading' | 'waiting';
  readonly done: number;
  /** Null until the files are counted. */
  readonly total: number | null;
}

export interface ImportSummary {
  readonly uploaded: number;
  readonly skipped: number;
  /** By a check: left out, or sent all the same. */
  readonly alreadyHere: AlreadyHere;
  readonly ready: number;
  /** Accepted and safe, but not yet searchable when the wait ended. */
  readonly waiting: number;
  readonly refused: readonly ReasonGroup[];
  readonly failed: readonly ReasonGroup[];
  readonly linkedFolders: readonly ReasonGroup[];
  readonly total: number | null;
  readonly interrupted: boolean;
  /** Set when the server went away before the end. */
  readonly unreachable: string | null;
}

/**
 * Sends every file below a folder. Can be stopped and begun again at any point: a file that the server holds at the
 * same sha256 is not sent twice.
 */
export async function importFolder(api: ApiClient, options: ImportOptions): Promise<ImportSummary> {
  return new FolderImport(api, options).run();
}

class FolderImport {
  readonly #refused = new Reasons();
  readonly #failed = new Reasons();
  readonly #alreadyHere = new AlreadyHereCount();
  readonly #linkedFolders = new Reasons();
  readonly #visibility: Visibility;
  readonly #counting = new AbortController();
  #uploaded = 0;
  #skipped = 0;
  #ready = 0;
  #settled = 0;
  #accepted = 0;
  #done = 0;
  #isUploaded = false;
  #total: number | null = null;
  #unreachable: Error | null = null;

  constructor(
    private readonly api: ApiClient,
    private readonly options: ImportOptions,
  ) {
    this.#visibility = new Visibility(api, {
      patienceMs: options.patienceMs,
      signal: options.signal,
      onSettled: (imageId, { state, reason }) => {
        this.#settled += 1;
        if (state === 'failed') this.#failed.add(reason?.code ?? 'failed', reason?.message ?? 'It failed.', imageId);
        else this.#ready += 1;
        if (this.#isUploaded) this.#report('waiting');
      },
    });
  }

  async run(): Promise<ImportSummary> {
    const { folder, signal, concurrency } = this.options;
    const counting = countFiles(folder, AbortSignal.any([signal, this.#counting.signal])).then((count) => {
      this.#total = count;
    });
    const found = walk(folder);
    await Promise.all(Array.from({ length: concurrency }, () => this.#work(found)));
    // Closes the folders that an early end leaves open.
    await found.return();
    if (this.#isStopped) this.#counting.abort();
    await counting;
    this.#isUploaded = true;
    if (!this.#isStopped && this.#visibility.unsettled > 0) this.#report('waiting');
    await this.#visibility.finish();
    if (this.#visibility.failure !== null) this.#fail(this.#visibility.failure);
    return this.#summary();
  }

  get #isStopped(): boolean {
    return this.options.signal.aborted || this.#unreachable !== null;
  }

  /** A generator queues its callers, so several workers may pull from one walk. */
  async #work(files: AsyncGenerator<Found, void, void>): Promise<void> {
    while (!this.#isStopped) {
      const next = await files.next();
      if (next.done === true || this.#isStopped) return;
      try {
        await this.#take(next.value);
      } catch (error) {
        this.#fail(error);
      }
    }
  }

  async #take(found: Found): Promise<void> {
    switch (found.kind) {
      case 'linked-folder':
        this.#linkedFolders.add('linked-folder', 'Linked folders are not entered.', found.relativePath);
        return;
      case 'unreadable':
        this.#refuse('file-unreadable', `It could not be read: ${found.reason}.`, found.relativePath);
        return;
      case 'file':
        await this.#file(found.path, found.relativePath);
        this.#done += 1;
        this.#report('uploading');
    }
  }

  async #file(path: string, relativePath: string): Promise<void> {
    const name = this.options.prefix + relativePath;
    try {
      const imageId = parseImageId(name);
      const picture = await readPicture(path, this.options.maxUploadBytes);
      await this.#send(imageId, picture);
    } catch (error) {
      const duplicate = refusedFor(error);
      if (duplicate !== null) this.#alreadyHere.add(name, duplicate);
      else if (isTransient(error)) await this.#giveUpOn(name, error);
      else if (error instanceof ApiProblem) this.#refuse(error.code, refusal(error), name);
      else if (error instanceof FileRefused) this.#refuse(error.code, error.message, name);
      else if (isLookalikeError(error)) this.#refuse(error.code, error.message, name);
      else throw error;
    }
  }

  /** A file that cuts the connection each time must not stop the others; a server that is gone must. */
  async #giveUpOn(name: string, error: unknown): Promise<void> {
    if (!(error instanceof ServerUnreachable) || !(await this.api.isReady())) throw error;
    this.#refuse('connection-cut', 'The connection was cut each time it was sent.', name);
  }

  async #send(imageId: ImageId, picture: Buffer): Promise<void> {
    const held = await this.api.image(imageId);
    const decision = decide(held, createHash('sha256').update(picture).digest('hex'), this.options.force);
    switch (decision.do) {
      case 'skip':
        this.#skipped += 1;
        return;
      case 'report':
        this.#failed.add(decision.code, decision.message, imageId);
        return;
      case 'await':
        this.#skipped += 1;
        await this.#follow(imageId, decision.version);
        return;
      case 'send': {
        // A PUT is the whole new state: what others said of the image must not be lost.
        const { version, duplicates = [] } = await this.api.putImage(imageId, picture, {
          attributes: held?.attributes,
          check: this.options.check,
        });
        this.#uploaded += 1;
        const [duplicate] = duplicates;
        if (duplicate !== undefined) this.#alreadyHere.add(imageId, duplicate);
        await this.#follow(imageId, version);
      }
    }
  }

  async #follow(imageId: ImageId, version: number): Promise<void> {
    this.#accepted += 1;
    await this.#visibility.add(imageId, version);
  }

  #refuse(code: string, message: string, name: string): void {
    this.#refused.add(code, message, name);
  }

  #fail(error: unknown): void {
    if (this.options.signal.aborted) return;
    if (isTransient(error)) this.#unreachable ??= error as Error;
    else throw error;
  }

  #report(phase: ImportProgress['phase']): void {
    const { onProgress } = this.options;
    if (phase === 'uploading') onProgress({ phase, done: this.#done, total: this.#total });
    else onProgress({ phase, done: this.#settled, total: this.#accepted });
  }

  #summary(): ImportSummary {
    return {
      uploaded: this.#uploaded,
      skipped: this.#skipped,
      alreadyHere: this.#alreadyHere.get(),
      ready: this.#ready,
      waiting: this.#visibility.unsettled,
      refused: this.#refused.list(),
      failed: this.#failed.list(),
      linkedFolders: this.#linkedFolders.list(),
      total: this.#total,
      interrupted: this.options.signal.aborted,
      unreachable: this.#unreachable?.message ?? null,
    };
  }
}

class FileRefused extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

async function readPicture(path: string, maxBytes: number): Promise<Buffer> {
  try {
    const { size } = await stat(path);
    if (size > maxBytes) {
      throw new FileRefused('picture-too-large', `Larger than the limit of ${maxBytes} bytes.`);
    }
    return await readFile(path);
  } catch (error) {
    if (error instanceof FileRefused) throw error;
    throw new FileRefused('file-unreadable', `It could not be read: ${readReason(error, path)}.`);
  }
}

function refusal({ message, problem }: ApiProblem): string {
  const fields = problem.errors.map(({ field, rule }) => `${field} ${rule}`).join('; ');
  return fields === '' || message.includes(fields) ? message : `${message} (${fields})`;
}
