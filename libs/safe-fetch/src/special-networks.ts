/**
 * Addresses that no picture of the public internet has: the special-purpose registries of IANA (RFC 6890 and what was
 * added to them), whether or not they are routed somewhere, and what clouds answer their machines from.
 */
export const SPECIAL_NETWORKS: readonly string[] = [
  '0.0.0.0/8', // this host
  '10.0.0.0/8', // private
  '100.64.0.0/10', // shared by carriers' NAT; a cloud's metadata
  '127.0.0.0/8', // loopback
  '168.63.129.16/32', // a cloud's own services, in public space
  '169.254.0.0/16', // link-local; clouds' metadata
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments; a cloud's metadata
  '192.0.2.0/24', // documentation
  '192.31.196.0/24', // AS112
  '192.52.193.0/24', // AMT
  '192.88.99.0/24', // relays of 6to4
  '192.168.0.0/16', // private
  '192.175.48.0/24', // AS112
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved; broadcast
  '2001::/23', // protocol assignments, Teredo among them
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4
  '2620:4f:8000::/48', // AS112
  '3fff::/20', // documentation
];

/**
 * All that is handed out for public use in IPv6. Outside lie loopback, unique-local, link-local, multicast, IPv4-mapped
 * and NAT64 addresses, and what is not assigned.
 */
export const GLOBAL_IPV6 = '2000::/3';

/** Networks whose addresses stand for an IPv4 address, and at which of their 16 bytes it begins. */
export const EMBEDDING_NETWORKS: readonly (readonly [network: string, firstByte: number])[] = [
  ['::ffff:0:0/96', 12], // IPv4-mapped
  ['::ffff:0:0:0/96', 12], // IPv4-translated
  ['64:ff9b::/96', 12], // NAT64
  ['2002::/16', 2], // 6to4
];
