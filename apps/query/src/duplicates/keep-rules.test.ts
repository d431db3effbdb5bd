import { parseImageId, type ReadyRecord } from '#core';
import { KEEP_RULES } from './duplicates-body.js';
import { keptBy } from './keep-rules.js';

type Facts = Parameters<typeof keptBy>[1][number];

describe('the image that stays', () => {
  const image = (name: string, width: number, sizeBytes: number, eventTimeMs: number): Facts => ({
    imageId: parseImageId(name),
    width,
    height: 10,
    eventTimeMs,
    image: { sha256: name.padEnd(64, '0'), sizeBytes } as ReadyRecord['image'],
  });
  const large = image('large', 30, 100, 3);
  const heavy = image('heavy', 20, 300, 2);
  const old = image('old', 10, 200, 1);

  test.each([
    ['resolution', large],
    ['bytes', heavy],
    ['date', old],
  ] as const)('by %s', (rule, { imageId, image: { sha256 } }) => {
    for (const order of [
      [large, heavy, old],
      [old, heavy, large],
    ]) {
      expect(keptBy(rule, order)).toEqual({ imageId, sha256 });
    }
  });

  test.each([
    ['resolution', [image('light', 30, 90, 1), large], 'large'],
    ['resolution', [large, image('first', 30, 100, 2)], 'first'],
    ['bytes', [image('small', 10, 300, 1), heavy], 'heavy'],
    ['date', [image('wide', 20, 100, 1), old], 'wide'],
  ] as const)('by %s, what is equal is decided by the others', (rule, images, kept) => {
    expect(keptBy(rule, images).imageId).toBe(kept);
  });

  test.each(KEEP_RULES)('by %s, what is equal by everything is decided by the id', (rule) => {
    expect(keptBy(rule, [image('b', 1, 1, 1), image('a', 1, 1, 1)]).imageId).toBe('a');
  });
});
