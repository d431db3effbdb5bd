import { MemoryEventLog, MemoryVectorIndex, seededRandom } from '#testkit';
import { VirtualClock } from './clock.js';
import type { ProcessDouble } from './embedder-process.js';
import { type KnownVectors, knownVectors } from './encoders.js';
import { type Step, take } from './schedule.js';
import { checkSettled, settle } from './settle.js';
import { Struck } from './weather.js';
import { type Disks, World, type WorldOptions } from './world.js';

/** What all schedules of a run did together. */
export class Tally {
  schedules = 0;
  searches = 0;
  readonly struck = new Struck();
  readonly decided = new Map<string, number>();

  readonly add = (kind: string): void => {
    this.decided.set(kind, (this.decided.get(kind) ?? 0) + 1);
  };
}

let vectors: KnownVectors | null = null;

export interface ProofOptions extends Pick<WorldOptions, 'clock' | 'disks'> {
  readonly double?: ProcessDouble;
  readonly tally: Tally;
}

/** A schedule, and what must hold whatever was in it. */
export async function prove(options: ProofOptions, seed: number, steps: readonly Step[]): Promise<void> {
  const { tally, double = {} } = options;
  vectors ??= await knownVectors();
  const world = await World.open({ ...options, seed, double, vectors, struck: tally.struck, decided: tally.add });
  try {
    for (const todo of steps) {
      await take(world, todo);
      world.throwWhatWasWrong();
    }
    await settle(world);
    // A picture that came late is found by sending its event again, and by nothing else.
    await world.redriveAll();
    await settle(world);
    await checkSettled(world, vectors);
    tally.schedules += 1;
  } finally {
    tally.searches += world.reader.searches;
    await world.close();
  }
}

/** Disks that are memory, and a clock that waits for nobody. Chance is the seed's too. */
export async function proveInMemory(
  options: Omit<ProofOptions, 'clock' | 'disks'> & { readonly disks?: Partial<Disks> },
  seed: number,
  steps: readonly Step[],
): Promise<void> {
  const log = new MemoryEventLog();
  const disks: Disks = {
    log,
    openIndex: async () => new MemoryVectorIndex(),
    close: () => log.close(),
    ...options.disks,
  };
  const random = jest.spyOn(Math, 'random').mockImplementation(seededRandom(seed));
  try {
    await prove({ ...options, clock: new VirtualClock(), disks }, seed, steps);
  } finally {
    random.mockRestore();
    jest.useRealTimers();
  }
}
