import type { FileHandle } from 'node:fs/promises';
import type { Position } from '#core';

const ENTRIES = 8192;
const PAGE_BYTES = ENTRIES * Float64Array.BYTES_PER_ELEMENT;
/** 16 MiB. */
const MAX_PAGES = 256;
/** Partitions are below 1,024, so an entry stays exact up to this many records of a partition. */
const MAX_OFFSET = 2 ** 42;

interface Page {
  readonly slot: number;
  readonly entries: Float64Array;
  isDirty: boolean;
}

/**
 * Where records of one log lie in another: 8 bytes for each, in a file, of which the pages used last are in memory. Both
 * logs are read in the order of their partitions, so most look-ups find their page there.
 */
export class PositionTable {
  /** `partition/page` → where the page is in the file. */
  readonly #slots = new Map<string, number>();
  /** The one used last is the last. */
  readonly #pages = new Map<string, Page>();

  /** @param file empty, and nobody else's; closing it is the caller's job. */
  constructor(
    private readonly file: FileHandle,
    private readonly maxPages = MAX_PAGES,
  ) {}

  async set({ partition, offset }: Position, to: Position): Promise<void> {
    const page = await this.#page(partition, Math.floor(offset / ENTRIES));
    // Plus one, so that 0 is a record that has no place there.
    page.entries[offset % ENTRIES] = to.partition * MAX_OFFSET + to.offset + 1;
    page.isDirty = true;
  }

  /** `null` of a record that has no place in the other log. */
  async get({ partition, offset }: Position): Promise<Position | null> {
    if (!this.#isThere(partition, Math.floor(offset / ENTRIES))) return null;
    const page = await this.#page(partition, Math.floor(offset / ENTRIES));
    return positionOf(page.entries[offset % ENTRIES] ?? 0);
  }

  /** The first record of `[from, to)` that lies in that partition of the other log; its offset there. */
  async firstIn(target: number, partition: number, from: number, to: number): Promise<number | null> {
    for (let offset = from; offset < to; offset++) {
      const found = await this.get({ partition, offset });
      if (found?.partition === target) return found.offset;
    }
    return null;
  }

  #isThere(partition: number, number: number): boolean {
    return this.#slots.has(`${partition}/${number}`);
  }

  async #page(partition: number, number: number): Promise<Page> {
    const name = `${partition}/${number}`;
    const page = this.#pages.get(name) ?? (await this.#load(name));
    this.#pages.delete(name);
    this.#pages.set(name, page);
    return page;
  }

  async #load(name: string): Promise<Page> {
    if (this.#pages.size >= this.maxPages) await this.#evict();
    const known = this.#slots.get(name);
    const slot = known ?? this.#slots.size;
    const entries = new Float64Array(ENTRIES);
    if (known === undefined) this.#slots.set(name, slot);
    else await this.file.read(new Uint8Array(entries.buffer), 0, PAGE_BYTES, slot * PAGE_BYTES);
    return { slot, entries, isDirty: false };
  }

  async #evict(): Promise<void> {
    const [oldest] = this.#pages;
    if (oldest === undefined) return;
    const [name, { slot, entries, isDirty }] = oldest;
    if (isDirty) await this.file.write(new Uint8Array(entries.buffer), 0, PAGE_BYTES, slot * PAGE_BYTES);
    this.#pages.delete(name);
  }
}

function positionOf(entry: number): Position | null {
  if (entry === 0) return null;
  return { partition: Math.floor((entry - 1) / MAX_OFFSET), offset: (entry - 1) % MAX_OFFSET };
}
