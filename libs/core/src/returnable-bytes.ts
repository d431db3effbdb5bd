/**
 * Memory to be given back with `giveBack`, for bytes of megabytes. The garbage collector sees a small object and lets it
 * lie: 265 MB for good of the two copies in which VGG16 is opened, and some 100 MB of pictures while importing.
 */
export function returnableBytes(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(length, { maxByteLength: length }));
}

/** At once. The bytes, and every view of the same memory, have length 0 from then on. Leaves other memory alone. */
export function giveBack({ buffer }: Uint8Array): void {
  if ('resizable' in buffer && buffer.resizable) buffer.resize(0);
}
