import { type Attributes, type ImageState, LookalikeError, parseAttributes } from '#core';
import { invalidRequest } from '#nest';
import type { PictureBody } from './json-bodies.js';
import type { PictureFacts } from './stored-pictures.js';

const BLOB_URI = /^blob:([0-9a-f]{64})$/;

/** The hash that a body's `uri` names. @throws `uri-not-supported`, `invalid-request`. */
export function blobOf({ uri, sha256 }: PictureBody): string {
  if (!uri.startsWith('blob:')) {
    throw new LookalikeError(
      'uri-not-supported',
      'uri must be a link, or `blob:` and the SHA-256 of a picture that was uploaded.',
      {
        facts: { field: 'uri', rule: 'must start with blob:, http:, https: or s3:' },
      },
    );
  }
  const [, named] = BLOB_URI.exec(uri) ?? [];
  if (named === undefined) throw invalidRequest([{ field: 'uri', rule: 'must be blob: and 64 lowercase hex digits' }]);
  if (sha256 !== undefined && sha256 !== named) {
    throw invalidRequest([{ field: 'sha256', rule: 'must be the hash that uri names' }]);
  }
  return named;
}

/** The whole new state of an image. @throws `invalid-request` when the blob has another size than was said. */
export function stateOf(
  { sha256, sizeBytes, mediaType }: PictureFacts,
  attributes: Attributes,
  said: Pick<PictureBody, 'sizeBytes'> = {},
): ImageState {
  if (said.sizeBytes !== undefined && said.sizeBytes !== sizeBytes) {
    throw invalidRequest([{ field: 'sizeBytes', rule: `must be ${sizeBytes}, as the blob has it` }]);
  }
  return { uri: `blob:${sha256}`, sha256, sizeBytes, mediaType, attributes };
}

/** RFC 7396: `null` removes, everything else replaces. @throws `invalid-attributes`. */
export function patchAttributes(before: Attributes, patch: Readonly<Record<string, unknown>>): Attributes {
  const merged = new Map<string, unknown>(Object.entries(before));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, value);
  }
  return parseAttributes(Object.fromEntries(merged));
}
