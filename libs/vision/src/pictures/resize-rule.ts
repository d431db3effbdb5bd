/** Kernels by sharp's names. `cubic` is the bicubic of a = -0.5 (Catmull-Rom), Pillow's too. */
export type ResizeKernel = 'cubic' | 'lanczos3' | 'linear' | 'nearest';

/** How an encoder wants its pictures made, as its manifest says. Part of the encoder's fingerprint. */
export type ResizeRule =
  | {
      readonly kind: 'short-side-crop';
      readonly shortSide: number;
      readonly crop: number;
      readonly kernel: ResizeKernel;
    }
  | { readonly kind: 'stretch'; readonly width: number; readonly height: number; readonly kernel: ResizeKernel };

/**
 * Part of every encoder's fingerprint, because the rule alone does not say how it is carried out: to be raised when the
 * same file and rule come to give other pixels, so that vectors made before and after never share an index. What stays
 * within the tolerances of the reference (models/reference.test.ts), such as another release of libvips, is no change.
 */
export const PREPARATION_VERSION = 1;

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Rectangle extends Size {
  readonly left: number;
  readonly top: number;
}

/** The size of what the encoder gets. */
export function outputSize(rule: ResizeRule): Size {
  return rule.kind === 'stretch' ? { width: rule.width, height: rule.height } : { width: rule.crop, height: rule.crop };
}

/** The size an upright picture is resized to before the crop: longSide = floor(long × shortSide / short + 0.5). */
export function resizedSize(rule: ResizeRule, picture: Size): Size {
  if (rule.kind === 'stretch') return { width: rule.width, height: rule.height };
  const longSide = (long: number, short: number) => Math.floor((long * rule.shortSide) / short + 0.5);
  return picture.width <= picture.height
    ? { width: rule.shortSide, height: longSide(picture.height, picture.width) }
    : { width: longSide(picture.width, picture.height), height: rule.shortSide };
}

/** The part of the resized picture that the encoder gets: offset = floor((side - crop) / 2) from left and top. */
export function cropOf(rule: ResizeRule, resized: Size): Rectangle {
  const { width, height } = outputSize(rule);
  return {
    left: Math.floor((resized.width - width) / 2),
    top: Math.floor((resized.height - height) / 2),
    width,
    height,
  };
}
