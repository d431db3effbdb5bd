import crypto from 'node:crypto';
import { type ApiKeyEntry, apiKeyOf, apiKeySha256 } from '#core';
import { KeyRing } from './key-ring.js';

const keyOf = (byte: number) => apiKeyOf(new Uint8Array(32).fill(byte));
const entryOf = (name: string, key: string): ApiKeyEntry => ({
  name,
  scopes: ['search'],
  sha256: apiKeySha256(key).toString('hex'),
});

describe('a key ring', () => {
  const keys = [1, 2, 3].map(keyOf);
  const ring = new KeyRing(keys.map((key, at) => entryOf(`key-${at}`, key)));

  test('finds each of its keys, and no other', () => {
    expect(keys.map((key) => ring.find(key)?.name)).toEqual(['key-0', 'key-1', 'key-2']);
    expect(ring.find(keyOf(4))).toBeNull();
  });

  test('compares with all of them in constant time, also after it has found one', () => {
    const compared = jest.spyOn(crypto, 'timingSafeEqual');
    for (const key of [...keys, keyOf(4)]) {
      compared.mockClear();
      ring.find(key);
      expect(compared).toHaveBeenCalledTimes(3);
    }
    compared.mockRestore();
  });

  test('does not take a password, though it holds its hash', () => {
    expect(new KeyRing([entryOf('weak', 'password')]).find('password')).toBeNull();
  });
});
