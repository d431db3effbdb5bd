import {
  type BlobStore,
  type EventLog,
  type ImageEncoder,
  INDEX_GENERATIONS_TOPIC,
  LookalikeError,
  type VectorIndex,
} from '#core';
import { type FaultRule, faultyBlobs, faultyEncoder, faultyIndex, faultyLog, type InjectedFault } from '#testkit';
import { replacing } from './replacing.js';

/** How likely a call of each dependency fails, 0 to 1, and how long a message takes at most. */
export interface Weather {
  readonly blobs: number;
  readonly encoder: number;
  readonly log: number;
  readonly index: number;
  /** How likely everything uncommitted is delivered again before a fetch. */
  readonly redeliver: number;
  readonly latencyMs: number;
}

export const CALM: Weather = { blobs: 0, encoder: 0, log: 0, index: 0, redeliver: 0, latencyMs: 0 };

export interface Ports {
  readonly log: EventLog;
  readonly index: VectorIndex;
  readonly blobs: BlobStore;
}

/** Counts the faults that struck, to show that schedules tried something. */
export class Struck {
  readonly counts = new Map<string, number>();

  readonly add = (name: string): void => {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  };

  readonly onFault = ({ method, fault }: Pick<InjectedFault, 'method' | 'fault'>): void =>
    this.add(`${method} ${fault}`);

  get total(): number {
    return [...this.counts.values()].reduce((sum, it) => sum + it, 0);
  }
}

interface Sky {
  readonly seed: number;
  readonly weather: () => Weather;
  readonly struck: Struck;
}

const failing = (chance: number): FaultRule[] => [{ chance, fault: 'fail' }];
const failingOrLosing = (chance: number): FaultRule[] => [
  { chance: chance / 2, fault: 'fail' },
  { chance: chance / 2, fault: 'lost-acknowledgement' },
];

/** Ports under a weather that changes while they are in use, hence the getters. */
export function inWeather({ log, index, blobs }: Ports, { seed, weather, struck }: Sky): Ports {
  const common = { seed, onFault: struck.onFault };
  return {
    log: logInWeather(log, { seed, weather, struck }),
    index: faultyIndex(halfApplying(index, seed, weather, struck), {
      ...common,
      get rules() {
        const chance = weather().index;
        if (chance === 0) return {};
        const [wrong, silent] = [failingOrLosing(chance), failing(chance / 2)];
        const decided = { makeLive: wrong, createGeneration: wrong, dropGeneration: wrong };
        return { apply: wrong, ...decided, generations: silent, live: silent, settle: silent };
      },
    }),
    blobs: faultyBlobs(blobs, {
      ...common,
      get rules() {
        const chance = weather().blobs;
        return chance === 0 ? {} : { read: failing(chance), put: failingOrLosing(chance) };
      },
    }),
  };
}

function logInWeather(log: EventLog, { seed, weather, struck }: Sky): EventLog {
  const plan = {
    seed,
    onFault: struck.onFault,
    get rules() {
      const chance = weather().log;
      if (chance === 0) return {};
      const [wrong, silent] = [failingOrLosing(chance), failing(chance / 2)];
      const dropped = { forgetGroup: wrong, dropTopic: wrong };
      return { append: wrong, commit: wrong, next: silent, committed: silent, watermarks: silent, ...dropped };
    },
  };
  const halved = halfAppending(log, seed, weather, struck);
  const once = faultyLog(halved, plan);
  const again = faultyLog(halved, {
    seed,
    onFault: struck.onFault,
    get rules() {
      return plan.rules;
    },
    get redeliver() {
      return { chance: weather().redeliver };
    },
  });
  // Who drives commits nothing there, so each time would deliver more than the time before.
  const subscribe: EventLog['subscribe'] = (options) =>
    (options.topic === INDEX_GENERATIONS_TOPIC ? once : again).subscribe(options);
  // What `once` does is decided at each call, so its methods cannot be taken from it beforehand.
  return new Proxy(once, { get: (target, name) => (name === 'subscribe' ? subscribe : Reflect.get(target, name)) });
}

export function encoderInWeather(encoder: ImageEncoder, { seed, weather, struck }: Sky): ImageEncoder {
  return faultyEncoder(encoder, {
    seed,
    onFault: struck.onFault,
    get rules() {
      const chance = weather().encoder;
      return chance === 0 ? {} : { encode: failing(chance) };
    },
  });
}

type Half = (items: readonly unknown[]) => readonly unknown[] | null;

/** Of every few batches of several, while the weather is bad, the first ones and then a failure. */
function halves(seed: number, chance: () => number): Half {
  let calls = seed;
  return (items) => {
    calls += 1;
    if (items.length < 2 || chance() === 0 || calls % 4 !== 0) return null;
    return items.slice(0, 1 + (calls % (items.length - 1)));
  };
}

/** A batch of which only the first ones were written. */
function halfAppending(log: EventLog, seed: number, weather: () => Weather, struck: Struck): EventLog {
  const half = halves(seed, () => weather().log);
  const append: EventLog['append'] = async (topic, records) => {
    const some = half(records) as typeof records | null;
    if (some === null) return log.append(topic, records);
    struck.add('append half');
    await log.append(topic, some);
    throw new LookalikeError('log-unavailable', 'Half of a batch was appended.');
  };
  return replacing(log, { append });
}

function halfApplying(index: VectorIndex, seed: number, weather: () => Weather, struck: Struck): VectorIndex {
  const half = halves(seed, () => weather().index);
  const apply: VectorIndex['apply'] = async (generation, records) => {
    const some = half(records) as typeof records | null;
    if (some === null) return index.apply(generation, records);
    struck.add('apply half');
    await index.apply(generation, some);
    throw new LookalikeError('index-unavailable', 'Half of a batch was applied.');
  };
  return replacing(index, { apply });
}
