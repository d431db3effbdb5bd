import { Resolver } from 'node:dns/promises';

/**
 * The addresses of a host name, IPv4 and IPv6, at least one; it rejects when there is none. It is asked once for each
 * connection, and what it says is what is checked and connected to.
 */
export type ResolveHost = (hostname: string) => Promise<readonly string[]>;

/** Of each of a system's servers; doubled with each try. */
const QUERY_TIMEOUT_MS = 2000;
const QUERY_TRIES = 2;

/**
 * Asks the system's DNS servers, or these (`127.0.0.1:5353`). Not `dns.lookup`: that works on the threads that read files
 * and decode pictures, four by default, and a few slow name servers would hold them all. So neither the hosts file nor
 * search domains count; `localhost` is loopback (RFC 6761).
 */
export function dnsResolver(servers?: readonly string[]): ResolveHost {
  return async (hostname) => {
    const name = hostname.replace(/\.$/, '');
    if (name === 'localhost' || name.endsWith('.localhost')) return ['127.0.0.1', '::1'];
    // A new one each time: it reads the system's configuration when it is made, and no later change of it.
    const resolver = new Resolver({ timeout: QUERY_TIMEOUT_MS, tries: QUERY_TRIES });
    if (servers !== undefined) resolver.setServers(servers);
    const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    const addresses = answers.flatMap((it) => (it.status === 'fulfilled' ? it.value : []));
    if (addresses.length > 0) return addresses;
    throw answers.map((it) => (it.status === 'rejected' ? it.reason : null)).find((reason) => reason !== null);
  };
}
