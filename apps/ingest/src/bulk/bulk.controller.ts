import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { LookalikeError } from '#core';
import { Answers, invalidRequest, Metrics, NeedsScope, ReadsBody, Refuses, Slots } from '#nest';
import type { BulkDelete, BulkPicture } from '../json-bodies.js';
import { BulkImport, type BulkResult } from './bulk-import.js';

/** A stream may stay for hours; each holds a few batches in memory. */
const MAX_BULKS_AT_ONCE = 8;

@NeedsScope('publish')
@Controller('v1/images/bulk')
export class BulkController {
  readonly #slots = new Slots(MAX_BULKS_AT_ONCE, 'bulk imports');

  constructor(
    @Inject(BulkImport) private readonly bulk: BulkImport,
    @Inject(Metrics) metrics: Metrics,
  ) {
    metrics.queue('bulk_imports', () => this.#slots.taken);
  }

  /** Takes a stream of changes, each a line. A client has to read results while it sends: the server reads no further than its results are taken. */
  @Post()
  @HttpCode(200)
  @ReadsBody<{ 'application/x-ndjson': BulkPicture | BulkDelete }>()
  @Answers<{ 'application/x-ndjson': BulkResult }>()
  @Refuses('too-many-requests')
  async import(@Req() request: Request, @Res() response: Response): Promise<void> {
    refuseUnlessLines(request);
    await this.#slots.run(async () => {
      response.status(200).type('application/x-ndjson').flushHeaders();
      try {
        await pipeline(Readable.from(this.bulk.results(request)), response);
      } catch (error) {
        // What the client sent in whole lines is written, and nobody is left to tell.
        if (!hasGone(error)) throw error;
      }
    });
  }
}

function refuseUnlessLines(request: Request): void {
  if (!request.is('application/x-ndjson')) {
    throw new LookalikeError('media-type-not-supported', 'The body must be application/x-ndjson.');
  }
  if ((request.header('content-encoding') ?? 'identity') !== 'identity') {
    throw new LookalikeError('media-type-not-supported', 'The body must not be compressed.');
  }
  if (request.query.check !== undefined) {
    throw invalidRequest([{ field: 'check', rule: 'is not possible here: send pictures one by one' }]);
  }
  if (request.header('idempotency-key') !== undefined) {
    throw invalidRequest([
      { field: 'Idempotency-Key', rule: 'is not possible here: repeat the lines without a result' },
    ]);
  }
}

function hasGone(error: unknown): boolean {
  return ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET'].includes(String((error as NodeJS.ErrnoException).code));
}
