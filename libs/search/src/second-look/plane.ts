/** Numbers on a grid, rows from the top: a grey copy, or what is made of one. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly values: Float64Array;
}

export interface PlaneSize {
  readonly width: number;
  readonly height: number;
}

/** The size with a plane's proportions and about so many pixels, on both sides at least 1 and never more than the plane's own. */
export function sizeWithin(plane: PlaneSize, pixels: number): PlaneSize {
  const scale = Math.min(1, Math.sqrt(pixels / (plane.width * plane.height)));
  return { width: Math.max(1, Math.round(plane.width * scale)), height: Math.max(1, Math.round(plane.height * scale)) };
}

/** Each cell is the mean of the area that it covers. Meant for making planes smaller. */
export function resized(plane: Plane, { width, height }: PlaneSize): Plane {
  if (plane.width === width && plane.height === height) return plane;
  const { starts, sources, shares } = overlaps(plane.width, width);
  const across = new Float64Array(width * plane.height);
  for (let y = 0; y < plane.height; y++) {
    for (let x = 0; x < width; x++) {
      const end = starts[x + 1] as number;
      let sum = 0;
      for (let at = starts[x] as number; at < end; at++) {
        sum += (shares[at] as number) * (plane.values[y * plane.width + (sources[at] as number)] as number);
      }
      across[y * width + x] = sum;
    }
  }
  return { width, height, values: meanRows(across, width, overlaps(plane.height, height)) };
}

function meanRows(values: Float64Array, width: number, { starts, sources, shares }: Overlaps): Float64Array {
  const height = starts.length - 1;
  const means = new Float64Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let at = starts[y] as number; at < (starts[y + 1] as number); at++) {
      const share = shares[at] as number;
      const from = (sources[at] as number) * width;
      for (let x = 0; x < width; x++) {
        means[y * width + x] = (means[y * width + x] as number) + share * (values[from + x] as number);
      }
    }
  }
  return means;
}

/** Of cell i: the pixels `sources` from `starts[i]` up to `starts[i + 1]`, and the `shares` of the cell that they fill. */
interface Overlaps {
  readonly starts: Int32Array;
  readonly sources: Int32Array;
  readonly shares: Float64Array;
}

/** By length and cells: sides of copies, so there are few. */
const KNOWN_OVERLAPS = new Map<number, Overlaps>();

function overlaps(length: number, cells: number): Overlaps {
  const key = length * 2 ** 16 + cells;
  const known = KNOWN_OVERLAPS.get(key);
  if (known !== undefined) return known;
  const made = makeOverlaps(length, cells);
  KNOWN_OVERLAPS.set(key, made);
  return made;
}

function makeOverlaps(length: number, cells: number): Overlaps {
  const most = length + cells;
  const [starts, sources, shares] = [new Int32Array(cells + 1), new Int32Array(most), new Float64Array(most)];
  let at = 0;
  for (let cell = 0; cell < cells; cell++) {
    const [from, to] = [(cell * length) / cells, ((cell + 1) * length) / cells];
    starts[cell] = at;
    for (let source = Math.floor(from); source < Math.min(to, length); source++, at++) {
      sources[at] = source;
      shares[at] = ((Math.min(to, source + 1) - Math.max(from, source)) * cells) / length;
    }
  }
  starts[cells] = at;
  return { starts, sources, shares };
}
