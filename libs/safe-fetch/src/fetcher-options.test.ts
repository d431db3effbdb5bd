import { fetcherLimits, PICTURE_FETCHER_DEFAULTS } from './fetcher-options.js';

test('every limit has a default, which is within its range', () => {
  expect(fetcherLimits({})).toEqual(PICTURE_FETCHER_DEFAULTS);
  expect(fetcherLimits({ maxRedirects: 0 })).toEqual({ ...PICTURE_FETCHER_DEFAULTS, maxRedirects: 0 });
});

test.each([
  ['maxRedirects', { maxRedirects: -1 }],
  ['maxRedirects', { maxRedirects: 21 }],
  ['maxHeaderBytes', { maxHeaderBytes: 0 }],
  ['firstByteTimeoutMs', { firstByteTimeoutMs: 0 }],
  ['totalTimeoutMs', { totalTimeoutMs: 2 ** 31 }],
  ['stallTimeoutMs', { stallTimeoutMs: Number.NaN }],
  ['queueTimeoutMs', { queueTimeoutMs: 1.5 }],
  ['fetchesPerHost', { fetchesPerHost: 0 }],
  ['httpPorts', { httpPorts: [80, 0] }],
  ['httpsPorts', { httpsPorts: [65_536] }],
])('a wrong %s is named: %j', (setting, options) => {
  expect(() => fetcherLimits(options)).toThrow(
    expect.objectContaining({ code: 'invalid-setting', message: expect.stringContaining(setting) }),
  );
});
