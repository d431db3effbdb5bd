import { LookalikeError } from '#core';

export const ACCEPTED_MEDIA_TYPES = [
  'image/jpeg',
  'image/png',
  'image/webp',
  'image/gif',
  'image/tiff',
  'image/avif',
] as const;

export type AcceptedMediaType = (typeof ACCEPTED_MEDIA_TYPES)[number];

/** Tells a format by its first bytes: file names and declared types are not asked. */
interface Signature {
  readonly mediaType: string;
  readonly at: number;
  /** Latin-1; `?` stands for any byte. */
  readonly bytes: string;
}

const SIGNATURES: readonly Signature[] = [
  { mediaType: 'image/jpeg', at: 0, bytes: '\xff\xd8\xff' },
  { mediaType: 'image/png', at: 0, bytes: '\x89PNG\r\n\x1a\n' },
  { mediaType: 'image/webp', at: 0, bytes: 'RIFF????WEBP' },
  { mediaType: 'image/gif', at: 0, bytes: 'GIF87a' },
  { mediaType: 'image/gif', at: 0, bytes: 'GIF89a' },
  // Raw files of cameras are TIFF too, so they come first.
  { mediaType: 'image/x-canon-cr2', at: 0, bytes: 'II*\0????CR' },
  { mediaType: 'image/x-panasonic-rw2', at: 0, bytes: 'IIU\0' },
  { mediaType: 'image/x-olympus-orf', at: 0, bytes: 'IIRO' },
  { mediaType: 'image/tiff', at: 0, bytes: 'II*\0' },
  { mediaType: 'image/tiff', at: 0, bytes: 'MM\0*' },
  { mediaType: 'image/tiff', at: 0, bytes: 'II+\0' },
  { mediaType: 'image/tiff', at: 0, bytes: 'MM\0+' },
  { mediaType: 'application/pdf', at: 0, bytes: '%PDF-' },
  { mediaType: 'application/postscript', at: 0, bytes: '%!PS' },
  { mediaType: 'image/jxl', at: 0, bytes: '\xff\x0a' },
  { mediaType: 'image/jxl', at: 0, bytes: '\0\0\0\x0cJXL \r\n\x87\n' },
  { mediaType: 'image/jp2', at: 0, bytes: '\0\0\0\x0cjP  \r\n\x87\n' },
  { mediaType: 'image/jp2', at: 0, bytes: '\xff\x4f\xff\x51' },
  { mediaType: 'image/bmp', at: 0, bytes: 'BM????\0\0\0\0' },
  { mediaType: 'image/x-icon', at: 0, bytes: '\0\0\x01\0' },
  { mediaType: 'image/vnd.adobe.photoshop', at: 0, bytes: '8BPS' },
  { mediaType: 'image/x-exr', at: 0, bytes: 'v/1\x01' },
  { mediaType: 'image/vnd.radiance', at: 0, bytes: '#?RADIANCE' },
  { mediaType: 'image/qoi', at: 0, bytes: 'qoif' },
  { mediaType: 'video/webm', at: 0, bytes: '\x1aE\xdf\xa3' },
  { mediaType: 'video/x-msvideo', at: 0, bytes: 'RIFF????AVI ' },
];

/** The media type of a picture, or of a near relative, that begins with these bytes; null for anything else. */
export function recogniseFormat(head: Uint8Array): string | null {
  const found = SIGNATURES.find((it) => startsWith(head, it));
  return found?.mediaType ?? boxedFormat(head) ?? (looksLikeSvg(head) ? 'image/svg+xml' : null);
}

/** @throws `picture-empty`, `picture-not-recognised`, `picture-format-not-supported` */
export function acceptedFormat(head: Uint8Array): AcceptedMediaType {
  if (head.length === 0) throw new LookalikeError('picture-empty', 'The picture has no bytes.');
  const mediaType = recogniseFormat(head);
  if (mediaType === null) {
    throw new LookalikeError('picture-not-recognised', 'The bytes are not those of a known picture format.', {
      facts: { supported: ACCEPTED_MEDIA_TYPES },
    });
  }
  if (!isAccepted(mediaType)) throw formatNotSupported(mediaType);
  return mediaType;
}

export function formatNotSupported(mediaType: string, facts: Record<string, unknown> = {}, cause?: unknown) {
  return new LookalikeError('picture-format-not-supported', `Pictures of this kind (${mediaType}) are not supported.`, {
    cause,
    facts: { mediaType, supported: ACCEPTED_MEDIA_TYPES, ...facts },
  });
}

function isAccepted(mediaType: string): mediaType is AcceptedMediaType {
  return (ACCEPTED_MEDIA_TYPES as readonly string[]).includes(mediaType);
}

function startsWith(head: Uint8Array, { at, bytes }: Signature): boolean {
  if (head.length < at + bytes.length) return false;
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] !== '?' && head[at + i] !== bytes.charCodeAt(i)) return false;
  }
  return true;
}

/** ISO base media: the brands in the `ftyp` box tell AVIF from HEIC and both from films. */
function boxedFormat(head: Uint8Array): string | null {
  if (!startsWith(head, { mediaType: '', at: 4, bytes: 'ftyp' })) return null;
  const boxBytes = new DataView(head.buffer, head.byteOffset, head.byteLength).getUint32(0);
  const brands = latin1(head.subarray(8, Math.min(boxBytes, 512))).match(/.{4}/gs) ?? [];
  if (brands.some((it) => it === 'avif' || it === 'avis')) return 'image/avif';
  if (brands.some((it) => /^(hei[cxms]|hev[cx]|mif1|msf1)$/.test(it))) return 'image/heic';
  if (brands[0] === 'crx ') return 'image/x-canon-cr3';
  return 'video/mp4';
}

function looksLikeSvg(head: Uint8Array): boolean {
  // NULs out, so UTF-16 is seen too.
  const text = latin1(head.subarray(0, 4096)).replaceAll('\0', '');
  return /^[^<]{0,16}</.test(text) && /<(?:[a-z]+:)?svg[\s>]/i.test(text);
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
