import { Inject, Injectable } from '@nestjs/common';
import type { Settings } from '#config';
import type { ImageState } from '#core';
import { invalidRequest, SETTINGS, Slots } from '#nest';
import type { PictureBody } from './json-bodies.js';
import { type PictureFacts, StoredPictures } from './stored-pictures.js';
import { LINKS, type Links } from './tokens.js';

/** Pictures that a request names by link. */
@Injectable()
export class LinkedPictures {
  readonly #maxBytes: number;
  readonly #slots: Slots;

  constructor(
    @Inject(StoredPictures) private readonly pictures: StoredPictures,
    @Inject(SETTINGS) { server }: Pick<Settings, 'server'>,
    @Inject(LINKS) private readonly links: Links,
  ) {
    this.#maxBytes = server.maxUploadBytes;
    this.#slots = new Slots(server.maxUploadsAtOnce, 'links');
  }

  /** Fetches the picture into the blob store. @throws `link-…`, `picture-…`, `too-many-requests`, `storage-unavailable`. */
  fetch({ uri, sha256, sizeBytes }: PictureBody): Promise<PictureFacts> {
    return this.#slots.run(async () => {
      const maxBytes = this.#maxBytes;
      const { stream } = await this.links.open(uri, { maxBytes, sha256, sizeBytes });
      return this.pictures.take(stream, { maxBytes, sha256 }).finally(() => stream.destroy());
    });
  }

  /** What an event says of a picture that the embed stage is to fetch. @throws `invalid-request`, `link-refused`. */
  declared({ uri, sha256, sizeBytes, mediaType }: PictureBody): Omit<ImageState, 'attributes'> {
    this.links.check(uri);
    if (sha256 === undefined || sizeBytes === undefined || mediaType === undefined) {
      const rule = 'must come with sha256, sizeBytes and mediaType when it is a link in a bulk line';
      throw invalidRequest([{ field: 'uri', rule }]);
    }
    return { uri, sha256, sizeBytes, mediaType };
  }
}
