import { setTimeout as pause } from 'node:timers/promises';
import { LookalikeError } from '#core';
import type { BrokenPart, HealthSource } from './health-sources.js';

/** A check takes milliseconds; a disk or a server that hangs must not keep whoever asks. */
const CHECK_LIMIT_MS = 2_000;

/** A part whose health is asked for. It is asked once at a time, however many want to know. */
export class CheckedPart implements HealthSource {
  #checking: Promise<BrokenPart | null> | null = null;
  #sinceMs: number | null = null;

  constructor(
    readonly part: string,
    private readonly during: BrokenPart['during'],
    private readonly check: () => Promise<unknown>,
  ) {}

  async broken(): Promise<readonly BrokenPart[]> {
    this.#checking ??= this.#check().finally(() => {
      this.#checking = null;
    });
    const over = new AbortController();
    const late = pause(CHECK_LIMIT_MS, null, { signal: over.signal, ref: false }).then(() =>
      this.#broken(new LookalikeError('timed-out', 'There is no answer.')),
    );
    late.catch(() => {});
    const found = await Promise.race([this.#checking, late]).finally(() => over.abort());
    return found === null ? [] : [found];
  }

  async #check(): Promise<BrokenPart | null> {
    try {
      await this.check();
      this.#sinceMs = null;
      return null;
    } catch (error) {
      return this.#broken(error);
    }
  }

  #broken(error: unknown): BrokenPart {
    this.#sinceMs ??= Date.now();
    return { part: this.part, during: this.during, error, sinceMs: this.#sinceMs };
  }
}
