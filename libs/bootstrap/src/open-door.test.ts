import { loadSettings } from '#config';
import { refuseOpenDoor } from './open-door.js';

const KEYS = `app:publish:${'ab'.repeat(32)}`;
const settings = (host: string, keys = '') => loadSettings({ LOOKALIKE_HOST: host, LOOKALIKE_API_KEYS: keys });
const named =
  (...addresses: string[]) =>
  async () =>
    addresses.map((address) => ({ address }));

describe('without keys', () => {
  test.each(['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1', '0:0:0:0:0:0:0:1'])(
    'a server may listen on %s, which is loopback',
    async (host) => {
      await expect(refuseOpenDoor(settings(host))).resolves.toBeUndefined();
    },
  );

  test.each(['0.0.0.0', '::', '192.168.0.7', '10.0.0.1', '203.0.113.7', 'fe80::1', '::ffff:192.168.0.7'])(
    'a server does not listen on %s',
    async (host) => {
      await expect(refuseOpenDoor(settings(host))).rejects.toMatchObject({
        code: 'invalid-setting',
        message: expect.stringContaining(`LOOKALIKE_HOST is "${host}"`),
      });
    },
  );

  test('a server listens on a name when all its addresses are loopback', async () => {
    await expect(refuseOpenDoor(settings('here'), named('127.0.0.1', '::1'))).resolves.toBeUndefined();
    await expect(refuseOpenDoor(settings('here'), named('127.0.0.1', '192.168.0.7'))).rejects.toMatchObject({
      code: 'invalid-setting',
    });
    await expect(refuseOpenDoor(settings('localhost'), named('192.168.0.7'))).rejects.toMatchObject({
      code: 'invalid-setting',
    });
  });

  test('a name that nobody knows is no reason to listen on it', async () => {
    const unknown = async () => Promise.reject(new Error('ENOTFOUND'));
    await expect(refuseOpenDoor(settings('nowhere'), unknown)).rejects.toThrow('ENOTFOUND');
  });
});

test('with keys a server listens anywhere, and nothing is looked up', async () => {
  const notAsked = async () => Promise.reject(new Error('asked'));
  for (const host of ['0.0.0.0', '::', 'photos.example']) {
    await expect(refuseOpenDoor(settings(host, KEYS), notAsked)).resolves.toBeUndefined();
  }
});
