import { parseImageId } from '#core';

describe('image ids', () => {
  test.each(['a', 'holiday/2024/žluťoučký kůň 🐎.jpg', 'x'.repeat(256), '🐎'.repeat(256)])('%s is taken', (id) => {
    expect(parseImageId(id)).toBe(id);
  });

  test.each([
    ['', 'must not be empty'],
    ['x'.repeat(257), 'must have at most 256 characters'],
    ['🐎'.repeat(257), 'must have at most 256 characters'],
    ['a\nb', 'must not contain control characters'],
    ['a\u0085b', 'must not contain control characters'],
    ['\ud800', 'must be well-formed Unicode'],
    ['.', 'must not be "." or ".."'],
    ['..', 'must not be "." or ".."'],
    [17, 'must be a string'],
    [undefined, 'must be a string'],
  ])('%j is refused: it %s', (id, rule) => {
    expect(() => parseImageId(id)).toThrow(
      expect.objectContaining({ code: 'invalid-image-id', facts: { field: 'imageId', rule } }),
    );
  });
});
