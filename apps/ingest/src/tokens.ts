import type { Readable } from 'node:stream';
import type { Settings } from '#config';
import type { LinkExpectation } from '#core';
import type { ImageStatuses } from '#pipeline';

/** What filters can name, and with which types. */
export type DeclaringSettings = { readonly index: Pick<Settings['index'], 'attributes'> };

/** The last accepted state of an image; a patch builds on it. Found by `IMAGE_STATUSES`. */
export type ImageStates = Pick<ImageStatuses, 'latest' | 'lastThatHolds'>;

/** Tells from a picture's first bytes what it is. */
export const INSPECT_HEAD = Symbol('InspectHead');
/** `complete`: the head is the whole file. @throws LookalikeError `picture-…` for what will never become a vector. */
export type InspectHead = (head: Uint8Array, complete: boolean) => Promise<{ readonly mediaType: string }>;

/** Pictures by link. */
export const LINKS = Symbol('Links');
export interface Links {
  /** What can be said of a link before anybody is asked. @throws `link-refused`. */
  check(uri: string): void;
  /** Once. The stream fails before its end when it is not what was expected. @throws LookalikeError `link-…`. */
  open(uri: string, expected: LinkExpectation): Promise<{ readonly stream: Readable }>;
}
