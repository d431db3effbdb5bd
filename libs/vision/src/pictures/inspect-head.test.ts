import { isLookalikeError } from '#core';
import { NOT_PICTURES, pictureBomb, TEST_PICTURE_FORMATS, testPicture, turnedPicture } from '#testkit';
import { inspectHead, PICTURE_HEAD_BYTES } from './inspect-head.js';

async function inspect(bytes: Buffer) {
  const head = bytes.subarray(0, PICTURE_HEAD_BYTES);
  return inspectHead(head, head.length === bytes.length).catch((error) =>
    isLookalikeError(error) ? error.code : Promise.reject(error),
  );
}

describe("an upload's first bytes", () => {
  test.each(TEST_PICTURE_FORMATS)('tell kind and size of a %s', async (format) => {
    const picture = await testPicture({ format, width: 120, height: 90 });
    expect(await inspect(picture)).toEqual({ mediaType: `image/${format}`, width: 120, height: 90 });
  });

  test.each(['jpeg', 'png', 'gif'] as const)(
    'tell kind and size of a large %s, of which they are a part',
    async (format) => {
      const picture = await testPicture({ format, width: 1500, height: 1100, quality: 100 });
      expect(picture.length).toBeGreaterThan(PICTURE_HEAD_BYTES);
      expect(await inspect(picture)).toEqual({ mediaType: `image/${format}`, width: 1500, height: 1100 });
    },
  );

  test('tell the size as seen, not as stored', async () => {
    const picture = await turnedPicture(6, { width: 120, height: 90 });
    expect(await inspect(picture)).toMatchObject({ width: 120, height: 90 });
  });

  test.each([
    ['nothing', Buffer.alloc(0), 'picture-empty'],
    ['text', NOT_PICTURES.text, 'picture-not-recognised'],
    ['an SVG', NOT_PICTURES.svg, 'picture-format-not-supported'],
    ['a PDF', NOT_PICTURES.pdf, 'picture-format-not-supported'],
    ['a HEIC', NOT_PICTURES.heic, 'picture-format-not-supported'],
    ['a bomb', pictureBomb(), 'picture-too-many-pixels'],
  ])('refuse %s', async (_, bytes, code) => {
    expect(await inspect(bytes)).toBe(code);
  });

  test('tell only the kind where the header is damaged', async () => {
    expect(await inspect(Buffer.from([0xff, 0xd8, 0xff, 0xe0]))).toEqual({ mediaType: 'image/jpeg' });
  });
});
