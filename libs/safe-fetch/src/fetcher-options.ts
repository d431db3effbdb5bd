import { LookalikeError } from '#core';
import type { ResolveHost } from './dns-resolver.js';
import type { LinkRules } from './link-rules.js';
import type { ObjectSource } from './object-source.js';

/** What is fetched, and how much of everything it may take. Times are milliseconds, sizes bytes. */
export interface PictureFetcherLimits extends LinkRules {
  /** Redirects that one link may take, each held against all rules again. */
  readonly maxRedirects: number;
  /** Of one answer's headers, and of its trailers. */
  readonly maxHeaderBytes: number;
  /** For each answer, from looking its host up to the end of its headers. */
  readonly firstByteTimeoutMs: number;
  /** A body must bring `minBytesPerSecond` on average over every stretch of this length. */
  readonly stallTimeoutMs: number;
  readonly minBytesPerSecond: number;
  /** For the whole of it, redirects among it, from the first turn at a host to the last byte. */
  readonly totalTimeoutMs: number;
  /** At once, of one scheme, host and port, or of one bucket: also the connections that it sees from us. */
  readonly fetchesPerHost: number;
  /** Fetches that wait for their turn at one host; one more is `overloaded`. */
  readonly maxWaitingPerHost: number;
  /** How long one waits for its turn until it is `overloaded`. */
  readonly queueTimeoutMs: number;
  /** Connections, to all hosts, that are kept for the next fetch. */
  readonly maxIdleConnections: number;
}

export interface PictureFetcherOptions extends Partial<PictureFetcherLimits> {
  /**
   * Networks (`10.1.0.0/16`) and addresses to fetch from although they are not public: a picture server of one's own.
   * Of addresses that stand for an IPv4 address (NAT64, 6to4, IPv4-mapped) that one must be public or allowed too.
   */
  readonly allowedNetworks?: readonly string[];
  /** DNS unless given. */
  readonly resolveHost?: ResolveHost;
  /** Where `s3:` links lead. Without it they are refused. */
  readonly objects?: ObjectSource;
}

export const PICTURE_FETCHER_DEFAULTS: PictureFetcherLimits = {
  httpPorts: [80],
  httpsPorts: [443],
  maxRedirects: 5,
  maxHeaderBytes: 16 * 1024,
  firstByteTimeoutMs: 20_000,
  stallTimeoutMs: 10_000,
  // 32 kbit/s: slower than any network that pictures are served over.
  minBytesPerSecond: 4096,
  // 32 MiB at 2.2 Mbit/s.
  totalTimeoutMs: 120_000,
  fetchesPerHost: 4,
  maxWaitingPerHost: 256,
  queueTimeoutMs: 60_000,
  maxIdleConnections: 64,
};

const TIMER_MAX_MS = 2 ** 31 - 1;
const RANGES: Readonly<Record<Exclude<keyof PictureFetcherLimits, keyof LinkRules>, readonly [number, number]>> = {
  maxRedirects: [0, 20],
  maxHeaderBytes: [1024, 1024 * 1024],
  firstByteTimeoutMs: [1, TIMER_MAX_MS],
  stallTimeoutMs: [1, TIMER_MAX_MS],
  minBytesPerSecond: [0, 2 ** 30],
  totalTimeoutMs: [1, TIMER_MAX_MS],
  fetchesPerHost: [1, 1024],
  maxWaitingPerHost: [0, 1_000_000],
  queueTimeoutMs: [1, TIMER_MAX_MS],
  maxIdleConnections: [0, 10_000],
};

/** @throws LookalikeError `invalid-setting`, with the name of the option, its value and what it may be. */
export function fetcherLimits(options: Partial<PictureFetcherLimits>): PictureFetcherLimits {
  const given = Object.entries(options).filter(
    ([name, value]) => name in PICTURE_FETCHER_DEFAULTS && value !== undefined,
  );
  const limits = { ...PICTURE_FETCHER_DEFAULTS, ...Object.fromEntries(given) };
  for (const [name, [least, most]] of Object.entries(RANGES)) {
    expectWhole(name, limits[name as keyof typeof RANGES], least, most);
  }
  for (const name of ['httpPorts', 'httpsPorts'] as const) {
    for (const port of limits[name]) expectWhole(name, port, 1, 65_535);
  }
  return limits;
}

function expectWhole(setting: string, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  throw new LookalikeError(
    'invalid-setting',
    `${setting} is ${value}; it must be a whole number from ${least} to ${most}.`,
    {
      facts: { setting, value },
    },
  );
}
