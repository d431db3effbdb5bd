import { BlockList, isIP } from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** In whatever form an address is written: `::ffff:127.0.0.1` is one too. Of names only the usual ones are. */
export function isLoopback(host: string): boolean {
  const family = isIP(host);
  if (family === 0) return ['localhost', 'ip6-localhost', 'ip6-loopback'].includes(host.toLowerCase());
  return LOOPBACK.check(host, family === 4 ? 'ipv4' : 'ipv6');
}
