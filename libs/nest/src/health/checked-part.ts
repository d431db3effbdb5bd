import { setTimeout as pause } from 'node:timers/promises';
import { LookalikeError } from '#core';
import type { HealthPart, PartFault } from './health-parts.js';

/** A check takes milliseconds; a disk or a server that hangs must not keep whoever asks. */
const CHECK_LIMIT_MS = 2_000;

/** Something that is read to see whether it works: once at a time, however many want to know. */
export class CheckedPart implements HealthPart {
  #checking: Promise<PartFault | null> | null = null;
  #sinceMs: number | null = null;

  constructor(
    readonly name: string,
    private readonly check: () => Promise<unknown>,
  ) {}

  async fault(): Promise<PartFault | null> {
    this.#checking ??= this.#check().finally(() => {
      this.#checking = null;
    });
    const over = new AbortController();
    const late = pause(CHECK_LIMIT_MS, null, { signal: over.signal, ref: false }).then(() =>
      this.#faultOf(new LookalikeError('timed-out', 'There is no answer.')),
    );
    late.catch(() => {});
    return Promise.race([this.#checking, late]).finally(() => over.abort());
  }

  async #check(): Promise<PartFault | null> {
    try {
      await this.check();
      this.#sinceMs = null;
      return null;
    } catch (error) {
      return this.#faultOf(error);
    }
  }

  #faultOf(error: unknown): PartFault {
    this.#sinceMs ??= Date.now();
    return { during: 'read', error, sinceMs: this.#sinceMs };
  }
}
