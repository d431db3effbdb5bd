/** IEEE 754 half precision, rounded to nearest, ties to even. Node 20 has no Float16Array. */
const floats = new Float32Array(1);
const bits = new Uint32Array(floats.buffer);

export function toHalf(value: number): number {
  floats[0] = value;
  const word = bits[0] ?? 0;
  const sign = (word >>> 16) & 0x8000;
  const rest = word & 0x7fff_ffff;
  if (rest >= 0x4780_0000) return sign | (rest > 0x7f80_0000 ? 0x7e00 : 0x7c00);
  if (rest < 0x3880_0000) {
    // Subnormal: adding 0.5 lets the float unit shift and round the fraction into the last ten bits.
    floats[0] = Math.abs(value) + 0.5;
    return sign | ((bits[0] ?? 0) - 0x3f00_0000);
  }
  return sign | ((rest - 0x3800_0000 + 0xfff + ((rest >>> 13) & 1)) >>> 13);
}

export function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
