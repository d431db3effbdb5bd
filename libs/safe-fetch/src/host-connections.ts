import { LookalikeError } from '#core';
import type { Connect } from './checked-connector.js';
import type { PictureFetcherLimits } from './fetcher-options.js';
import { HostConnection } from './host-connection.js';

type Limits = Pick<
  PictureFetcherLimits,
  'fetchesPerHost' | 'maxWaitingPerHost' | 'queueTimeoutMs' | 'maxIdleConnections' | 'maxHeaderBytes'
>;

interface Host {
  lent: number;
  /** In the order in which they came. */
  readonly waiting: Set<() => void>;
}

/**
 * Lends connections, so many at once to each origin (scheme, host and port); who comes later waits for a turn. Origins
 * that nobody uses are forgotten, but for a limited number of idle connections.
 */
export class HostConnections {
  readonly #hosts = new Map<string, Host>();
  /** The longest idle first. */
  readonly #idle = new Set<HostConnection>();

  constructor(
    private readonly limits: Limits,
    private readonly connect: Connect,
  ) {}

  /** To be given back. @throws `overloaded` when too many wait, or it waited too long; or the signal's reason. */
  async lend(origin: string, signal: AbortSignal): Promise<HostConnection> {
    signal.throwIfAborted();
    const host = this.#hosts.get(origin) ?? { lent: 0, waiting: new Set() };
    this.#hosts.set(origin, host);
    if (host.lent < this.limits.fetchesPerHost) host.lent += 1;
    else await this.#turn(host, signal);
    return this.#takeIdle(origin) ?? new HostConnection(origin, this.connect, this.limits.maxHeaderBytes);
  }

  /** `isReusable`: its last answer was read to the end. */
  giveBack(connection: HostConnection, isReusable: boolean): void {
    if (isReusable) this.#keep(connection);
    else connection.destroy();
    const host = this.#hosts.get(connection.origin);
    const [next] = host?.waiting ?? [];
    if (host === undefined) return;
    if (next !== undefined) {
      // The turn goes on to the next, so nobody who comes now can overtake.
      next();
    } else {
      host.lent -= 1;
      if (host.lent === 0) this.#hosts.delete(connection.origin);
    }
  }

  /** Of what is lent its borrowers take care. */
  closeIdle(): void {
    for (const connection of this.#idle) connection.destroy();
    this.#idle.clear();
  }

  #turn({ waiting }: Host, signal: AbortSignal): Promise<void> {
    if (waiting.size >= this.limits.maxWaitingPerHost) throw overloaded();
    return new Promise((resolve, reject) => {
      const leave = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        waiting.delete(enter);
      };
      const enter = () => {
        leave();
        resolve();
      };
      const refuse = (reason: unknown) => {
        leave();
        reject(reason);
      };
      const onAbort = () => refuse(signal.reason);
      const timer = setTimeout(() => refuse(overloaded()), this.limits.queueTimeoutMs);
      signal.addEventListener('abort', onAbort);
      waiting.add(enter);
    });
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

function overloaded(): LookalikeError {
  return new LookalikeError('overloaded', 'Too many pictures of this host are being fetched.');
}
