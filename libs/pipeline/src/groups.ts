/** Each encoder reads the events at its own pace. */
export function embedGroup(fingerprint: string): string {
  return `embed.${fingerprint}`;
}

/** Each encoder tries again for itself. */
export function redriveGroup(fingerprint: string): string {
  return `redrive.${fingerprint}`;
}

/** Each generation reads the vector records at its own pace. */
export function indexGroup(generation: string): string {
  return `index.${generation}`;
}

/** With another encoder, copies are looked for anew. */
export function copyLinksGroup(fingerprint: string): string {
  return `copy-links.${fingerprint}`;
}

/** Of all who have the pictures, one collects those that nothing refers to. */
export const BLOB_COLLECTION_GROUP = 'blob-collection';
