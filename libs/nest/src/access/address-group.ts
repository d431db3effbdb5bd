import { isIPv6 } from 'node:net';

/**
 * What counts as one caller: an IPv4 address, or the first 64 bits of an IPv6 one, since a single machine usually has
 * that whole network to take addresses from.
 */
export function addressGroup(address: string): string {
  const plain = address.split('%')[0] ?? '';
  if (!isIPv6(plain)) return plain;
  // However it is written, a URL has it in hex groups with at most one `::`.
  const hex = new URL(`http://[${plain}]`).hostname.slice(1, -1);
  const [left = '', right] = hex.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const groups = [...left, ...Array(8 - left.length - (right?.length ?? 0)).fill('0'), ...(right ?? [])];
  const isMapped = groups.slice(0, 5).every((it) => it === '0') && groups[5] === 'ffff';
  return isMapped ? dotted(groups.slice(6)) : `${groups.slice(0, 4).join(':')}::/64`;
}

/** An IPv4 address on a socket that takes both kinds: `::ffff:7f00:1` is 127.0.0.1. */
function dotted(groups: readonly string[]): string {
  return groups.flatMap((it) => [Number.parseInt(it, 16) >> 8, Number.parseInt(it, 16) & 0xff]).join('.');
}
