import type { Connect } from './checked-connector.js';
import type { PictureFetcherLimits } from './fetcher-options.js';
import { HostConnection } from './host-connection.js';
import { Turns } from './turns.js';

/**
 * Lends connections, in turns at each origin (scheme, host and port). Of those that nobody uses a limited number is
 * kept.
 */
export class HostConnections {
  readonly #turns: Turns;
  /** The longest idle first. */
  readonly #idle = new Set<HostConnection>();

  constructor(
    private readonly limits: PictureFetcherLimits,
    private readonly connect: Connect,
  ) {
    this.#turns = new Turns(limits);
  }

  /** To be given back. @throws `overloaded` when too many wait, or it waited too long; or the signal's reason. */
  async lend(origin: string, signal: AbortSignal): Promise<HostConnection> {
    await this.#turns.take(origin, signal);
    return this.#takeIdle(origin) ?? new HostConnection(origin, this.connect, this.limits.maxHeaderBytes);
  }

  /** `isReusable`: its last answer was read to the end. */
  giveBack(connection: HostConnection, isReusable: boolean): void {
    if (isReusable) this.#keep(connection);
    else connection.destroy();
    this.#turns.passOn(connection.origin);
  }

  /** Of what is lent its borrowers take care. */
  closeIdle(): void {
    for (const connection of this.#idle) connection.destroy();
    this.#idle.clear();
  }

  #takeIdle(origin: string): HostConnection | undefined {
    // The one that was used last is the likeliest to be open still.
    const found = [...this.#idle].findLast((it) => it.origin === origin);
    if (found !== undefined) this.#idle.delete(found);
    return found;
  }

  #keep(connection: HostConnection): void {
    this.#idle.add(connection);
    for (const longestIdle of this.#idle) {
      if (this.#idle.size <= this.limits.maxIdleConnections) break;
      this.#idle.delete(longestIdle);
      longestIdle.destroy();
    }
  }
}
