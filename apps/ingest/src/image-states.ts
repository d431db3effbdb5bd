import {
  type Attributes,
  type DeclaredAttributes,
  type ImageId,
  type ImageState,
  LookalikeError,
  parseAttributes,
} from '#core';
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

export type ImageChange =
  | { readonly kind: 'added' | 'updated'; readonly imageId: ImageId; readonly state: ImageState }
  | { readonly kind: 'deleted'; readonly imageId: ImageId };

/** A change, and why it is none: then it leaves the image as it is. */
export interface Patched {
  readonly change: ImageChange;
  readonly refusal: unknown;
}

export type AttributesPatch = Readonly<Record<string, unknown>>;

/** What a patch makes of an image in this state; `null` is deleted or unknown. */
export function patched(
  imageId: ImageId,
  state: ImageState | null,
  patch: AttributesPatch,
  declared: DeclaredAttributes,
): Patched {
  if (state === null) {
    const refusal = new LookalikeError('image-unknown', 'There is no image with this id.', { facts: { imageId } });
    return { change: { kind: 'deleted', imageId }, refusal };
  }
  const changed = (attributes: Attributes) => ({ kind: 'updated', imageId, state: { ...state, attributes } }) as const;
  try {
    return { change: changed(patchAttributes(state.attributes, patch, declared)), refusal: null };
  } catch (refusal) {
    return { change: changed(state.attributes), refusal };
  }
}

/**
 * RFC 7396: `null` removes, everything else replaces. What is not patched may have a type that was declared otherwise since.
 * @throws `invalid-attributes`.
 */
function patchAttributes(before: Attributes, patch: AttributesPatch, declared: DeclaredAttributes): Attributes {
  const merged = new Map<string, unknown>(Object.entries(before));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, value);
  }
  const patchedOnes = Object.entries(declared).filter(([name]) => Object.hasOwn(patch, name));
  return parseAttributes(Object.fromEntries(merged), Object.fromEntries(patchedOnes));
}
