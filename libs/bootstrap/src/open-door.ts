import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Settings } from '#config';
import { LookalikeError } from '#core';
import { isLoopback } from '#nest';

type Names = (host: string) => Promise<readonly { readonly address: string }[]>;
const SYSTEM_NAMES: Names = (host) => lookup(host, { all: true });

/**
 * Without keys whoever reaches the server may do everything, so it then listens where only this machine reaches it.
 * Names are looked up as listening will look them up: `localhost` may be anything in a hosts file.
 * @throws `invalid-setting`; what the lookup of a name fails with.
 */
export async function refuseOpenDoor(
  { server, access }: Pick<Settings, 'server' | 'access'>,
  names: Names = SYSTEM_NAMES,
): Promise<void> {
  if (access.keys.length > 0) return;
  const { host } = server;
  const addresses = isIP(host) === 0 ? (await names(host)).map(({ address }) => address) : [host];
  if (addresses.every(isLoopback)) return;
  throw new LookalikeError(
    'invalid-setting',
    `LOOKALIKE_HOST is ${JSON.stringify(host)}, which other machines can reach, and LOOKALIKE_API_KEYS is not set: whoever ` +
      'reaches the server could do everything. Make a key with `lookalike keys new`, or listen on 127.0.0.1.',
    { facts: { setting: 'LOOKALIKE_HOST', host } },
  );
}
