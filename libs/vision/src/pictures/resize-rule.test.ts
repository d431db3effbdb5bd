import { cropOf, outputSize, type ResizeRule, resizedSize } from './resize-rule.js';

const RULE: ResizeRule = { kind: 'short-side-crop', shortSide: 256, crop: 224, kernel: 'cubic' };

describe('the resize rule', () => {
  test.each([
    [
      { width: 500, height: 375 },
      { width: 341, height: 256 },
      { left: 58, top: 16 },
    ],
    [
      { width: 376, height: 500 },
      { width: 256, height: 340 },
      { left: 16, top: 58 },
    ],
    [
      { width: 327, height: 327 },
      { width: 256, height: 256 },
      { left: 16, top: 16 },
    ],
    [
      { width: 170, height: 170 },
      { width: 256, height: 256 },
      { left: 16, top: 16 },
    ],
    // 513 × 256 / 512 is 256.5: halves are rounded up
    [
      { width: 512, height: 513 },
      { width: 256, height: 257 },
      { left: 16, top: 16 },
    ],
  ])('%j is resized to %j and cropped at %j', (picture, resized, at) => {
    expect(resizedSize(RULE, picture)).toEqual(resized);
    expect(cropOf(RULE, resized)).toEqual({ ...at, width: 224, height: 224 });
  });

  test('stretching ignores proportions and crops nothing', () => {
    const rule: ResizeRule = { kind: 'stretch', width: 224, height: 112, kernel: 'linear' };
    expect(resizedSize(rule, { width: 30, height: 900 })).toEqual({ width: 224, height: 112 });
    expect(outputSize(rule)).toEqual({ width: 224, height: 112 });
    expect(cropOf(rule, outputSize(rule))).toEqual({ left: 0, top: 0, width: 224, height: 112 });
  });
});
