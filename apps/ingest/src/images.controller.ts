import { randomUUID } from 'node:crypto';
import { Body, Controller, Delete, HttpCode, Inject, Param, Patch, Post, Put, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { type ImageId, type ImageState, isLink, LookalikeError, parseAttributes, parseImageId } from '#core';
import { addToRequestLog, bodyValidation, invalidRequest, NeedsScope, ReadsBody, SETTINGS } from '#nest';
import { idempotencyKeyOf, uuidOf } from './idempotency.js';
import { blobOf, stateOf } from './image-states.js';
import { ImageWriter, type Written } from './image-writer.js';
import { PatchBody, PictureBody } from './json-bodies.js';
import { LinkedPictures } from './linked-pictures.js';
import { PictureForms } from './picture-forms.js';
import { type PictureFacts, StoredPictures } from './stored-pictures.js';
import type { DeclaringSettings } from './tokens.js';

interface Accepted extends Written {
  /** Where to ask what became of it. */
  readonly status: string;
}

interface Picture {
  readonly imageId: ImageId | null;
  readonly state: ImageState;
}

@NeedsScope('publish')
@Controller('v1/images')
export class ImagesController {
  readonly #validation = bodyValidation();

  constructor(
    @Inject(PictureForms) private readonly forms: PictureForms,
    @Inject(StoredPictures) private readonly pictures: StoredPictures,
    @Inject(LinkedPictures) private readonly links: LinkedPictures,
    @Inject(ImageWriter) private readonly writer: ImageWriter,
    @Inject(SETTINGS) private readonly settings: DeclaringSettings,
  ) {}

  @Post()
  @ReadsBody()
  @HttpCode(202)
  async add(@Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<Accepted> {
    const key = idempotencyKeyOf(request);
    const picture = await this.#read(request, response);
    const imageId = picture.imageId ?? parseImageId(key === null ? randomUUID() : uuidOf(key, 'image'));
    const change = { kind: 'added', imageId, state: picture.state } as const;
    return accepted(response, await this.writer.write(change, { key, request: ['POST', picture] }));
  }

  @Put(':imageId')
  @ReadsBody()
  @HttpCode(202)
  async replace(
    @Param('imageId') id: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Accepted> {
    const imageId = parseImageId(id);
    const key = idempotencyKeyOf(request);
    const picture = await this.#read(request, response);
    if (picture.imageId !== null && picture.imageId !== imageId) {
      throw invalidRequest([{ field: 'imageId', rule: 'must be the one of the path, or be left out' }]);
    }
    const change = { kind: 'updated', imageId, state: picture.state } as const;
    return accepted(response, await this.writer.write(change, { key, request: ['PUT', imageId, picture] }));
  }

  @Patch(':imageId')
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

  @Delete(':imageId')
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
