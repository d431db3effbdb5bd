/**
 * Memory of a model's size, to be given back with `giveBack`. The garbage collector would leave it where it is: it sees
 * two small objects in a thread that makes hardly any garbage. The two copies of VGG16 in int8 kept 265 MB for good.
 */
export function returnableBytes(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(length, { maxByteLength: length }));
}

/** At once. The bytes, and every view of the same memory, have length 0 from then on. */
export function giveBack(bytes: Uint8Array<ArrayBuffer>): void {
  bytes.buffer.resize(0);
}
