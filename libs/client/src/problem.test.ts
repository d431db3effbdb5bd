import { parseRetryAfterMs } from './index.js';

test.each([
  ['3', 3_000],
  ['0', 0],
  ['-1', 0],
  ['Thu, 01 Jan 1970 00:01:40 GMT', 40_000],
  ['Thu, 01 Jan 1970 00:00:01 GMT', 0],
  ['soon', null],
  ['', null],
  [null, null],
])('Retry-After %j is %j ms', (value, expected) => {
  expect(parseRetryAfterMs(value, 60_000)).toBe(expected);
});
