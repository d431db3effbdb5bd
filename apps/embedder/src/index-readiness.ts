import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { LookalikeError, type VectorIndex } from '#core';
import { VECTOR_INDEX } from '#nest';

/** A check takes milliseconds; a disk that hangs must not keep whoever asks. */
const CHECK_LIMIT_MS = 2_000;

export interface Unreadable {
  readonly error: unknown;
  readonly sinceMs: number;
}

/** Whether the index can be read. It is read once at a time, however many ask. */
@Injectable()
export class IndexReadiness {
  #checking: Promise<Unreadable | null> | null = null;
  #sinceMs: number | null = null;

  constructor(@Inject(VECTOR_INDEX) private readonly index: VectorIndex) {}

  /** Why it cannot be read, and since when that has been the answer; `null` when it can. */
  async ask(): Promise<Unreadable | null> {
    this.#checking ??= this.#check().finally(() => {
      this.#checking = null;
    });
    const over = new AbortController();
    const late = pause(CHECK_LIMIT_MS, null, { signal: over.signal, ref: false }).then(() =>
      this.#unreadable(new LookalikeError('timed-out', 'The index does not answer.')),
    );
    late.catch(() => {});
    return Promise.race([this.#checking, late]).finally(() => over.abort());
  }

  async #check(): Promise<Unreadable | null> {
    try {
      await this.index.check();
      this.#sinceMs = null;
      return null;
    } catch (error) {
      return this.#unreadable(error);
    }
  }

  #unreadable(error: unknown): Unreadable {
    this.#sinceMs ??= Date.now();
    return { error, sinceMs: this.#sinceMs };
  }
}
