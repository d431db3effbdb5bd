import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Request, Response } from 'express';
import multer, { MulterError, memoryStorage } from 'multer';
import { finalize, type Observable } from 'rxjs';
import { LookalikeError } from '#core';
import { SETTINGS } from '#nest';
import type { QuerySettings } from './query-settings.js';

const MAX_FIELDS = 8;
const MAX_FIELD_BYTES = 1024;

/**
 * Reads the picture of a multipart form into memory: it is searched by and then forgotten. Pictures in memory are as
 * many as may be received at once, from their first byte to the answer.
 */
@Injectable()
export class PictureUpload implements NestInterceptor {
  readonly #maxBytes: number;
  readonly #maxAtOnce: number;
  readonly #read;
  #underWay = 0;

  constructor(@Inject(SETTINGS) { server }: QuerySettings) {
    this.#maxBytes = server.maxUploadBytes;
    this.#maxAtOnce = server.maxUploadsAtOnce;
    this.#read = multer({
      storage: memoryStorage(),
      limits: {
        fileSize: server.maxUploadBytes,
        files: 1,
        fields: MAX_FIELDS,
        parts: MAX_FIELDS + 1,
        fieldSize: MAX_FIELD_BYTES,
        fieldNameSize: 100,
      },
    }).single('file');
  }

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    if (!request.is('multipart/form-data')) return next.handle();
    if (this.#underWay >= this.#maxAtOnce) {
      throw new LookalikeError('overloaded', 'Too many pictures are being received.');
    }
    this.#underWay++;
    const release = () => {
      this.#underWay--;
    };
    try {
      await this.#receive(request, http.getResponse<Response>());
    } catch (error) {
      release();
      throw error;
    }
    return next.handle().pipe(finalize(release));
  }

  #receive(request: Request, response: Response): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#read(request, response, (error: unknown) => {
        if (error === undefined || error === null) resolve();
        else reject(this.#named(error));
      });
    });
  }

  #named(error: unknown): unknown {
    if (error instanceof MulterError && error.code === 'LIMIT_FILE_SIZE') {
      const maxBytes = this.#maxBytes;
      return new LookalikeError('picture-too-large', `The picture has more than ${maxBytes} bytes.`, {
        cause: error,
        facts: { maxBytes },
      });
    }
    // What the form's parser says has no code: 'Unexpected end of form', 'Multipart: Boundary not found'.
    if (error instanceof Error && !(error instanceof MulterError)) {
      const [field, rule] = ['body', 'must be a well-formed multipart form'];
      return new LookalikeError('invalid-request', `${field} ${rule}.`, { cause: error, facts: { field, rule } });
    }
    return error;
  }
}
