import { NameServer } from '#testkit';
import { dnsResolver } from './dns-resolver.js';

const IPV6 = [0x20, 1, 0xd, 0xb8, ...Array(11).fill(0), 7];

let server: NameServer | undefined;
afterEach(() => server?.stop());

test('a name has the addresses of both families, as its servers say', async () => {
  server = await NameServer.start(({ type }) => (type === 'A' ? [192, 0, 2, 7] : IPV6));
  expect(await dnsResolver([server.address])('pictures.example')).toEqual(['192.0.2.7', '2001:db8::7']);
  expect(new Set(server.asked.map(({ name }) => name))).toEqual(new Set(['pictures.example']));
});

test('one family is enough', async () => {
  server = await NameServer.start(({ type }) => (type === 'AAAA' ? IPV6 : null));
  expect(await dnsResolver([server.address])('pictures.example')).toEqual(['2001:db8::7']);
});

test('a name that nobody knows is an error', async () => {
  server = await NameServer.start(() => null);
  await expect(dnsResolver([server.address])('pictures.example')).rejects.toMatchObject({ code: 'ENOTFOUND' });
});

test.each(['localhost', 'localhost.', 'a.localhost'])('%s is loopback, and no server is asked', async (name) => {
  server = await NameServer.start(() => null);
  expect(await dnsResolver([server.address])(name)).toEqual(['127.0.0.1', '::1']);
  expect(server.asked).toEqual([]);
});
