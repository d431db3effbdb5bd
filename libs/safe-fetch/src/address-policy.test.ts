import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import { AddressPolicy } from './address-policy.js';

const publicOnly = new AddressPolicy([]);

describe('addresses that are refused', () => {
  test.each([
    ['this host', '0.0.0.0'],
    ['private', '10.0.0.1'],
    ['private', '172.31.255.255'],
    ['private', '192.168.1.1'],
    ["carriers' NAT", '100.64.0.1'],
    ['metadata', '100.100.100.200'],
    ['loopback', '127.0.0.1'],
    ['loopback', '127.255.255.254'],
    ['link-local', '169.254.0.1'],
    ['metadata', '169.254.169.254'],
    ['metadata', '192.0.0.192'],
    ['metadata', '168.63.129.16'],
    ['documentation', '192.0.2.1'],
    ['documentation', '198.51.100.1'],
    ['documentation', '203.0.113.1'],
    ['benchmarks', '198.19.255.255'],
    ['relays', '192.88.99.1'],
    ['multicast', '224.0.0.1'],
    ['reserved', '240.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['unspecified', '::'],
    ['loopback', '::1'],
    ['IPv4-compatible', '::127.0.0.1'],
    ['IPv4-mapped', '::ffff:127.0.0.1'],
    ['IPv4-mapped, though public', '::ffff:8.8.8.8'],
    ['IPv4-mapped in hex', '::ffff:7f00:1'],
    ['IPv4-translated', '::ffff:0:127.0.0.1'],
    ['NAT64', '64:ff9b::10.0.0.1'],
    ['NAT64, though public', '64:ff9b::8.8.8.8'],
    ['local NAT64', '64:ff9b:1::1'],
    ['6to4', '2002:7f00:1::'],
    ['Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
    ['discard', '100::1'],
    ['documentation', '2001:db8::1'],
    ['documentation', '3fff::1'],
    ['segment routing', '5f00::1'],
    ['unique-local', 'fc00::1'],
    ['metadata', 'fd00:ec2::254'],
    ['link-local', 'fe80::1'],
    ['link-local of an interface', 'fe80::1%eth0'],
    ['public of an interface', '2606:4700::1%eth0'],
    ['site-local', 'fec0::1'],
    ['multicast', 'ff02::1'],
    ['not assigned', '4000::1'],
    ['no address', 'localhost'],
    ['no address', ''],
    ['no usual notation', '0177.0.0.1'],
    ['no usual notation', '2130706433'],
    ['no usual notation', '127.1'],
  ])('%s: %s', (_, address) => {
    expect(publicOnly.isRefused(address)).toBe(true);
  });
});

test.each(['8.8.8.8', '1.1.1.1', '93.184.216.34', '172.32.0.1', '100.128.0.1', '223.255.255.255', '2606:4700::1111'])(
  'the public address %s is not refused',
  (address) => expect(publicOnly.isRefused(address)).toBe(false),
);

/** Node's own matching of networks, as a second opinion. */
const [PRIVATE_V4, PRIVATE_V6] = [
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.168.0.0/16 224.0.0.0/3',
  '::/3 4000::/2 8000::/1 2002::/16 2001::/23 2001:db8::/32',
].map((text, at) => {
  const list = new BlockList();
  for (const it of text.split(' ')) {
    const [network = '', prefix] = it.split('/');
    list.addSubnet(network, Number(prefix), at === 0 ? 'ipv4' : 'ipv6');
  }
  return list;
}) as [BlockList, BlockList];

const v4 = fc.ipV4();
const v6 = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 })
  .map((parts) => parts.map((it) => it.toString(16)).join(':'));
/** Random addresses are hardly ever near a border. */
const nearby = fc
  .tuple(fc.constantFrom(0, 10, 100, 127, 169, 172, 192, 198, 203, 224, 255), fc.nat(255), fc.nat(255), fc.nat(255))
  .map((bytes) => bytes.join('.'));

function hexPair(address: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

describe('for any address', () => {
  test('what Node finds in a private network is refused, in IPv4', () => {
    fc.assert(
      fc.property(fc.oneof(v4, nearby), (address) => {
        if (PRIVATE_V4.check(address, 'ipv4')) expect(publicOnly.isRefused(address)).toBe(true);
      }),
    );
  });

  test('what Node finds outside of public space is refused, in IPv6', () => {
    fc.assert(
      fc.property(v6, (address) => {
        if (PRIVATE_V6.check(address, 'ipv6')) expect(publicOnly.isRefused(address)).toBe(true);
      }),
    );
  });

  test('no form of IPv6 that stands for an IPv4 address is a way around', () => {
    fc.assert(
      fc.property(fc.oneof(v4, nearby), (address) => {
        for (const form of [
          `::ffff:${address}`,
          `::${address}`,
          `64:ff9b::${address}`,
          `2002:${hexPair(address)}::1`,
        ]) {
          expect(publicOnly.isRefused(form)).toBe(true);
        }
      }),
    );
  });

  test('its notation changes nothing', () => {
    fc.assert(
      fc.property(v6, (address) => {
        const whole = address.split(':').map((it) => it.padStart(4, '0').toUpperCase());
        expect(publicOnly.isRefused(whole.join(':'))).toBe(publicOnly.isRefused(address));
      }),
    );
  });

  test('a URL in any notation of an IPv4 address names an address that is judged alike', () => {
    fc.assert(
      fc.property(fc.oneof(v4, nearby), (address) => {
        const bytes = address.split('.').map(Number);
        const number = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
        const forms = [
          `${number}`,
          `0x${number.toString(16)}`,
          bytes.map((it) => `0${it.toString(8)}`).join('.'),
          `${bytes[0]}.${(bytes[1] ?? 0) * 65_536 + (bytes[2] ?? 0) * 256 + (bytes[3] ?? 0)}`,
        ];
        for (const form of forms) expect(new URL(`http://${form}/`).hostname).toBe(address);
      }),
    );
  });

  test('text that is no address is refused', () => {
    fc.assert(fc.property(fc.string(), (text) => isIP(text) !== 0 || publicOnly.isRefused(text)));
  });

  test('a network that is allowed opens its own addresses and no others', () => {
    const policy = new AddressPolicy(['10.1.0.0/16', 'fd00:1::/32']);
    fc.assert(
      fc.property(nearby, fc.nat(255), fc.nat(255), (address, c, d) => {
        expect(policy.isRefused(`10.1.${c}.${d}`)).toBe(false);
        if (!address.startsWith('10.1.')) expect(policy.isRefused(address)).toBe(publicOnly.isRefused(address));
      }),
    );
    expect(policy.isRefused('fd00:1::7')).toBe(false);
    expect(policy.isRefused('fd00:2::7')).toBe(true);
    expect(policy.isRefused('::ffff:10.1.0.1')).toBe(true);
  });
});

test('gateways that are allowed lead to public addresses, and not to private ones', () => {
  const policy = new AddressPolicy(['64:ff9b::/96', '2002::/16', '::ffff:0:0/96']);
  for (const form of ['64:ff9b::8.8.8.8', '2002:808:808::1', '::ffff:8.8.8.8'])
    expect(policy.isRefused(form)).toBe(false);
  for (const form of ['64:ff9b::10.0.0.1', '2002:a00:1::1', '::ffff:10.0.0.1'])
    expect(policy.isRefused(form)).toBe(true);
});

test('a single address may be allowed', () => {
  const policy = new AddressPolicy(['127.0.0.1', '::1']);
  expect(policy.isRefused('127.0.0.1')).toBe(false);
  expect(policy.isRefused('::1')).toBe(false);
  expect(policy.isRefused('127.0.0.2')).toBe(true);
});

test.each([
  '10/8',
  '10.0.0.1/8',
  '10.0.0.0/33',
  '::/129',
  '10.0.0.0/',
  'example.org',
  '',
  '010.0.0.0/8',
  'fe80::1%eth0/64',
])('allowing %p is an error, not a guess', (text) => {
  expect(() => new AddressPolicy([text])).toThrow(expect.objectContaining({ code: 'invalid-setting' }));
});
