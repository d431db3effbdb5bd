import type { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import multer from 'multer';
import type { Settings } from '#config';
import {
  type Attributes,
  type DeclaredAttributes,
  type ImageId,
  LookalikeError,
  parseAttributes,
  parseImageId,
} from '#core';
import {
  type FieldError,
  formError,
  formFieldRule,
  invalidRequest,
  Metrics,
  PICTURE_FIELD,
  PICTURE_RULE,
  pictureTooLarge,
  SETTINGS,
  Slots,
} from '#nest';
import { type PictureFacts, StoredPictures } from './stored-pictures.js';

/** The fields of a multipart request, before or after the file. */
export interface PictureFields {
  readonly file: Uint8Array;
  /** In a PUT it must be the path's. */
  readonly imageId?: string;
  readonly attributes?: Attributes;
}

/** What a multipart request says; its picture is in the blob store. */
export interface PictureForm {
  readonly imageId: ImageId | null;
  readonly attributes: Attributes;
  readonly picture: PictureFacts;
}

/** Two files and more fields than there are get as far as being named in the answer. */
const LIMITS = { fieldNameSize: 100, fieldSize: 65_536, fields: 8, files: 2, parts: 10, headerPairs: 20 };
/** Fields, headers and boundaries around a file. */
const FORM_OVERHEAD_BYTES = 1_048_576;

/** Receives pictures: each streams into the blob store as it comes, unless its first bytes already refuse it. */
@Injectable()
export class PictureForms {
  readonly #slots: Slots;
  readonly #maxBytes: number;
  readonly #declared: DeclaredAttributes;

  constructor(
    @Inject(StoredPictures) private readonly pictures: StoredPictures,
    @Inject(SETTINGS) { server, index }: Settings,
    @Inject(Metrics) metrics: Metrics,
  ) {
    this.#slots = new Slots(server.maxUploadsAtOnce, 'uploads');
    metrics.queue('uploads', () => this.#slots.taken);
    this.#maxBytes = server.maxUploadBytes;
    this.#declared = index.attributes;
  }

  /** @throws `invalid-…`, `picture-…`, `too-many-requests`, `storage-unavailable`. */
  receive(request: Request, response: Response): Promise<PictureForm> {
    return this.#slots.run(async () => {
      if (Number(request.header('content-length') ?? 0) > this.#maxBytes + FORM_OVERHEAD_BYTES)
        throw pictureTooLarge(this.#maxBytes);
      const picture = await this.#receiveFile(request, response).catch((error: unknown) => {
        throw formError(error, this.#maxBytes);
      });
      const fields = parseFields(request.body, this.#declared);
      if (picture === null) throw invalidRequest([{ field: PICTURE_FIELD, rule: PICTURE_RULE }]);
      return { ...fields, picture };
    });
  }

  #receiveFile(request: Request, response: Response): Promise<PictureFacts | null> {
    return new Promise((resolve, reject) => {
      let storing: Promise<PictureFacts | null> = Promise.resolve(null);
      const storage: multer.StorageEngine = {
        _handleFile: (_request, { stream }, done) => {
          storing = this.#store(stream, request.body);
          // multer reports a failure only after it has read the rest of the request; we say it at once.
          storing.then(
            () => done(null, {}),
            (error) => {
              reject(error);
              done(error);
            },
          );
        },
        // The blob may be another image's as well. One that no event names costs room and nothing else.
        _removeFile: (_request, _file, done) => done(null),
      };
      multer({ storage, limits: LIMITS }).single(PICTURE_FIELD)(request, response, (error: unknown) => {
        // What the store says is the better reason, and when it has spoken nothing half-written is left.
        storing.then((picture) => (error == null ? resolve(picture) : reject(error)), reject);
      });
    });
  }

  async #store(stream: Readable, fieldsSoFar: unknown): Promise<PictureFacts> {
    // Fields that came before the file can refuse it before it is read.
    parseFields(fieldsSoFar, this.#declared);
    return this.pictures.take(stream, { maxBytes: this.#maxBytes });
  }
}

function parseFields(fields: unknown, declared: DeclaredAttributes): Pick<PictureForm, 'imageId' | 'attributes'> {
  const errors: FieldError[] = [];
  for (const [field, value] of Object.entries(fields ?? {})) {
    const rule = fieldRule(field, value);
    if (rule !== null) errors.push({ field, rule });
  }
  if (errors.length > 0) throw invalidRequest(errors);
  const { imageId, attributes } = fields as { imageId?: string; attributes?: string };
  return {
    imageId: imageId === undefined ? null : parseImageId(imageId),
    attributes: attributes === undefined ? {} : parseAttributes(json(attributes), declared),
  };
}

function fieldRule(field: string, value: unknown): string | null {
  const isKnown = field === PICTURE_FIELD || field === 'imageId' || field === 'attributes';
  return isKnown ? formFieldRule(field, value) : 'is not known';
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const [field, rule] = ['attributes', 'must be JSON'];
    throw new LookalikeError('invalid-attributes', `${field} ${rule}.`, { cause, facts: { field, rule } });
  }
}
