import { LRUCache } from 'lru-cache';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import { API_SCOPES, type ApiScope, LookalikeError } from '#core';

/** Of requests. */
export interface Rate {
  readonly perSecond: number;
  /** At once. */
  readonly burst: number;
}

export type Rates = Readonly<Record<ApiScope, Rate>>;

/** Requests that are refused for want of a key, of one address. Keys are not found by trying; this only keeps tries cheap. */
const REFUSED: Rate = { perSecond: 5, burst: 100 };
/** Callers that one rate remembers, 540 bytes each as measured with 10,000 of them. Whoever is forgotten begins anew: there are never too many to keep. */
const MAX_CALLERS = 10_000;

/** How often each caller may ask for what. Counted in this process alone. */
export class RateLimits {
  readonly #limiters: ReadonlyMap<ApiScope | 'refused', Limiter>;

  constructor(rates: Rates, maxCallers = MAX_CALLERS) {
    const byScope = API_SCOPES.map((scope) => [scope, new Limiter(rates[scope], maxCallers)] as const);
    this.#limiters = new Map([...byScope, ['refused', new Limiter(REFUSED, maxCallers)] as const]);
  }

  /** @throws `rate-limited`, with `retryAfterSeconds` in its facts. */
  async count(what: ApiScope | 'refused', caller: string): Promise<void> {
    await this.#limiters.get(what)?.count(caller);
  }
}

/** A window begins with a caller's first request, has room for `burst` of them, and is as long as they take on average. */
class Limiter {
  readonly #window: RateLimiterMemory;
  readonly #windowMs: number;
  readonly #callers: LRUCache<string, true>;

  constructor({ perSecond, burst }: Rate, maxCallers: number) {
    this.#window = new RateLimiterMemory({ points: burst, duration: burst / perSecond, keyPrefix: '' });
    this.#windowMs = (burst / perSecond) * 1000;
    // The windows themselves have no limit but time.
    this.#callers = new LRUCache({ max: maxCallers, dispose: (_, caller) => void this.#window.delete(caller) });
  }

  async count(caller: string): Promise<void> {
    if (this.#callers.get(caller) === undefined) this.#callers.set(caller, true);
    await this.#window.consume(caller).catch(({ msBeforeNext }: RateLimiterRes) => {
      // The window ends by a timer; what is left of it is told by the wall clock, which may have been set back.
      const retryAfterSeconds = Math.max(1, Math.ceil(Math.min(msBeforeNext, this.#windowMs) / 1000));
      throw new LookalikeError('rate-limited', `There were too many requests; go on in ${retryAfterSeconds} s.`, {
        facts: { retryAfterSeconds },
      });
    });
  }
}
