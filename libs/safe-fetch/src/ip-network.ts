import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Four bytes or sixteen, in network order. */
export type AddressBytes = readonly number[];

export interface IpNetwork {
  readonly bytes: AddressBytes;
  readonly prefixBits: number;
}

/** `null` for what is no address in its usual notation, and for one of a certain interface (`fe80::1%eth0`). */
export function addressBytes(text: string): AddressBytes | null {
  const family = text.includes('%') ? 0 : isIP(text);
  if (family === 0) return null;
  // The parser knows few of the forms that end in a dotted IPv4 address; a URL writes them all in hex.
  const plain = family === 6 ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text;
  return ipaddr.parse(plain).toByteArray();
}

/** From `10.1.0.0/16`, or an address alone; `null` for anything else, and where the prefix leaves out bits that are set. */
export function parseNetwork(text: string): IpNetwork | null {
  const [, address = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const bytes = addressBytes(address);
  if (bytes === null) return null;
  const prefixBits = prefix === undefined ? bytes.length * 8 : Number(prefix);
  if (prefixBits > bytes.length * 8) return null;
  // `10.0.0.1/8` may be meant as that address alone: opening 16 million is not for us to guess.
  return bytes.every((byte, at) => (byte & ~maskAt(at, prefixBits)) === 0) ? { bytes, prefixBits } : null;
}

/** An address of the other family is in no network: `::ffff:10.0.0.1` is not in `10.0.0.0/8`. */
export function isWithin({ bytes, prefixBits }: IpNetwork, address: AddressBytes): boolean {
  return (
    bytes.length === address.length && bytes.every((byte, at) => byte === ((address[at] ?? 0) & maskAt(at, prefixBits)))
  );
}

/** The bits of byte `at` that belong to the prefix. */
function maskAt(at: number, prefixBits: number): number {
  const bits = Math.min(8, Math.max(0, prefixBits - 8 * at));
  return (0xff << (8 - bits)) & 0xff;
}
