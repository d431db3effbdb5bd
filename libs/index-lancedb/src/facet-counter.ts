import type { Vector } from 'apache-arrow';
import { type CheckedSubject, commonValues, type FacetCounts, isRanged, LookalikeError } from '#core';
import { stringsItems } from './columns.js';

/** For the different values of all facets of a request: about 250,000 short ones. */
const MAX_BYTES = 32 * 2 ** 20;
/** Of an entry of a map, beside its text. */
const ENTRY_BYTES = 100;

/** What the facets of one request may still take. */
export class FacetMemory {
  #left: number;

  constructor(readonly maxBytes = MAX_BYTES) {
    this.#left = maxBytes;
  }

  /** False when it is not there. */
  take(bytes: number): boolean {
    this.#left -= bytes;
    return this.#left >= 0;
  }
}

/** Counts the values of one column as its batches go by. */
export class FacetCounter {
  readonly #images = new Map<string | boolean, number>();
  #having = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly subject: CheckedSubject,
    private readonly limit: number,
    private readonly memory: FacetMemory,
  ) {}

  /** @throws `too-many-values`. */
  add(column: Vector | null): void {
    for (const value of column ?? []) {
      if (value === null) continue;
      this.#having += 1;
      if (isRanged(this.subject.type)) this.#widen(value);
      else for (const it of this.#valuesIn(value)) this.#count(it);
    }
  }

  counts(): FacetCounts {
    const images = this.#having;
    if (isRanged(this.subject.type)) {
      return { images, range: images === 0 ? null : { min: this.#min, max: this.#max } };
    }
    const counts = Array.from(this.#images, ([value, having]) => ({ value, images: having }));
    return commonValues(counts, images, this.limit);
  }

  #widen(value: number): void {
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
  }

  #valuesIn(value: string | number): Iterable<string | boolean> {
    if (this.subject.type === 'boolean') return [value === 1];
    return this.subject.type === 'strings' ? new Set(stringsItems(String(value))) : [String(value)];
  }

  #count(value: string | boolean): void {
    const images = this.#images.get(value) ?? 0;
    if (images === 0 && !this.memory.take(ENTRY_BYTES + 2 * String(value).length)) throw this.#tooMany();
    this.#images.set(value, images + 1);
  }

  #tooMany(): LookalikeError {
    const { subject } = this.subject;
    const shown = 'field' in subject ? subject.field : subject.attribute;
    return new LookalikeError(
      'too-many-values',
      `${shown} has too many different values to be counted: narrow the filter, or leave it out.`,
      { facts: { subject: shown, maxBytes: this.memory.maxBytes } },
    );
  }
}
