/** Each encoder reads the events at its own pace. */
export function embedGroup(fingerprint: string): string {
  return `embed.${fingerprint}`;
}

/** Each generation reads the vector records at its own pace. */
export function indexGroup(generation: string): string {
  return `index.${generation}`;
}
