import { randomUUID } from 'node:crypto';
import { Body, Controller, Delete, HttpCode, Inject, Param, Patch, Post, Put, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { type ImageId, type ImageState, isLink, LookalikeError, parseAttributes, parseImageId } from '#core';
import {
  addToRequestLog,
  bodyValidation,
  DECODE_REFUSALS,
  invalidRequest,
  LINK_REFUSALS,
  NeedsScope,
  ReadsBody,
  ReadsHeader,
  Refuses,
  SETTINGS,
} from '#nest';
import { CheckQuery } from './check/check-query.js';
import { CopyCheck } from './check/copy-check.js';
import { idempotencyKeyOf, uuidOf } from './idempotency.js';
import { blobOf, stateOf } from './image-states.js';
import { ImageWriter, type Written } from './image-writer.js';
import { PatchBody, PictureBody } from './json-bodies.js';
import { LinkedPictures } from './linked-pictures.js';
import { type PictureFields, PictureForms } from './picture-forms.js';
import { type PictureFacts, StoredPictures } from './stored-pictures.js';
import type { DeclaringSettings } from './tokens.js';

/** Its event is durable. */
interface Accepted extends Written {
  /** Where to ask what became of it. */
  readonly status: string;
}

type PictureBodies = { 'multipart/form-data': PictureFields; 'application/json': PictureBody };

const REFUSALS = [
  'invalid-attributes',
  'blob-missing',
  'blob-hash-mismatch',
  'link-size-mismatch',
  'link-hash-mismatch',
  ...LINK_REFUSALS,
  // `picture-damaged` and the like only of pictures that are checked, as are the next two.
  ...DECODE_REFUSALS,
  'already-here',
  'blob-too-large',
  'too-many-requests',
] as const;

/** A repeat with the same key is answered as the first request was. */
const Repeatable = () =>
  ReadsHeader(
    'Idempotency-Key',
    '1 to 255 visible ASCII characters. A repeat with the same key is answered as the first request was.',
  );

interface Picture {
  readonly imageId: ImageId | null;
  readonly state: ImageState;
}

@NeedsScope('publish')
@Refuses('idempotency-key-reused')
@Controller('v1/images')
export class ImagesController {
  readonly #validation = bodyValidation();

  constructor(
    @Inject(PictureForms) private readonly forms: PictureForms,
    @Inject(StoredPictures) private readonly pictures: StoredPictures,
    @Inject(LinkedPictures) private readonly links: LinkedPictures,
    @Inject(CopyCheck) private readonly copies: CopyCheck,
    @Inject(ImageWriter) private readonly writer: ImageWriter,
    @Inject(SETTINGS) private readonly settings: DeclaringSettings,
  ) {}

  /** Adds an image. Without an imageId it is given one. With `check` the collection is searched for the picture first. */
  @Post()
  @ReadsBody<PictureBodies>()
  @Repeatable()
  @Refuses('invalid-image-id', ...REFUSALS)
  @HttpCode(202)
  async add(
    @Query() { check }: CheckQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Accepted> {
    const key = idempotencyKeyOf(request);
    this.copies.requirePossible(check);
    const picture = await this.#read(request, response);
    const imageId = picture.imageId ?? parseImageId(key === null ? randomUUID() : uuidOf(key, 'image'));
    const change = { kind: 'added', imageId, state: picture.state } as const;
    const repeatable = { key, request: ['POST', picture, check] };
    const duplicates = () => this.copies.duplicates(check, imageId, picture.state);
    return accepted(response, await this.writer.write(change, repeatable, duplicates));
  }

  /** Replaces an image by the whole new state, or adds it. With `check` other images are searched for the picture first. */
  @Put(':imageId')
  @ReadsBody<PictureBodies>()
  @Repeatable()
  @Refuses(...REFUSALS)
  @HttpCode(202)
  async replace(
    @Param('imageId') id: string,
    @Query() { check }: CheckQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Accepted> {
    const imageId = parseImageId(id);
    const key = idempotencyKeyOf(request);
    this.copies.requirePossible(check);
    const picture = await this.#read(request, response);
    if (picture.imageId !== null && picture.imageId !== imageId) {
      throw invalidRequest([{ field: 'imageId', rule: 'must be the one of the path, or be left out' }]);
    }
    const change = { kind: 'updated', imageId, state: picture.state } as const;
    const repeatable = { key, request: ['PUT', imageId, picture, check] };
    const duplicates = () => this.copies.duplicates(check, imageId, picture.state);
    return accepted(response, await this.writer.write(change, repeatable, duplicates));
  }

  /** Merges attributes into the last accepted ones (RFC 7396: `null` removes). */
  @Patch(':imageId')
  @Repeatable()
  @Refuses('image-unknown', 'invalid-attributes')
  @HttpCode(202)
  async patch(
    @Param('imageId') id: string,
    @Body() { attributes }: PatchBody,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Accepted> {
    const imageId = parseImageId(id);
    const repeatable = { key: idempotencyKeyOf(request), request: ['PATCH', imageId, attributes] };
    return accepted(response, await this.writer.patch(imageId, attributes, repeatable));
  }

  /** Deletes an image, whether it is there or not. */
  @Delete(':imageId')
  @Repeatable()
  @HttpCode(202)
  async delete(
    @Param('imageId') id: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Accepted> {
    const imageId = parseImageId(id);
    const repeatable = { key: idempotencyKeyOf(request), request: ['DELETE', imageId] };
    return accepted(response, await this.writer.write({ kind: 'deleted', imageId }, repeatable));
  }

  async #read(request: Request, response: Response): Promise<Picture> {
    if (request.is('multipart/form-data')) {
      const { imageId, attributes, picture } = await this.forms.receive(request, response);
      return { imageId, state: stateOf(picture, attributes) };
    }
    if (!request.is('application/json')) {
      throw new LookalikeError('media-type-not-supported', 'The body must be multipart/form-data or application/json.');
    }
    const metadata = { type: 'body', metatype: PictureBody } as const;
    const body: PictureBody = await this.#validation.transform(request.body, metadata);
    const imageId = body.imageId === undefined ? null : parseImageId(body.imageId);
    const attributes = parseAttributes(body.attributes ?? {}, this.settings.index.attributes);
    const facts = isLink(body.uri)
      ? await this.#fetch(body, request)
      : await this.pictures.factsOf(blobOf(body), body.mediaType);
    return { imageId, state: stateOf(facts, attributes, body) };
  }

  /** A link has limits of its own, and may take longer than a connection may otherwise be silent. */
  #fetch(body: PictureBody, request: Request): Promise<PictureFacts> {
    request.setTimeout(0);
    return this.links.fetch(body);
  }
}

function accepted(response: Response, written: Written): Accepted {
  const status = `/v1/images/${encodeURIComponent(written.imageId)}`;
  response.location(status);
  const { imageId, position } = written;
  addToRequestLog(response, { imageId, position });
  return { ...written, status };
}
