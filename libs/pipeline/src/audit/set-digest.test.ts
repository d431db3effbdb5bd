import fc from 'fast-check';
import { parseImageId } from '#core';
import { elementHash, SetDigest } from './set-digest.js';

const [CAT, DOG] = ['cat', 'dog'].map(parseImageId) as [ReturnType<typeof parseImageId>, never];

function digestOf(hashes: readonly Buffer[]): string {
  const digest = new SetDigest();
  for (const hash of hashes) digest.add(hash);
  return digest.toString();
}

describe('the digest of a fold', () => {
  test('is the sum of its hashes modulo 2^256', () => {
    const hashes = fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 50 });
    fc.assert(
      fc.property(hashes, (all) => {
        const buffers = all.map((it) => Buffer.from(it));
        const sum = buffers.reduce((total, it) => (total + BigInt(`0x${it.toString('hex')}`)) % 2n ** 256n, 0n);
        expect(digestOf(buffers)).toBe(sum.toString(16).padStart(64, '0'));
        expect(digestOf(buffers.reverse())).toBe(digestOf(buffers));
      }),
    );
  });

  test('carries before a lane can no longer hold its sum', () => {
    const digest = new SetDigest();
    const most = Buffer.alloc(32, 0xff);
    for (let added = 0; added < 2 ** 20 + 3; added++) digest.add(most);
    // Each of them is -1.
    expect(digest.toString()).toBe((2n ** 256n - BigInt(2 ** 20 + 3)).toString(16));
  });

  test('of parts adds up to that of the whole', () => {
    const hashes = [elementHash(CAT, 1, false), elementHash(DOG, 2, true), elementHash(CAT, 3, false)];
    const whole = new SetDigest();
    for (const some of [hashes.slice(0, 1), hashes.slice(1)]) {
      const part = new SetDigest();
      for (const hash of some) part.add(hash);
      whole.addAll(part);
    }
    expect(whole.toString()).toBe(digestOf(hashes));
  });

  test('tells apart another version, a deletion, another image and one that is there twice', () => {
    const one = elementHash(CAT, 1, false);
    const others = [elementHash(CAT, 2, false), elementHash(CAT, 1 + 2 ** 32, false), elementHash(CAT, 1, true)];
    const digests = [[one], [elementHash(DOG, 1, false)], [one, one], [], ...others.map((it) => [it])].map(digestOf);
    expect(new Set(digests).size).toBe(digests.length);
  });
});
