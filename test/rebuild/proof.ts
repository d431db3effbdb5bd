import { imageVectorsTopic, isLookalikeError } from '#core';
import { inRole } from '#pipeline';
import { MemoryEventLog, MemoryVectorIndex, seededRandom } from '#testkit';
import { VirtualClock } from './clock.js';
import type { ProcessDouble } from './embedder-process.js';
import { ENCODERS, type KnownVectors, knownVectors, ProcessEncoders } from './encoders.js';
import { REBUILT_EVERY, type Step, take } from './schedule.js';
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
  readonly readerEncoders?: ProcessEncoders;
  readonly tally: Tally;
}

/** Of so many schedules one ends with the picture that was late. */
const UPLOADED_EVERY = 3;

/** A schedule, and what must hold whatever was in it. */
export async function prove(options: ProofOptions, seed: number, steps: readonly Step[]): Promise<void> {
  const { tally, double = {}, readerEncoders = new ProcessEncoders((it) => it) } = options;
  vectors ??= await knownVectors();
  const { struck, add: decided } = tally;
  const world = await World.open({ ...options, seed, double, readerEncoders, vectors, struck, decided });
  try {
    for (const todo of steps) {
      await take(world, todo);
      world.throwWhatWasWrong();
    }
    await settle(world);
    if (seed % UPLOADED_EVERY === 0) await world.uploadLate();
    // A picture that came late is found by sending its event again, and by nothing else.
    await world.redriveAll();
    await settle(world);
    await world.applyAllAgain();
    await checkSettled(world, vectors);
    await finish(world, vectors);
    if (seed % REBUILT_EVERY === 0) await rebuild(world, vectors);
    tally.schedules += 1;
  } finally {
    tally.searches += world.reader.searches;
    await world.close();
  }
}

/** What is still being built can be gone on with, whatever was found of it; what the index has lost is given up. */
async function finish(world: World, known: KnownVectors): Promise<void> {
  if (inRole(await world.state(), 'next') === null) return;
  world.ask(0, (reindexes) => reindexes.resume('operator'));
  await settle(world);
  world.ask(0, (reindexes) => reindexes.switch(true, 'operator'));
  await settle(world);
  await checkSettled(world, known);
  expect(inRole(await world.state(), 'next')).toBeNull();
}

/** The index can always be thrown away. */
async function rebuild(world: World, known: KnownVectors): Promise<void> {
  world.compact();
  await world.loseIndex();
  for (const _ of [...world.processes]) world.crash(0);
  await settle(world);
  await checkSettled(world, known);
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
    compact: () => {
      for (const { fingerprint } of ENCODERS) compactIfThere(log, imageVectorsTopic(fingerprint));
    },
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

function compactIfThere(log: MemoryEventLog, topic: string): void {
  try {
    log.compact(topic);
  } catch (error) {
    if (!isLookalikeError(error) || error.code !== 'topic-unknown') throw error;
  }
}
