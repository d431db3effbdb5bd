import { API_SCOPES, apiKeyOf, apiKeySha256, formatApiKeyEntry, isApiKey, isApiKeyName, parseApiKeyEntry } from '#core';

const SECRET = Uint8Array.from({ length: 32 }, (_, at) => 255 - at);
const SHA256 = 'ab'.repeat(32);

describe('an API key', () => {
  test('is its bytes behind a beginning that can be searched for', () => {
    const key = apiKeyOf(SECRET);
    expect(key).toBe('lk___79_Pv6-fj39vX08_Lx8O_u7ezr6uno5-bl5OPi4eA');
    expect(isApiKey(key)).toBe(true);
  });

  test('has 256 bits, no fewer', () => {
    expect(() => apiKeyOf(SECRET.subarray(1))).toThrow(RangeError);
  });

  test.each(['', 'lk_', 'password', `lk_${'a'.repeat(42)}`, `lk_${'a'.repeat(44)}`, `xx_${'a'.repeat(43)}`])(
    'is not %j',
    (text) => expect(isApiKey(text)).toBe(false),
  );

  test('is hashed as a whole', () => {
    expect(apiKeySha256('lk_abc').toString('hex')).toBe(
      '45f7da3757385412af05fa3c8f1fcbe3209d09d922f858f58b1656e88bea7fff',
    );
  });
});

describe('what a server knows of a key', () => {
  test('is written and read back the same', () => {
    const entry = { name: 'web-app', scopes: [...API_SCOPES], sha256: SHA256 };
    const text = formatApiKeyEntry(entry);
    expect(text).toBe(`web-app:publish+search+operate:${SHA256}`);
    expect(parseApiKeyEntry(text)).toEqual(entry);
  });

  test('needs no quoting anywhere', () => {
    const text = formatApiKeyEntry({ name: 'a', scopes: ['search'], sha256: SHA256 });
    expect(text).toMatch(/^[a-z0-9:+-]+$/);
  });

  test('names a scope once', () => {
    expect(parseApiKeyEntry(`a:search+search:${SHA256}`)?.scopes).toEqual(['search']);
  });

  test.each([
    '',
    'a:search',
    `:search:${SHA256}`,
    `a::${SHA256}`,
    `a:read:${SHA256}`,
    `a:search+read:${SHA256}`,
    `a:search+:${SHA256}`,
    `A:search:${SHA256}`,
    `a b:search:${SHA256}`,
    `a:search:${SHA256.slice(1)}`,
    `a:search:${SHA256.toUpperCase()}`,
    `a:search:lk_${'a'.repeat(43)}`,
  ])('is not %j', (text) => expect(parseApiKeyEntry(text)).toBeNull());

  test.each([
    ['app', true],
    ['app-2', true],
    ['', false],
    ['-a', false],
    ['App', false],
    ['a:b', false],
    ['a'.repeat(33), false],
  ])('the name %j: %s', (name, isFine) => expect(isApiKeyName(name)).toBe(isFine));
});
