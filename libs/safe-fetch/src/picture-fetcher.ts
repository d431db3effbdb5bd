import type { Readable } from 'node:stream';
import { type FetchedPicture, giveBack, type LinkExpectation, returnableBytes } from '#core';
import { AddressPolicy } from './address-policy.js';
import type { FoundPicture } from './ask.js';
import { checkedConnector } from './checked-connector.js';
import { dnsResolver } from './dns-resolver.js';
import { FetchRun } from './fetch-run.js';
import { fetcherLimits, type PictureFetcherLimits, type PictureFetcherOptions } from './fetcher-options.js';
import { followLink } from './follow-link.js';
import { HostConnections } from './host-connections.js';
import { closedError, tooLarge } from './link-errors.js';
import { checkLink } from './link-rules.js';
import { isObjectLink, objectOf } from './object-link.js';
import type { ObjectSource } from './object-source.js';
import { openObject } from './open-object.js';
import { Turns } from './turns.js';

export interface OpenedPicture {
  /** Fails before its end with what `fetch` would throw. To be read to its end or destroyed; it lasts as long as a fetch may. */
  readonly stream: Readable;
  /** What the server says it is, in lowercase and without parameters; `null` when it does not say. */
  readonly mediaType: string | null;
  /** By the server's word, which the stream keeps; `null` when it does not say. */
  readonly sizeBytes: number | null;
}

/**
 * Fetches pictures by links that strangers wrote, once each, without a retry. Nothing is connected to but what the rules
 * allow: each link and each redirect is checked, and each address when it is connected to.
 */
export class PictureFetcher {
  readonly #limits: PictureFetcherLimits;
  readonly #connections: HostConnections;
  readonly #objects: ObjectSource | undefined;
  readonly #turnsAtBuckets: Turns;
  readonly #runs = new Set<FetchRun>();
  #isClosed = false;

  /** @throws LookalikeError `invalid-setting`. */
  constructor(options: PictureFetcherOptions = {}) {
    const { allowedNetworks = [], resolveHost = dnsResolver(), objects, ...limits } = options;
    this.#limits = fetcherLimits(limits);
    this.#objects = objects;
    this.#turnsAtBuckets = new Turns(this.#limits);
    const policy = new AddressPolicy(allowedNetworks);
    const connect = checkedConnector(policy, resolveHost, this.#limits.firstByteTimeoutMs);
    this.#connections = new HostConnections(this.#limits, connect);
  }

  /**
   * The whole picture in memory: `sizeBytes` of it where they are declared or the server says them, else up to twice
   * what it has. @throws LookalikeError `link-…`, `overloaded`; or the signal's reason.
   */
  async fetch(uri: string, expected: LinkExpectation): Promise<FetchedPicture> {
    const { stream, mediaType, sizeBytes } = await this.open(uri, expected);
    return { bytes: await collect(stream, expected.sizeBytes ?? sizeBytes), mediaType };
  }

  /** What can be said of a link before anybody is asked. @throws `link-refused`. */
  check(uri: string): void {
    if (this.#objects !== undefined && isObjectLink(uri)) objectOf(uri, this.#objects.buckets);
    else checkLink(uri, this.#limits);
  }

  /** The picture as it comes. @throws LookalikeError `link-…`, `overloaded`; or the signal's reason. */
  async open(uri: string, expected: LinkExpectation): Promise<OpenedPicture> {
    if (this.#isClosed) throw closedError();
    const { sizeBytes = 0, maxBytes } = expected;
    if (sizeBytes > maxBytes) throw tooLarge(maxBytes);
    const run = new FetchRun(this.#limits, expected.signal);
    this.#runs.add(run);
    const end = () => {
      run.end();
      this.#runs.delete(run);
    };
    try {
      const { stream, answer } = await this.#find(uri, expected, run);
      stream.once('close', end);
      return { stream, mediaType: answer.mediaType, sizeBytes: answer.sizeBytes };
    } catch (error) {
      end();
      throw error;
    }
  }

  /** Ends what is under way with a fault (`link-unavailable`), and resolves when it has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const runs = [...this.#runs];
    for (const run of runs) run.abort(closedError());
    await Promise.all(runs.map((run) => run.ended));
    this.#connections.closeIdle();
  }

  #find(uri: string, expected: LinkExpectation, run: FetchRun): Promise<FoundPicture> {
    return this.#objects !== undefined && isObjectLink(uri)
      ? openObject(uri, expected, this.#objects, this.#turnsAtBuckets, run)
      : followLink(uri, expected, this.#limits, this.#connections, run);
  }
}

/** @throws LookalikeError `invalid-setting`, with the name of the option. */
export function createPictureFetcher(options: PictureFetcherOptions = {}): PictureFetcher {
  return new PictureFetcher(options);
}

/** The stream gives at most `sizeBytes`, and fails unless it gives them all. */
async function collect(stream: Readable, sizeBytes: number | null): Promise<Buffer> {
  if (sizeBytes === null) return gather(stream);
  const bytes = returnableBytes(sizeBytes);
  let filled = 0;
  try {
    for await (const chunk of stream) {
      bytes.set(chunk, filled);
      filled += chunk.length;
    }
  } catch (error) {
    giveBack(bytes);
    throw error;
  }
  return Buffer.from(bytes.buffer);
}

async function gather(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  const bytes = returnableBytes(chunks.reduce((sum, { length }) => sum + length, 0));
  let filled = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, filled);
    filled += chunk.length;
  }
  return Buffer.from(bytes.buffer);
}
