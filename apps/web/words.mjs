const WHOLE = new Intl.NumberFormat('en');

/** @param {number} number @param {string} one @param {string} [many] */
export function count(number, one, many = `${one}s`) {
  return `${WHOLE.format(number)} ${number === 1 ? one : many}`;
}

/** Rounded down, so that only the same vector shows as 100 %. @param {number} cosine */
export function percent(cosine) {
  const tenths = Math.floor(Math.max(0, Math.min(1, cosine)) * 1000 + 1e-3);
  return tenths === 1000 ? '100 %' : `${(tenths / 10).toFixed(1)} %`;
}

/** @param {number} tookMs */
export function duration(tookMs) {
  return tookMs < 1000 ? `${Math.max(1, Math.round(tookMs))} ms` : `${(tookMs / 1000).toFixed(1)} s`;
}
