import { isLookalikeError } from '#core';
import { type AnswerHead, readAnswer } from './read-answer.js';
import { MAX_RETRY_AFTER_MS, retryAfterMs } from './retry-after.js';

const NOW_MS = Date.UTC(2026, 0, 1);
const EXPECTED = { maxBytes: 1000, sizeBytes: 500 };

function read(
  statusCode: number,
  headers: AnswerHead['headers'] = {},
  expected: Parameters<typeof readAnswer>[1] = EXPECTED,
) {
  try {
    return readAnswer({ statusCode, headers }, expected, NOW_MS);
  } catch (error) {
    if (!isLookalikeError(error)) throw error;
    const { code, canRetry, facts } = error;
    return { code, canRetry, facts };
  }
}

describe('by its status an answer is', () => {
  test.each([404, 410])('%d: gone', (status) => {
    expect(read(status)).toEqual({ code: 'link-gone', canRetry: false, facts: { status } });
  });

  test.each([400, 401, 402, 403, 405, 406, 407, 409, 414, 418, 451, 499])('%d: denied', (status) => {
    expect(read(status)).toEqual({ code: 'link-denied', canRetry: false, facts: { status } });
  });

  test.each([408, 421, 425, 429, 500, 502, 503, 504, 507, 599])(
    '%d: a fault, with the wait that is asked for',
    (status) => {
      expect(read(status)).toEqual({ code: 'link-unavailable', canRetry: true, facts: { status } });
      expect(read(status, { 'retry-after': '7' })).toMatchObject({ facts: { status, retryAfterMs: 7000 } });
    },
  );

  test.each([201, 202, 204, 205, 206, 207, 300, 304, 305, 306])('%d: not a picture', (status) => {
    expect(read(status, { location: '/b' })).toMatchObject({ code: 'link-answer-unusable', canRetry: false });
  });

  test.each([301, 302, 303, 307, 308])('%d: a redirect, if it says where to', (status) => {
    expect(read(status, { location: '/b' })).toEqual({ kind: 'redirect', location: '/b' });
    expect(read(status)).toMatchObject({ code: 'link-answer-unusable' });
    expect(read(status, { location: ['/b', '/c'] })).toMatchObject({ code: 'link-answer-unusable' });
  });
});

describe('a picture', () => {
  test.each([
    ['image/jpeg', 'image/jpeg'],
    ['Image/PNG; charset=binary', 'image/png'],
    ['image/svg+xml ;x', 'image/svg+xml'],
    [undefined, null],
    ['image', null],
    ['image/a b', null],
    ['<b>/x', null],
    [`image/${'a'.repeat(200)}`, null],
  ])('with the type %p is %p', (header, mediaType) => {
    expect(read(200, { 'content-type': header })).toEqual({
      kind: 'picture',
      mediaType,
      sizeBytes: null,
      hasEnd: false,
    });
  });

  test('says its size, or that it has an end', () => {
    expect(read(200, { 'content-length': '500' })).toMatchObject({ sizeBytes: 500, hasEnd: true });
    expect(read(200, { 'transfer-encoding': 'chunked' })).toMatchObject({ sizeBytes: null, hasEnd: true });
  });

  test('of another size than declared, or of too many bytes, is not read', () => {
    expect(read(200, { 'content-length': '501' })).toMatchObject({
      code: 'link-size-mismatch',
      facts: { expected: 500, found: 501 },
    });
    const huge = read(200, { 'content-length': '999999999999999999999' });
    expect(huge).toMatchObject({ code: 'link-too-large', facts: { maxBytes: 1000 } });
    expect(read(200, { 'content-length': '1001' }, { maxBytes: 1000 })).toMatchObject({ code: 'link-too-large' });
    expect(read(200, { 'content-length': '1000' }, { maxBytes: 1000 })).toMatchObject({ sizeBytes: 1000 });
  });

  test.each(['gzip', 'br', 'GZIP', 'identity, gzip', 'x-made-up'])('that is packed (%s) is refused', (coding) => {
    expect(read(200, { 'content-encoding': coding })).toMatchObject({ code: 'link-answer-unusable', canRetry: false });
  });

  test.each(['identity', 'Identity', ''])('is not packed by %p', (coding) => {
    expect(read(200, { 'content-encoding': coding })).toMatchObject({ kind: 'picture' });
  });
});

test.each([
  [null, null],
  ['120', 120_000],
  [' 0 ', 0],
  ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
  ['Thursday, 01-Jan-26 00:01:00 GMT', 60_000],
  ['Wed, 31 Dec 2025 23:59:00 GMT', 0],
  ['99999999999999999999999999', MAX_RETRY_AFTER_MS],
  ['Fri, 01 Jan 2100 00:00:00 GMT', MAX_RETRY_AFTER_MS],
  ['-1', null],
  ['1.5', null],
  ['soon', null],
  ['2026', 2_026_000],
  ['', null],
])('Retry-After %p is %p ms', (header, ms) => {
  expect(retryAfterMs(header, NOW_MS)).toBe(ms);
});
