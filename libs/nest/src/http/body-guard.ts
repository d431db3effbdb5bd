import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { SetMetadata } from '@nestjs/common';
import type { Request } from 'express';
import { LookalikeError } from '#core';
import type { ByMediaType } from '../api-document/described.js';

const READS_BODY = 'lookalike:reads-body';
export const JSON_TYPES = ['application/json', 'application/merge-patch+json'];

/** The endpoint reads bodies other than JSON, and says itself which it takes: `Bodies` says it to the document of the API. */
export const ReadsBody = <_Bodies extends ByMediaType>() => SetMetadata(READS_BODY, true);

/**
 * Refuses a body that nothing would read: an endpoint whose fields may all be left out would take it for none, and do by
 * default what its sender did not ask for.
 */
export class BodyGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (Reflect.getMetadata(READS_BODY, context.getHandler()) === true) return true;
    const request = context.switchToHttp().getRequest<Request>();
    const isEmpty = request.headers['content-length'] === '0';
    // `null`: there is none. `false`: it is of another type, or of none.
    if (isEmpty || request.is(JSON_TYPES) !== false) return true;
    throw new LookalikeError('media-type-not-supported', 'The body must be application/json.', {
      facts: { supported: ['application/json'] },
    });
  }
}
