/**
 * Whether an ICC profile is the sRGB of IEC 61966-2-1, by its header's manufacturer and model and by its three colorants:
 * the name alone can be wrong. Layout: ICC.1:2022, 7.2 and 7.3; colorants are adapted to D50.
 */
export function isSrgbProfile(icc: Buffer): boolean {
  if (icc.toString('latin1', DEVICE.at, DEVICE.at + DEVICE.name.length) !== DEVICE.name) return false;
  return COLORANTS.every(([tag, wanted]) => {
    const found = colorant(icc, tag);
    return found?.every((value, i) => Math.abs(value - (wanted[i] ?? 0)) < TOLERANCE);
  });
}

const DEVICE = { at: 48, name: 'IEC sRGB' };
const COLORANTS = [
  ['rXYZ', [0.4361, 0.2225, 0.0139]],
  ['gXYZ', [0.3851, 0.7169, 0.0971]],
  ['bXYZ', [0.1431, 0.0606, 0.7141]],
] as const;
const TOLERANCE = 0.001;
const TAGS = { countAt: 128, firstAt: 132, bytes: 12, most: 100 };
/** Type and reserved bytes stand before the three numbers, each in 16.16 fixed point. */
const XYZ = { valuesAt: 8, bytes: 20, one: 65_536 };

function colorant(icc: Buffer, tag: string): readonly number[] | null {
  if (icc.length < TAGS.firstAt) return null;
  const count = Math.min(icc.readUInt32BE(TAGS.countAt), TAGS.most);
  for (let at = TAGS.firstAt; at + TAGS.bytes <= Math.min(icc.length, TAGS.firstAt + count * TAGS.bytes); ) {
    const offset = icc.readUInt32BE(at + 4);
    if (icc.toString('latin1', at, at + 4) === tag) {
      if (offset + XYZ.bytes > icc.length) return null;
      return [0, 4, 8].map((i) => icc.readInt32BE(offset + XYZ.valuesAt + i) / XYZ.one);
    }
    at += TAGS.bytes;
  }
  return null;
}
