import { LookalikeError } from '#core';
import type { PictureFetcherLimits } from './fetcher-options.js';

type Limits = Pick<PictureFetcherLimits, 'fetchesPerHost' | 'maxWaitingPerHost' | 'queueTimeoutMs'>;

interface Host {
  taken: number;
  /** In the order in which they came. */
  readonly waiting: Set<() => void>;
}

/** So many at once at each host; who comes later waits for a turn. Hosts that nobody uses are forgotten. */
export class Turns {
  readonly #hosts = new Map<string, Host>();

  constructor(private readonly limits: Limits) {}

  /** To be passed on. @throws `overloaded` when too many wait, or it waited too long; or the signal's reason. */
  async take(name: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const host = this.#hosts.get(name) ?? { taken: 0, waiting: new Set() };
    this.#hosts.set(name, host);
    if (host.taken < this.limits.fetchesPerHost) host.taken += 1;
    else await this.#wait(host, signal);
  }

  passOn(name: string): void {
    const host = this.#hosts.get(name);
    const [next] = host?.waiting ?? [];
    if (host === undefined) return;
    if (next !== undefined) {
      // The turn goes on to the next, so nobody who comes now can overtake.
      next();
    } else {
      host.taken -= 1;
      if (host.taken === 0) this.#hosts.delete(name);
    }
  }

  #wait({ waiting }: Host, signal: AbortSignal): Promise<void> {
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
}

function overloaded(): LookalikeError {
  return new LookalikeError('overloaded', 'Too many pictures of this host are being fetched.');
}
