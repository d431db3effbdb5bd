import { DEAD_LETTER_ACTIONS_TOPIC, IMAGE_EVENTS_TOPIC, imageVectorsTopic, parseImageId } from '#core';
import {
  dueSteps,
  embedGroup,
  type GenerationsState,
  ImageStatuses,
  indexGroup,
  inRole,
  type KnownGeneration,
  redriveGroup,
  stageProgress,
} from '#pipeline';
import { until } from './clock.js';
import type { KnownVectors } from './encoders.js';
import { contentsOf, essence, expectedFold } from './expected-fold.js';
import { CALM } from './weather.js';
import type { World } from './world.js';

/** Who waits so long for an index that is gone starts everything again, as its operators would. */
const NOTHING_LIVE_MS = 15_000;

/** Nothing goes wrong any more, and all that is due is done. */
export async function settle(world: World): Promise<void> {
  world.weather = CALM;
  const { clock } = world;
  let aliveMs = clock.nowMs();
  let why = '';
  await until(
    clock,
    () => [why, ...world.processes.flatMap((it) => it.faults)].join('; '),
    async () => {
      world.throwWhatWasWrong();
      if (await isSearchable(world)) aliveMs = clock.nowMs();
      else if (clock.nowMs() > aliveMs + NOTHING_LIVE_MS) {
        aliveMs = clock.nowMs();
        for (const _ of [...world.processes]) world.crash(0);
      }
      why = world.isBusy ? 'somebody waits for an answer' : await whatIsDue(world);
      return why === '';
    },
  );
}

async function isSearchable({ index }: World): Promise<boolean> {
  return (await index.live()) !== null;
}

/** Empty when nothing is. */
async function whatIsDue(world: World): Promise<string> {
  const state = await world.state();
  const [there, live] = await Promise.all([world.index.generations(), world.index.live()]);
  const known = inRole(state, 'live');
  if (known === null || live?.name !== known.name)
    return `${known?.name} is live in the log, ${live?.name} in the index`;
  const [step] = dueSteps(state, { names: new Set(there.map(({ name }) => name)), live: live.name });
  if (step !== undefined) return `${step.kind} of ${step.generation.name} is due`;
  const dropped = await world.droppedVectors();
  if (dropped.length > 0) return `vectors of ${dropped.join(', ')} are due to be dropped`;
  for (const generation of keptUpToDate(state)) {
    const lag = await lagOfStages(world, generation);
    if (lag > 0) return `${generation.role} ${generation.name} is ${lag} records behind`;
  }
  return '';
}

/** By what the reference says of them, not by the product's own list. */
function keptUpToDate(state: GenerationsState): readonly KnownGeneration[] {
  return [...state.values()].filter(
    ({ role, created, paused }) => role === 'live' || role === 'previous' || (role === 'next' && created && !paused),
  );
}

async function lagOfStages({ log }: World, { name, schema }: KnownGeneration): Promise<number> {
  const { fingerprint } = schema.encoder;
  const stages = [
    await stageProgress(log, IMAGE_EVENTS_TOPIC, embedGroup(fingerprint)),
    await stageProgress(log, DEAD_LETTER_ACTIONS_TOPIC, redriveGroup(fingerprint)),
    await stageProgress(log, imageVectorsTopic(fingerprint), indexGroup(name)),
  ];
  return stages.reduce((sum, { lag }) => sum + lag, 0);
}

/** All that must hold once everything has settled. */
export async function checkSettled(world: World, vectors: KnownVectors): Promise<void> {
  const state = await world.state();
  const names = new Set((await world.index.generations()).map(({ name }) => name));
  const wanted = [...state.values()].filter(({ role }) => role !== 'retired').map(({ name }) => name);
  expect([...names].filter((name) => !wanted.includes(name))).toEqual([]);
  const expected = await expectedFold(world.log, world.blobs);
  for (const { name, schema } of keptUpToDate(state)) {
    const vectorsOf = (sha256: string) => vectors.of(schema.encoder.fingerprint, sha256);
    const found = [...(await contentsOf(world.index, name))].map(([id, it]) => [id, essence(it, vectorsOf)] as const);
    expect(new Map(found)).toEqual(expected);
  }
  const statuses = new ImageStatuses({ log: world.log, index: world.index });
  for (const [imageId, { state, version }] of expected) {
    expect(await statuses.statusOf(parseImageId(imageId))).toMatchObject({ state, version, visibleVersion: version });
  }
  expect(await statuses.statusOf(parseImageId('never'))).toMatchObject({ state: 'unknown', version: null });
}
