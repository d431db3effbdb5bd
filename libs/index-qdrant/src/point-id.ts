import { createHash } from 'node:crypto';

/** Fixed for ever: another one would give every image a second point. */
const NAMESPACE = Buffer.from('6f0c4a5be7d1509a8c3e2b9d17f4a860', 'hex');

/** Qdrant's ids are numbers or UUIDs, so an image's point is named by the UUIDv5 (RFC 9562) of its imageId. */
export function pointId(imageId: string): string {
  const bytes = createHash('sha1').update(NAMESPACE).update(imageId).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
