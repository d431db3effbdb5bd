import { isIP, type LookupFunction, type Socket } from 'node:net';
import { buildConnector } from 'undici';
import { LookalikeError } from '#core';
import type { AddressPolicy } from './address-policy.js';
import type { ResolveHost } from './dns-resolver.js';
import { refused } from './link-rules.js';

/** Returns the socket while it still connects, so that it can be given up. */
export type Connect = (options: buildConnector.Options, callback: buildConnector.Callback) => Socket | undefined;

type Policy = Pick<AddressPolicy, 'isRefused'>;

/** A name with more is tried at its first ones only. */
const ADDRESSES_TRIED = 16;

/**
 * The only way to a socket. The name is looked up here, once, and the checked addresses go straight to the system call:
 * between check and connection nobody asks DNS again, so an answer that changes (DNS rebinding) changes nothing. A name
 * with one refused address among good ones is refused as a whole.
 */
export function checkedConnector(policy: Policy, resolveHost: ResolveHost, timeoutMs: number): Connect {
  const lookup: LookupFunction = (hostname, { all }, callback) => {
    checkedAddresses(hostname, policy, resolveHost).then(
      ([first, ...others]) => (all ? callback(null, [first, ...others]) : callback(null, first.address, first.family)),
      (error) => callback(error, []),
    );
  };
  const connect = buildConnector({ lookup, timeout: timeoutMs } as buildConnector.BuildOptions) as Connect;
  return (options, callback) => {
    // Node connects to an address without a lookup.
    if (isIP(options.hostname) !== 0 && policy.isRefused(options.hostname)) {
      callback(addressRefused(), null);
      return undefined;
    }
    return connect(options, (...result) => {
      const [error, socket] = result;
      // Never false after the checks above, unless a runtime goes another way than they assume.
      if (error === null && policy.isRefused(socket.remoteAddress ?? '')) {
        socket.destroy();
        callback(addressRefused(), null);
      } else {
        callback(...result);
      }
    });
  };
}

interface FoundAddress {
  readonly address: string;
  readonly family: number;
}

async function checkedAddresses(
  hostname: string,
  policy: Policy,
  resolveHost: ResolveHost,
): Promise<[FoundAddress, ...FoundAddress[]]> {
  const addresses = await resolveHost(hostname);
  if (addresses.some((it) => policy.isRefused(it))) throw addressRefused();
  const found = addresses.slice(0, ADDRESSES_TRIED).map((address) => ({ address, family: isIP(address) }));
  const [first, ...others] = found;
  if (first === undefined) throw new LookalikeError('link-unavailable', 'The host of the link has no address.');
  return [first, ...others];
}

function addressRefused(): LookalikeError {
  return refused('address', 'The link leads to an address that pictures are not fetched from.');
}
