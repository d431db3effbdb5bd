import type { Hit, ImageId } from '#core';

/** Which pictures are copies of each other, of those asked about; by the SHA-256 of their bytes, each with all its copies. */
export type CopiesAmong = (sha256s: readonly string[]) => Promise<ReadonlyMap<string, ReadonlySet<string>>>;

export interface CollapsedHit {
  readonly hit: Hit;
  /** What it stands for: worse hits that are copies of it, or of the same bytes. */
  readonly duplicates: readonly ImageId[];
}

/** One hit for each picture, the best. @param hits best first. */
export async function collapsed(hits: readonly Hit[], copiesAmong: CopiesAmong): Promise<readonly CollapsedHit[]> {
  const copies = await copiesAmong([...new Set(hits.map(shaOf))]);
  const kept: { readonly hit: Hit; readonly duplicates: ImageId[] }[] = [];
  for (const hit of hits) {
    const own = copies.get(shaOf(hit));
    const first = kept.find((it) => shaOf(it.hit) === shaOf(hit) || own?.has(shaOf(it.hit)) === true);
    if (first === undefined) kept.push({ hit, duplicates: [] });
    else first.duplicates.push(hit.imageId);
  }
  return kept;
}

function shaOf({ record }: Hit): string {
  return record.image.sha256;
}
