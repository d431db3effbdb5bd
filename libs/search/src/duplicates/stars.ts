/** A picture with the images that show it, as far as it matters for which one represents its copies. */
export interface StarPicture {
  readonly id: number;
  readonly sha256: string;
  /** Of the upright picture: width × height. */
  readonly pixels: number;
  readonly sizeBytes: number;
  /** When the first of its images came, in milliseconds since 1970. */
  readonly firstMs: number;
}

export interface Star<T extends StarPicture> {
  readonly representative: T;
  /** Each linked with the representative itself. */
  readonly copies: readonly T[];
}

/**
 * Parts pictures that hang together by links into groups around a representative, the one with the most pixels first, so that what is
 * alike only by way of a third never meets. Depends on nothing but what is given, whatever came first. Gives one after the other, since
 * the links of many take long to read.
 * @param linksOf ids of those that a picture is linked with; of a link both ends have to tell.
 */
export function* starsOf<T extends StarPicture>(
  pictures: readonly T[],
  linksOf: (id: number) => ReadonlySet<number>,
): Generator<Star<T>> {
  const free = new Map([...pictures].sort(largestFirst).map((it) => [it.id, it]));
  for (const representative of free.values()) {
    free.delete(representative.id);
    const copies = [...linksOf(representative.id)].flatMap((id) => free.get(id) ?? []).sort(largestFirst);
    for (const { id } of copies) free.delete(id);
    yield { representative, copies };
  }
}

/** The most pixels, the largest file, the oldest. */
export function largestFirst(a: Omit<StarPicture, 'id'>, b: Omit<StarPicture, 'id'>): number {
  return b.pixels - a.pixels || b.sizeBytes - a.sizeBytes || a.firstMs - b.firstMs || (a.sha256 < b.sha256 ? -1 : 1);
}
