import { Inject, Injectable, Optional } from '@nestjs/common';
import type { Settings } from '#config';
import { type BlobStore, type ImageState, isLookalikeError, LookalikeError } from '#core';
import { BLOB_STORE, invalidRequest, pictureTooLarge, SETTINGS, Slots } from '#nest';
import type { PictureBody } from './json-bodies.js';
import { inspectStream } from './picture-head.js';
import type { PictureFacts } from './stored-pictures.js';
import { INSPECT_HEAD, type InspectHead, OPEN_LINK, type OpenLink } from './tokens.js';

/** Pictures that a request names by link. */
@Injectable()
export class LinkedPictures {
  readonly #maxBytes: number;
  readonly #slots: Slots;

  constructor(
    @Inject(BLOB_STORE) private readonly blobs: BlobStore,
    @Inject(INSPECT_HEAD) private readonly inspectHead: InspectHead,
    @Inject(SETTINGS) { server }: Pick<Settings, 'server'>,
    @Optional() @Inject(OPEN_LINK) private readonly openLink: OpenLink | null = null,
  ) {
    this.#maxBytes = server.maxUploadBytes;
    this.#slots = new Slots(server.maxUploadsAtOnce, 'links');
  }

  /** Fetches the picture into the blob store. @throws `link-…`, `picture-…`, `overloaded`, `storage-unavailable`. */
  fetch({ uri, sha256, sizeBytes }: PictureBody): Promise<PictureFacts> {
    const openLink = this.#allowed();
    return this.#slots.run(async () => {
      const { stream } = await openLink(uri, { maxBytes: this.#maxBytes, sha256, sizeBytes });
      try {
        const { mediaType, bytes } = await inspectStream(stream, this.inspectHead);
        const options = { maxBytes: this.#maxBytes, ...(sha256 !== undefined && { expectedSha256: sha256 }) };
        return { ...(await this.blobs.put(bytes, options)), mediaType };
      } catch (error) {
        throw isLookalikeError(error) && error.code === 'blob-too-large' ? pictureTooLarge(this.#maxBytes) : error;
      } finally {
        stream.destroy();
      }
    });
  }

  /** What an event says of a picture that the embed stage is to fetch. @throws `invalid-request`, `uri-not-supported`. */
  declared({ uri, sha256, sizeBytes, mediaType }: PictureBody): Omit<ImageState, 'attributes'> {
    this.#allowed();
    if (sha256 === undefined || sizeBytes === undefined || mediaType === undefined) {
      const rule = 'must come with sha256, sizeBytes and mediaType when it is a link in a bulk line';
      throw invalidRequest([{ field: 'uri', rule }]);
    }
    return { uri, sha256, sizeBytes, mediaType };
  }

  #allowed(): OpenLink {
    if (this.openLink !== null) return this.openLink;
    throw new LookalikeError('uri-not-supported', 'Links are switched off here: uri must start with blob:.', {
      facts: { field: 'uri', rule: 'must start with blob:' },
    });
  }
}
