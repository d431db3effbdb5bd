import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Request, Response } from 'express';
import multer, { memoryStorage } from 'multer';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { formError, MAX_JSON_BYTES, Metrics, PICTURE_FIELD, SETTINGS, Slots } from '#nest';
import type { QuerySettings } from './query-settings.js';

/** A few more than `SearchForm` has: one that is not known gets as far as being named in the answer. */
const MAX_FIELDS = 16;
/** One too many gets as far as being named in the answer. */
const MAX_FILES = 2;
/** As of a body that is JSON: examples may be vectors. */
const MAX_FIELD_BYTES = MAX_JSON_BYTES;

/**
 * Reads the picture of a multipart form into memory: it is searched by and then forgotten. Pictures in memory are as
 * many as may be received at once, from their first byte to the answer.
 */
@Injectable()
export class PictureUpload implements NestInterceptor {
  readonly #maxBytes: number;
  readonly #slots: Slots;
  readonly #read;

  constructor(@Inject(SETTINGS) { server }: QuerySettings, @Inject(Metrics) metrics: Metrics) {
    this.#maxBytes = server.maxUploadBytes;
    this.#slots = new Slots(server.maxUploadsAtOnce, 'uploads');
    metrics.queue('search_uploads', () => this.#slots.taken);
    this.#read = multer({
      storage: memoryStorage(),
      limits: {
        fileSize: server.maxUploadBytes,
        files: MAX_FILES,
        fields: MAX_FIELDS,
        parts: MAX_FIELDS + MAX_FILES,
        fieldSize: MAX_FIELD_BYTES,
        fieldNameSize: 100,
      },
    }).single(PICTURE_FIELD);
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    if (!request.is('multipart/form-data')) return next.handle();
    const answer = this.#slots.run(async () => {
      await this.#receive(request, http.getResponse<Response>());
      return lastValueFrom(next.handle());
    });
    return from(answer);
  }

  #receive(request: Request, response: Response): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#read(request, response, (error: unknown) => {
        if (error === undefined || error === null) resolve();
        else reject(formError(error, this.#maxBytes));
      });
    });
  }
}
