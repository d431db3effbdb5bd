/** The package brings no types. */
declare module 'snappyjs' {
  /** Unpacks one bare block. @throws for damage, and when it would be larger than `maxLength` bytes. */
  export function uncompress(packed: Buffer, maxLength: number): Buffer;
}
