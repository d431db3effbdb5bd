import { type ImageId, isFault, VECTOR_INDEX_LIMITS, type VectorIndex } from '#core';
import type { DuplicateGroup, MemberRow } from '#search';

/**
 * Groups without images that are gone, or have another picture by now: the stage that compares learns of them in its order, which may
 * be far behind. Of a group whose representative is gone nothing is known of the others. While the index is away, groups are shown as they are.
 */
export async function presentGroups(
  groups: readonly DuplicateGroup[],
  index: Pick<VectorIndex, 'fetch'>,
): Promise<readonly DuplicateGroup[]> {
  const pictures = await picturesOf(
    groups.flatMap(({ members }) => members.map(({ imageId }) => imageId)),
    index,
  );
  if (pictures === null) return groups;
  const isThere = ({ imageId, sha256 }: MemberRow) => pictures.get(imageId) === sha256;
  return groups.flatMap((group): readonly DuplicateGroup[] => {
    const members = group.members.filter(isThere);
    const gone = group.members.filter((it) => !isThere(it));
    if (members.length < 2 || members[0]?.sha256 !== group.sha256) return [];
    const savedBytes = group.savedBytes - gone.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    return [{ ...group, images: group.images - gone.length, savedBytes, members }];
  });
}

/** SHA-256 of the bytes of those that searches see; `null` while nobody can tell. */
async function picturesOf(
  imageIds: readonly ImageId[],
  index: Pick<VectorIndex, 'fetch'>,
): Promise<ReadonlyMap<ImageId, string> | null> {
  const pictures = new Map<ImageId, string>();
  try {
    for (let at = 0; at < imageIds.length; at += VECTOR_INDEX_LIMITS.fetchIds) {
      const stored = await index.fetch(imageIds.slice(at, at + VECTOR_INDEX_LIMITS.fetchIds));
      for (const it of stored) if (it.state === 'ready') pictures.set(it.imageId, it.image.sha256);
    }
    return pictures;
  } catch (error) {
    if (isFault(error)) return null;
    throw error;
  }
}
