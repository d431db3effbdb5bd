import { GREY_COPY_SIDE, type GreyCopy } from '#core';
import { seededRandom } from '#testkit';

/** Grey level at a point; the scene lies between (0, 0) and (1, 1). */
export type Scene = (x: number, y: number) => number;

const RECTANGLES = 60;
/** Along each side of a scene. */
const CELLS = 240;
/** Points along each side of a pixel whose mean it is. */
const SAMPLES = 3;

/** Rectangles over each other, without symmetry, painted into cells; another seed is another scene. What lies outside continues the edge. */
export function sceneOf(seed: number): Scene {
  const random = seededRandom(seed);
  const cells = Float64Array.from(
    { length: CELLS ** 2 },
    (_, at) => 100 + (60 * (at % CELLS) + (30 * at) / CELLS) / CELLS,
  );
  for (let painted = 0; painted < RECTANGLES; painted++) {
    const [left, top] = [random() * 1.2 - 0.2, random() * 1.2 - 0.2];
    const [right, bottom] = [left + 0.03 + random() * 0.25, top + 0.03 + random() * 0.25];
    const grey = random() * 255;
    for (let y = cell(top); y < cell(bottom); y++) cells.fill(grey, y * CELLS + cell(left), y * CELLS + cell(right));
  }
  const inside = (at: number) => Math.min(CELLS - 1, cell(at));
  return (x, y) => cells[inside(y) * CELLS + inside(x)] as number;
}

function cell(at: number): number {
  return Math.min(CELLS, Math.max(0, Math.floor(at * CELLS)));
}

/** A copy of the scene with the proportions of a picture `ratio` times as wide as high. */
export function copyOf(scene: Scene, ratio = 4 / 3): GreyCopy {
  const width = Math.max(1, Math.round(ratio >= 1 ? GREY_COPY_SIDE : GREY_COPY_SIDE * ratio));
  const height = Math.max(1, Math.round(ratio >= 1 ? GREY_COPY_SIDE / ratio : GREY_COPY_SIDE));
  const grey = (level: number) => Math.min(255, Math.max(0, Math.round(level)));
  return { width, height, pixels: Uint8Array.from(greyLevels(scene, width, height), grey) };
}

/** In rows; each pixel is the mean of what it covers. */
export function greyLevels(scene: Scene, width: number, height: number): Float64Array {
  return Float64Array.from({ length: width * height }, (_, at) => {
    let sum = 0;
    for (let sample = 0; sample < SAMPLES ** 2; sample++) {
      const x = (at % width) + ((sample % SAMPLES) + 0.5) / SAMPLES;
      const y = Math.floor(at / width) + (Math.floor(sample / SAMPLES) + 0.5) / SAMPLES;
      sum += scene(x / width, y / height);
    }
    return sum / SAMPLES ** 2;
  });
}

/** What is seen of the scene in a part of it. */
export function part(scene: Scene, left: number, top: number, side: number): Scene {
  return (x, y) => scene(left + x * side, top + y * side);
}

/** The scene between plain borders, each a share of the whole. */
export function bordered(scene: Scene, share: number, grey: number): Scene {
  const inner = 1 - 2 * share;
  return (x, y) => {
    const [u, v] = [(x - share) / inner, (y - share) / inner];
    return u < 0 || v < 0 || u >= 1 || v >= 1 ? grey : scene(u, v);
  };
}

/** Rotated about its middle, in a picture `ratio` times as wide as high. */
export function rotated(scene: Scene, degrees: number, ratio = 4 / 3): Scene {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return (x, y) => {
    const [u, v] = [(x - 0.5) * ratio, y - 0.5];
    return scene((u * cos - v * sin) / ratio + 0.5, u * sin + v * cos + 0.5);
  };
}
