import { LookalikeError, parseImageId, type StoredRecord } from '#core';
import type { DuplicateGroup, MemberRow } from '#search';
import { presentGroups } from './present-groups.js';

describe('the groups that are shown', () => {
  const member = (name: string, picture = name): MemberRow => ({
    imageId: parseImageId(name),
    eventTimeMs: 0,
    sha256: picture,
    sizeBytes: 10,
    width: 1,
    height: 1,
    probability: null,
    turn: null,
  });
  const group = (...members: readonly MemberRow[]): DuplicateGroup => ({
    sha256: members[0]?.sha256 ?? '',
    images: members.length,
    savedBytes: 10 * (members.length - 1),
    members,
  });
  /** Searchable images with their pictures; the others are deleted. */
  const holding = (pictures: Readonly<Record<string, string>>) => ({
    fetch: async (ids: readonly string[]) =>
      ids.map((imageId) => {
        const sha256 = pictures[imageId];
        const state = sha256 === undefined ? 'deleted' : 'ready';
        return { imageId, state, version: 0, eventTimeMs: 0, image: { sha256 } } as unknown as StoredRecord;
      }),
  });
  const [a, b, c] = [member('a'), member('b'), member('c')];

  test('lack images that are gone or have another picture', async () => {
    const whole = group(a, b, c);
    expect(await presentGroups([whole], holding({ a: 'a', b: 'b', c: 'c' }))).toEqual([whole]);
    expect(await presentGroups([whole], holding({ a: 'a', b: 'b' }))).toEqual([group(a, b)]);
    expect(await presentGroups([whole], holding({ a: 'a', b: 'other', c: 'c' }))).toEqual([group(a, c)]);
  });

  test('are none without their representative, or with nobody else', async () => {
    expect(await presentGroups([group(a, b, c)], holding({ b: 'b', c: 'c' }))).toEqual([]);
    expect(await presentGroups([group(a, b)], holding({ a: 'a' }))).toEqual([]);
  });

  test('go on with another image of the representative', async () => {
    const same = member('same', 'a');
    expect(await presentGroups([group(a, same, b)], holding({ same: 'a', b: 'b' }))).toEqual([group(same, b)]);
  });

  test('are as they are known while the index is away, and no fault of another kind is hidden', async () => {
    const failing = (error: unknown) => ({ fetch: async () => Promise.reject(error) });
    const away = new LookalikeError('index-unavailable', 'away');
    expect(await presentGroups([group(a, b)], failing(away))).toEqual([group(a, b)]);
    const refused = new LookalikeError('invalid-request', 'too many');
    await expect(presentGroups([group(a, b)], failing(refused))).rejects.toBe(refused);
  });
});
