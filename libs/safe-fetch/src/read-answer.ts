import type { Readable } from 'node:stream';
import { type LinkExpectation, LookalikeError } from '#core';
import { tooLarge, wrongSize } from './link-errors.js';
import { retryAfterMs } from './retry-after.js';

/** Status and headers of an answer; names in lowercase. */
export interface AnswerHead {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export interface LinkAnswer extends AnswerHead {
  readonly body: Readable;
}

export interface PictureAnswer {
  readonly kind: 'picture';
  readonly mediaType: string | null;
  /** By `Content-Length`; `null` when the answer does not say. */
  readonly sizeBytes: number | null;
  /** False when only the end of the connection ends the body, so that a broken one looks whole. */
  readonly hasEnd: boolean;
}
export interface RedirectAnswer {
  readonly kind: 'redirect';
  readonly location: string;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const GONE = new Set([404, 410]);
/** Of the 4xx, those that another time or another connection changes: timeout, misdirected, too early, too many. */
const PASSING = new Set([408, 421, 425, 429]);

/**
 * What an answer means, before its body is read.
 * @throws LookalikeError `link-gone`, `link-denied`, `link-answer-unusable`, `link-too-large`, `link-size-mismatch`, or
 * the fault `link-unavailable` with `retryAfterMs` where the server says it.
 */
export function readAnswer(head: AnswerHead, expected: LinkExpectation, nowMs: number): PictureAnswer | RedirectAnswer {
  const { statusCode: status } = head;
  if (status === 200) return pictureAnswer(head, expected);
  if (REDIRECTS.has(status)) {
    const location = oneHeader(head, 'location');
    if (location === null) throw unusable('The server redirects without saying where to.', { status });
    return { kind: 'redirect', location };
  }
  if (GONE.has(status)) {
    throw new LookalikeError('link-gone', `The picture is not there (${status}).`, { facts: { status } });
  }
  if (PASSING.has(status) || status >= 500) {
    const waitMs = retryAfterMs(oneHeader(head, 'retry-after'), nowMs);
    throw new LookalikeError('link-unavailable', `The server does not give the picture now (${status}).`, {
      facts: { status, ...(waitMs !== null && { retryAfterMs: waitMs }) },
    });
  }
  if (status >= 400) {
    throw new LookalikeError('link-denied', `The server does not give the picture (${status}).`, { facts: { status } });
  }
  throw unusable(`The server answers ${status}, which is not a picture.`, { status });
}

function pictureAnswer(head: AnswerHead, { maxBytes, sizeBytes: declared }: LinkExpectation): PictureAnswer {
  const coding = headerValues(head, 'content-encoding').join(', ').trim().toLowerCase();
  // Asked for as it is: what is packed all the same would have to be unpacked, and small bodies can become huge.
  if (coding !== '' && coding !== 'identity') throw unusable('The server packs the picture.', {});
  const length = oneHeader(head, 'content-length');
  const isChunked = headerValues(head, 'transfer-encoding').length > 0;
  const sizeBytes = length === null || isChunked ? null : Number(length);
  if (sizeBytes !== null && sizeBytes > maxBytes) throw tooLarge(maxBytes);
  if (sizeBytes !== null && declared !== undefined && sizeBytes !== declared) throw wrongSize(declared, sizeBytes);
  return { kind: 'picture', mediaType: mediaTypeOf(head), sizeBytes, hasEnd: sizeBytes !== null || isChunked };
}

function mediaTypeOf(head: AnswerHead): string | null {
  const token = /^\s*([\w!#$%&'*+.^`|~-]{1,127}\/[\w!#$%&'*+.^`|~-]{1,127})\s*(?:;|$)/;
  return token.exec(headerValues(head, 'content-type')[0] ?? '')?.[1]?.toLowerCase() ?? null;
}

/** `null` when there is none; several that differ are none either, since nobody can say which is meant. */
function oneHeader(head: AnswerHead, name: string): string | null {
  const values = new Set(headerValues(head, name));
  return values.size === 1 ? ([...values][0] ?? null) : null;
}

function headerValues({ headers }: AnswerHead, name: string): readonly string[] {
  const value = headers[name];
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}

function unusable(message: string, facts: Readonly<Record<string, unknown>>): LookalikeError {
  return new LookalikeError('link-answer-unusable', message, { facts });
}
