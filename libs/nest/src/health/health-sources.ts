import { Injectable } from '@nestjs/common';
import type { Fault } from '#pipeline';

/** What does not do its work, and since when. */
export interface BrokenPart {
  /** A stage, `publish` or `search`. */
  readonly part: string;
  readonly during: Fault['during'] | 'read';
  readonly error: unknown;
  readonly sinceMs: number;
}

export interface HealthSource {
  broken(): Promise<readonly BrokenPart[]>;
}

/** Who is asked for the health of this process. Every module adds its own. */
@Injectable()
export class HealthSources implements HealthSource {
  readonly #sources: HealthSource[] = [];

  add(source: HealthSource): void {
    this.#sources.push(source);
  }

  async broken(): Promise<readonly BrokenPart[]> {
    return (await Promise.all(this.#sources.map((it) => it.broken()))).flat();
  }
}
