import { LookalikeError } from '#core';
import { type AddressBytes, addressBytes, type IpNetwork, isWithin, parseNetwork } from './ip-network.js';
import { EMBEDDING_NETWORKS, GLOBAL_IPV6, SPECIAL_NETWORKS } from './special-networks.js';

const SPECIAL = SPECIAL_NETWORKS.map(network);
const GLOBAL = network(GLOBAL_IPV6);
const EMBEDDING = EMBEDDING_NETWORKS.map(([text, firstByte]) => ({ network: network(text), firstByte }));

/** Which addresses may be connected to: public ones, and those of networks that the operator names. */
export class AddressPolicy {
  readonly #allowed: readonly IpNetwork[];

  /** @param allowedNetworks such as `10.1.0.0/16` or `fd00::7`. @throws LookalikeError `invalid-setting`. */
  constructor(allowedNetworks: readonly string[]) {
    this.#allowed = allowedNetworks.map(network);
  }

  /** True also for what is no address at all. */
  isRefused(address: string): boolean {
    const bytes = addressBytes(address);
    return bytes === null || this.#isRefused(bytes);
  }

  #isRefused(address: AddressBytes): boolean {
    const isAllowed = this.#allowed.some((it) => isWithin(it, address));
    if (!isAllowed && !isPublic(address)) return true;
    // Allowing a network of gateways opens a way to the public addresses behind them, and not to private ones.
    const { firstByte } = EMBEDDING.find((it) => isWithin(it.network, address)) ?? {};
    return firstByte !== undefined && this.#isRefused(address.slice(firstByte, firstByte + 4));
  }
}

function isPublic(address: AddressBytes): boolean {
  if (address.length === 16 && !isWithin(GLOBAL, address)) return false;
  return !SPECIAL.some((it) => isWithin(it, address));
}

function network(text: string): IpNetwork {
  const parsed = parseNetwork(text);
  if (parsed !== null) return parsed;
  throw new LookalikeError('invalid-setting', `'${text}' is no network: it must be as 10.1.0.0/16 or fd00::/8.`, {
    facts: { setting: 'allowedNetworks', value: text },
  });
}
