import { isLookalikeError } from '#core';
import { checkLink, checkRedirect } from './link-rules.js';

const RULES = { httpPorts: [80, 8080], httpsPorts: [443] };

function reasonOf(check: () => unknown): unknown {
  try {
    check();
  } catch (error) {
    return isLookalikeError(error) && error.code === 'link-refused' ? error.facts.reason : error;
  }
  return 'fine';
}

test.each([
  ['http://pictures.example/a.jpg', 'fine'],
  ['https://pictures.example:443/a.jpg?size=2#top', 'fine'],
  ['HTTP://PICTURES.EXAMPLE:8080', 'fine'],
  ['https://pictures.example:80/', 'port'],
  ['http://pictures.example:443/', 'port'],
  ['http://pictures.example:0/', 'port'],
  ['http://pictures.example:22/', 'port'],
  ['http://pictures.example:65536/', 'syntax'],
  ['http://me@pictures.example/', 'credentials'],
  ['http://me:secret@pictures.example/', 'credentials'],
  ['http://:secret@pictures.example/', 'credentials'],
  ['file:///etc/passwd', 'scheme'],
  ['gopher://pictures.example/', 'scheme'],
  ['ftp://pictures.example/', 'scheme'],
  ['data:image/png;base64,AAAA', 'scheme'],
  ['blob:http://pictures.example/1', 'scheme'],
  ['ws://pictures.example/', 'scheme'],
  ['unix:/run/server.sock', 'scheme'],
  ['//pictures.example/a.jpg', 'syntax'],
  ['http://', 'syntax'],
  ['http://[::1%25lo]/', 'syntax'],
  ['http://1.2.3.4.5/', 'syntax'],
  ['', 'syntax'],
  [`http://pictures.example/${'a'.repeat(8192)}`, 'syntax'],
])('%s: %s', (link, reason) => {
  expect(reasonOf(() => checkLink(link, RULES))).toBe(reason);
});

test('a scheme without ports is off', () => {
  const httpsOnly = { httpPorts: [], httpsPorts: [443] };
  expect(reasonOf(() => checkLink('http://pictures.example/', httpsOnly))).toBe('scheme');
  expect(reasonOf(() => checkLink('https://pictures.example/', httpsOnly))).toBe('fine');
});

test.each([
  ['https://pictures.example/', '/b.jpg', 'fine'],
  ['https://pictures.example/', '//cdn.example/b.jpg', 'fine'],
  ['http://pictures.example/', 'https://pictures.example/', 'fine'],
  ['https://pictures.example/', 'http://pictures.example/', 'downgrade'],
  ['https://pictures.example/', 'file:///etc/passwd', 'scheme'],
  ['https://pictures.example/', '//me@pictures.example/', 'credentials'],
  ['https://pictures.example/', ':8443/', 'fine'],
  ['https://pictures.example/', '//pictures.example:8443/', 'port'],
  ['https://pictures.example/', 'https://', 'syntax'],
])('from %s to %s: %s', (from, location, reason) => {
  expect(reasonOf(() => checkRedirect(location, new URL(from), RULES))).toBe(reason);
});
