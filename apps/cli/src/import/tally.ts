/** Files that share one reason, with the first few names. */
export interface ReasonGroup {
  readonly code: string;
  readonly message: string;
  readonly count: number;
  readonly names: readonly string[];
}

const NAMES_KEPT = 5;
const GROUPS_KEPT = 50;

/** Counts by reason. Its size does not grow with the number of files. */
export class Reasons {
  readonly #groups = new Map<string, { message: string; count: number; names: string[] }>();

  add(code: string, message: string, name: string): void {
    const known = this.#groups.has(code) || this.#groups.size < GROUPS_KEPT;
    const group = this.#group(known ? code : 'other', known ? message : 'Other reasons.');
    group.count += 1;
    if (group.names.length < NAMES_KEPT) group.names.push(name);
  }

  get count(): number {
    return [...this.#groups.values()].reduce((sum, group) => sum + group.count, 0);
  }

  /** The most frequent reason first. */
  list(): ReasonGroup[] {
    const groups = [...this.#groups].map(([code, group]) => ({ code, ...group }));
    return groups.sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
  }

  #group(code: string, message: string) {
    const group = this.#groups.get(code) ?? { message, count: 0, names: [] };
    this.#groups.set(code, group);
    return group;
  }
}
