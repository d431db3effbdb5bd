import fc from 'fast-check';
import { IMAGE_EVENTS_TOPIC } from '#core';
import { testSeed, testSeedPath } from '#testkit';
import { CollectedWorld, PRODUCT, type Product, type Step, schedules } from '../../test/collected-world.js';
import { SteppedStore, type WithdrawalKind } from '../../test/stepped-store.js';
import { collectBlobs } from './collect-blobs.js';

const RUNS = 200;
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

const publish = (isWhole = true) => ({ kind: 'publish', image: 0, picture: 0, isWhole }) as const;
const refer = (isWhole = true) => ({ kind: 'refer', image: 0, picture: 0, isWhole }) as const;
const remove = { kind: 'delete', image: 0 } as const;
const collect = (isWhole = true) => ({ kind: 'collect', isWhole }) as const;
const pass = (ms: number) => ({ kind: 'pass', ms }) as const;
const advance = (task: number, steps: number) => ({ kind: 'advance', task, steps }) as const;
const finish = (task: number) => ({ kind: 'finish', task }) as const;
/** A collector that has looked at a blob that nothing refers to, and is about to move it. */
const looked = [publish(), remove, pass(101), collect(false), advance(0, 4)];

/** A picture that is published again while a collector is about to move it. */
const withdrawnUnderway = [
  publish(false),
  advance(0, 1),
  pass(131),
  remove,
  collect(false),
  advance(0, 2),
  advance(0, 2),
  publish(false),
];

const early = [collect(false), collect(false), advance(0, 1), advance(1, 1)];
const waiting = [...looked, publish(false), advance(0, 1), finish(1), collect(), finish(0)];
const late = [...looked, advance(0, 1), pass(260), collect(), pass(260), collect(), publish(), finish(0)];

describe('a schedule, which does no harm otherwise, finds it when', () => {
  const mutations: readonly (readonly [string, WithdrawalKind, readonly Step[], Partial<Product>])[] = [
    [
      'there is no delay',
      'rename',
      [publish(false), advance(0, 1), pass(1), collect(), pass(1), collect(), finish(0)],
      { collect: withoutDelay },
    ],
    [
      'the log is read before the blobs are listed',
      'rename',
      [...early, publish(), pass(101), finish(0), pass(131), finish(0)],
      { collect: readingTheLogFirst },
    ],
    [
      'what is withdrawn cannot be read',
      'rename',
      [...looked, publish(), finish(0)],
      { collect: withStore(DeletingAtOnce) },
    ],
    ['what was withdrawn is deleted at once', 'rename', waiting, { collect: withStore(ForgettingWhenItWithdrew) }],
    ['a withdrawal deletes however late', 'copy-and-delete', late, { Store: DeletingHoweverLate }],
    ['what was withdrawn is not restored', 'rename', withdrawnUnderway, { collect: withStore(WithoutRestoring) }],
    [
      'with a withdrawn copy the blob itself is dropped',
      'rename',
      [publish(), remove, pass(101), publish(false), collect(), pass(1)],
      { collect: withStore(DroppingEverything) },
    ],
    [
      'what an event is about to refer to is only looked for',
      'rename',
      [publish(), remove, pass(101), collect(), collect(false), refer(false), pass(260), advance(1, 3)],
      { renew: (store, sha256) => store.stat(sha256) },
    ],
  ];

  test.each(mutations)('%s', async (_, kind, steps, mutation) => {
    await CollectedWorld.run(PRODUCT, kind, steps);
    await expect(CollectedWorld.run({ ...PRODUCT, ...mutation }, kind, steps)).rejects.toThrow(/is lost|are left/);
  });
});
