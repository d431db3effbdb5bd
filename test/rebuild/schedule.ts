import fc from 'fast-check';
import type { NewRecord } from '#core';
import type { Reindexes } from '#pipeline';
import { addedEvent, deletedEvent, stateOf, updatedEvent } from '#testkit';
import { HURRY } from './clock.js';
import { BY_NAME, ENCODERS, FIRST_VECTORS_TOPIC, type PictureName } from './encoders.js';
import type { World } from './world.js';

const id = fc.constantFrom('a', 'b', 'c', 'd');
const picture = fc.constantFrom<PictureName>('cat', 'dog', 'owl', 'damaged', 'late');
const n = fc.integer({ min: 1, max: 3 });
const chance = fc.constantFrom<number>(0, 0.2, 0.6);
const share = fc.double({ min: 0, max: 0.99, noNaN: true });
const which = fc.integer({ min: 0, max: 1 });
const latencyMs = fc.constantFrom<number>(0, 0, 30, 300);
const weather = fc.record({ blobs: chance, encoder: chance, log: chance, index: chance, redeliver: chance, latencyMs });
const encoder = fc.constantFrom(0, 0, 1, 1, 1);
const isAuto = fc.constantFrom(true, true, false);

function kinds<K extends string>(...of: K[]) {
  return fc.record({ do: fc.constantFrom(...of), which });
}

const action = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constantFrom('add' as const, 'update' as const), id, picture, n }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('delete' as const), id }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('garbage' as const, 'garbage vector' as const), id }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('redrive' as const), share }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('upload' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('late record' as const), which, share }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('weather' as const), weather }) },
  { weight: 3, arbitrary: kinds('crash', 'crash', 'join', 'leave') },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('stall' as const),
      which,
      ms: fc.constantFrom<number>(200, 5000),
      isTold: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('lose index' as const, 'compact' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clock jump' as const), ms: fc.constantFrom(-3.6e6, 3.6e6) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('reindex' as const), which, encoder, isAuto }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('drop vectors' as const), which, encoder }) },
  { weight: 3, arbitrary: kinds('pause', 'resume', 'verify', 'cancel') },
  { weight: 4, arbitrary: kinds('switch', 'force', 'rollback', 'rollback', 'drop', 'drop') },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('search' as const), picture: fc.constantFrom<PictureName>('cat', 'owl') }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('search like' as const, 'status' as const), id }) },
);

/** Of so many schedules one ends with the index thrown away, by its number. */
export const REBUILT_EVERY = 2;

/** Some things happen at once, others when everything else had time to go on. */
const thenMs = fc.constantFrom(0, 0, 10, 100, 700, 1500, 3000);

const step = fc.tuple(action, thenMs).map(([it, ms]) => ({ ...it, thenMs: ms }));
export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

export function schedules(minLength: number, maxLength: number): fc.Arbitrary<[number, Step[]]> {
  return fc.tuple(fc.nat(1_000_000), fc.array(step, { minLength, maxLength, size: 'max' }));
}

/** Without what makes two write at the same time, after which nothing is compacted any more; all of them end rebuilt. */
export function ofOneWriter(all: fc.Arbitrary<[number, Step[]]>): fc.Arbitrary<[number, Step[]]> {
  const isOfOne = ({ do: it }: Step) => it !== 'join' && it !== 'stall' && it !== 'lose index';
  return all.map(([n, steps]) => [n - (n % REBUILT_EVERY), steps.filter(isOfOne)]);
}

/** All of them end with the first encoder left, its vectors dropped, and the encoder used again. */
export function leavingAndComingBack(all: fc.Arbitrary<[number, Step[]]>): fc.Arbitrary<[number, Step[]]> {
  const then = { which: 0, isAuto: true, thenMs: 3000 } as const;
  const calm = { blobs: 0, encoder: 0, log: 0, index: 0, redeliver: 0, latencyMs: 0 };
  const ending: Step[] = [
    { ...then, do: 'weather', weather: calm },
    { ...then, do: 'cancel' },
    { ...then, do: 'drop' },
    { ...then, do: 'reindex', encoder: 1 },
    { ...then, do: 'drop' },
    { ...then, do: 'drop vectors', encoder: 0 },
    { ...then, do: 'reindex', encoder: 0 },
  ];
  return all.map(([n, steps]) => [n, [...steps, ...ending]]);
}

const MAX_REAL_CHANCE = 0.2;

/** For adapters that need real time: what is waited for on purpose is shorter, and faults are few, as each is waited out. */
export function hurried(steps: readonly Step[]): readonly Step[] {
  return steps.map((it) => {
    if (it.do === 'stall') return { ...it, ms: it.ms / HURRY };
    if (it.do !== 'weather') return it;
    const { latencyMs, ...chances } = it.weather;
    const fewer = Object.entries(chances).map(([name, value]) => [name, Math.min(value, MAX_REAL_CHANCE)]);
    return { ...it, weather: { ...it.weather, ...Object.fromEntries(fewer), latencyMs: latencyMs / HURRY } };
  });
}

/** Begins a step and lets time pass; what it began may still be under way. */
export async function take(world: World, todo: Step): Promise<void> {
  await begin(world, todo);
  await world.clock.pass(todo.thenMs);
}

async function begin(world: World, todo: Step): Promise<void> {
  switch (todo.do) {
    case 'add':
      return world.publish(addedEvent(todo.id, stateOf(BY_NAME[todo.picture], { n: todo.n })));
    case 'update':
      return world.publish(updatedEvent(todo.id, stateOf(BY_NAME[todo.picture], { n: todo.n })));
    case 'delete':
      return world.publish(deletedEvent(todo.id));
    case 'garbage':
      return world.publish(garbageFor(todo.id));
    case 'garbage vector':
      // Under a key of its own: whoever writes there under an image's takes its record away, once the topic is compacted.
      return world.publish(garbageFor(`not ${todo.id}`), FIRST_VECTORS_TOPIC);
    case 'redrive':
      return world.redrive(todo.share);
    case 'late record':
      return world.applyLate(todo.which, todo.share);
    case 'upload':
      return world.uploadLate();
    case 'weather':
      world.weather = todo.weather;
      return;
    case 'crash':
      return world.crash(todo.which);
    case 'join':
      return world.processes.length < 2 ? world.join() : undefined;
    case 'leave':
      return world.processes.length > 1 ? world.leave(todo.which) : undefined;
    case 'stall':
      return world.stall(todo.which, todo.ms, todo.isTold);
    case 'lose index':
      return world.loseIndex();
    case 'compact':
      return world.compact();
    case 'clock jump':
      return world.setWallClock(todo.ms);
    case 'search':
      return world.begin(world.reader.byPicture(BY_NAME[todo.picture]));
    case 'search like':
      return world.begin(world.reader.byImage(todo.id));
    case 'status':
      return world.begin(world.reader.status(todo.id));
    case 'reindex':
      return world.ask(todo.which, (reindexes) => start(reindexes, todo));
    case 'drop vectors': {
      const { fingerprint = '' } = ENCODERS[todo.encoder] ?? {};
      return world.ask(todo.which, (reindexes) => reindexes.dropVectors(fingerprint, OPERATOR));
    }
    default:
      return world.ask(todo.which, (reindexes) => COMMANDS[todo.do](reindexes));
  }
}

const OPERATOR = 'operator';

const COMMANDS = {
  pause: (it: Reindexes) => it.pause(OPERATOR),
  resume: (it: Reindexes) => it.resume(OPERATOR),
  verify: (it: Reindexes) => it.verify(OPERATOR),
  cancel: (it: Reindexes) => it.cancel(OPERATOR),
  switch: (it: Reindexes) => it.switch(false, OPERATOR),
  force: (it: Reindexes) => it.switch(true, OPERATOR),
  rollback: (it: Reindexes) => it.rollback(OPERATOR),
  drop: (it: Reindexes) => it.drop(OPERATOR),
};

function start(reindexes: Reindexes, todo: { readonly encoder: number; readonly isAuto: boolean }) {
  const encoder = ENCODERS[todo.encoder] ?? null;
  return reindexes.start({ encoder, attributes: {}, settings: {}, switchWhenVerified: todo.isAuto }, OPERATOR);
}

/** A record that is no event, and no vector record: it changes no image. */
function garbageFor(imageId: string): NewRecord {
  return { key: imageId, value: Buffer.from('garbage'), headers: {} };
}
