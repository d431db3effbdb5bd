import { Injectable } from '@nestjs/common';
import type { Fault } from '#pipeline';

/** What a part meets instead of working, and since when. */
export interface PartFault {
  readonly during: Fault['during'] | 'read';
  readonly error: unknown;
  readonly sinceMs: number;
}

/** A stage, or something that this process cannot do without: `publish` (the log), `search` (the index), `pictures`. */
export interface HealthPart {
  readonly name: string;
  fault(): Promise<PartFault | null>;
}

/** What the health of this process is made of. Every module adds its own; where several need one thing, it is one part. */
@Injectable()
export class HealthParts {
  readonly #parts = new Map<string, HealthPart>();

  add(...parts: readonly HealthPart[]): void {
    for (const part of parts) this.#parts.set(part.name, part);
  }

  all(): readonly HealthPart[] {
    return [...this.#parts.values()];
  }
}
