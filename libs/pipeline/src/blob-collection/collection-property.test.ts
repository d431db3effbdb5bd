import fc from 'fast-check';
import { IMAGE_EVENTS_TOPIC } from '#core';
import { testSeed, testSeedPath } from '#testkit';
import { CollectedWorld, PRODUCT, type Product, schedules } from '../../test/collected-world.js';
import { SteppedStore } from '../../test/stepped-store.js';
import { collectBlobs } from './collect-blobs.js';

const RUNS = 200;
/** Of those that a mutation may survive. */
const MAX_RUNS = 500;
const seed = testSeed();
const path = testSeedPath();

test(`no image loses its picture, and in the end nothing else is left, whatever the schedule (SEED=${seed})`, async () => {
  await fc.assert(
    fc.asyncProperty(schedules, ([kind, steps]) => CollectedWorld.run(PRODUCT, kind, steps)),
    { seed, numRuns: RUNS, ...(path !== null && { path, endOnFailure: true }) },
  );
}, 120_000);

/** As a pass calls it; publishers call the others. */
class WithoutRestoring extends SteppedStore {
  override renew(sha256: string) {
    return this.stat(sha256);
  }
}

class DeletingAtOnce extends SteppedStore {
  override async withdraw(listed: Parameters<SteppedStore['withdraw']>[0]) {
    return (await super.withdraw(listed)) && this.delete(listed.sha256);
  }
}

class ForgettingWhenItWithdrew extends SteppedStore {
  override async list() {
    const { atMs, copies } = await super.list();
    async function* old() {
      for await (const it of copies) yield it.withdrawal === null ? it : { ...it, sinceMs: 0 };
    }
    return { atMs, copies: old() };
  }
}

class DroppingEverything extends SteppedStore {
  override async drop({ sha256, withdrawal }: Parameters<SteppedStore['drop']>[0]) {
    await super.drop({ sha256, withdrawal });
    await this.delete(sha256);
  }
}

class KeepingTheFirstTime extends SteppedStore {
  override async put(bytes: Uint8Array) {
    const before = new Map(this.kept.blobs);
    const info = await super.put(bytes);
    this.kept.blobs.set(
      info.sha256,
      before.get(info.sha256) ?? { bytes: Buffer.from(bytes), sinceMs: this.kept.nowMs },
    );
    return info;
  }
}

class DeletingHoweverLate extends SteppedStore {
  protected override isInTime() {
    return true;
  }
}

const withoutDelay: Product['collect'] = (options) => collectBlobs({ ...options, delayMs: 0 });

const readingTheLogFirst: Product['collect'] = async ({ log, ...options }, step) => {
  const marks = await log.watermarks(IMAGE_EVENTS_TOPIC);
  await step();
  const early = new Proxy(log, {
    get: (target, name) =>
      name === 'watermarks'
        ? async (topic: string) => (topic === IMAGE_EVENTS_TOPIC ? marks : target.watermarks(topic))
        : Reflect.get(target, name),
  });
  return collectBlobs({ log: early, ...options });
};

const withStore = (Store: typeof SteppedStore): Product['collect'] => {
  return (options) => {
    const { blobs } = options;
    return collectBlobs({ ...options, blobs: Object.setPrototypeOf(blobs, Store.prototype) });
  };
};

describe('schedules find it when', () => {
  const mutations: readonly (readonly [string, Partial<Product>])[] = [
    ['there is no delay', { collect: withoutDelay }],
    ['the log is read before the blobs are listed', { collect: readingTheLogFirst }],
    ['what was withdrawn is not restored', { collect: withStore(WithoutRestoring) }],
    ['what is withdrawn cannot be read', { collect: withStore(DeletingAtOnce) }],
    ['what was withdrawn is deleted at once', { collect: withStore(ForgettingWhenItWithdrew) }],
    ['with a withdrawn copy the blob itself is dropped', { collect: withStore(DroppingEverything) }],
    ['a withdrawal deletes however late', { Store: DeletingHoweverLate }],
    ['putting again does not refresh the time of the put', { Store: KeepingTheFirstTime }],
    ['what an event is about to refer to is only looked for', { renew: (store, sha256) => store.stat(sha256) }],
  ];

  test.each(mutations)(
    '%s',
    async (_, mutation) => {
      const { failed } = await fc.check(
        fc.asyncProperty(schedules, ([kind, steps]) => CollectedWorld.run({ ...PRODUCT, ...mutation }, kind, steps)),
        { seed, numRuns: MAX_RUNS, endOnFailure: true },
      );
      expect(failed).toBe(true);
    },
    120_000,
  );
});
