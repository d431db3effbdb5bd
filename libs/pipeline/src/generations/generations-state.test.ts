import type { GenerationEvent, GenerationStep, VerificationReport } from '#core';
import {
  afterEvent,
  type GenerationRole,
  type GenerationsState,
  inRole,
  maintained,
  mayBeSwitchedTo,
  NO_GENERATIONS,
  refusalOf,
} from '#pipeline';
import { SCHEMA as schema } from '../../test/known-generation.js';

const report = (passed: boolean): VerificationReport => ({
  passed,
  atMs: 1,
  positions: [],
  counts: { ready: 0, failed: 0, deleted: 0 },
  checks: [
    { name: 'records', passed, found: '', facts: {} },
    { name: 'overlap', passed: null, found: '', facts: {} },
  ],
});

const of = (generation: string, step: GenerationStep): GenerationEvent => ({ ...step, generation, by: null, atMs: 1 });
const established = (generation: string, replaces: string | null = null) =>
  of(generation, { kind: 'established', schema, replaces });
const started = (generation: string, switchWhenVerified = false) =>
  of(generation, { kind: 'started', schema, source: 'events', marks: [], switchWhenVerified });
type Plain = Exclude<
  GenerationStep,
  { schema: unknown } | { report: unknown } | { force: unknown } | { reason: unknown }
>;
const plain = (kind: Plain['kind'], generation: string) => of(generation, { kind } as Plain);
const cancelled = (generation: string) => of(generation, { kind: 'cancelled', reason: null });
const verified = (generation: string, passed = true) => of(generation, { kind: 'verified', report: report(passed) });
const switchAsked = (generation: string, force = false) => of(generation, { kind: 'switch-asked', force });

const stateAfter = (events: readonly GenerationEvent[], state: GenerationsState = NO_GENERATIONS) =>
  events.reduce(afterEvent, state);

const LIVE = [established('a')];
const NEXT = [...LIVE, started('b')];
const CREATED = [...NEXT, plain('created', 'b')];
const LOADED = [...CREATED, plain('loaded', 'b')];
const PASSED = [...LOADED, verified('b')];
const SWITCHED = [...PASSED, switchAsked('b'), plain('switched', 'b')];
const STEPPED_BACK = [...SWITCHED, plain('rollback-asked', 'a'), plain('switched', 'a')];
const DROPPING = [...SWITCHED, plain('drop-asked', 'a')];
const CANCELLED = [...LOADED, cancelled('b')];

const roles = (events: readonly GenerationEvent[]) =>
  Object.fromEntries([...stateAfter(events)].map(([name, { role }]) => [name, role]));

describe('what was decided of generations', () => {
  test.each<[string, readonly GenerationEvent[], Record<string, GenerationRole>]>([
    ['the first one is live at once', LIVE, { a: 'live' }],
    [
      'one in place of another that was lost is live, and that one goes',
      [...LIVE, established('b', 'a')],
      { a: 'retired', b: 'live' },
    ],
    ['one that is started is built beside the live one', NEXT, { a: 'live', b: 'next' }],
    ['one that is switched to is live, and the one before is kept', SWITCHED, { a: 'previous', b: 'live' }],
    ['a step back is a switch too', STEPPED_BACK, { a: 'live', b: 'previous' }],
    ['one that is kept no longer goes', DROPPING, { a: 'retired', b: 'live' }],
    ['one that is gone from the index is forgotten', [...DROPPING, plain('dropped', 'a')], { b: 'live' }],
    ['one that is cancelled goes', CANCELLED, { a: 'live', b: 'retired' }],
    ['after a drop there is room for another', [...DROPPING, started('c')], { a: 'retired', b: 'live', c: 'next' }],
    [
      'after a cancellation there is room for another',
      [...CANCELLED, started('c')],
      { a: 'live', b: 'retired', c: 'next' },
    ],
    [
      'one that is built goes on when the live one was lost',
      [...NEXT, established('c', 'a')],
      { a: 'retired', b: 'next', c: 'live' },
    ],
  ])('%s', (_, events, expected) => expect(roles(events)).toEqual(expected));

  test('what a generation is built for comes from how it began', () => {
    const marks = [{ partition: 1, offset: 7 }];
    const events = [
      ...LIVE,
      {
        ...of('b', { kind: 'started', schema, source: 'vectors', marks, switchWhenVerified: true }),
        by: 'ops',
        atMs: 9,
      },
    ];
    expect(stateAfter(events).get('b')).toEqual({
      name: 'b',
      schema,
      role: 'next',
      source: 'vectors',
      marks,
      startedAtMs: 9,
      by: 'ops',
      paused: false,
      fitted: [],
      created: false,
      loaded: false,
      report: null,
      wanted: 'when-verified',
    });
  });

  test('a pause lasts until it is resumed, and a cancellation ends it', () => {
    const paused = [...CREATED, plain('paused', 'b')];
    expect(stateAfter(paused).get('b')?.paused).toBe(true);
    expect(stateAfter([...paused, plain('resumed', 'b')]).get('b')?.paused).toBe(false);
    expect(stateAfter([...paused, cancelled('b')]).get('b')?.paused).toBe(false);
  });

  test('a verification that is asked for anew takes the report away', () => {
    expect(stateAfter(PASSED).get('b')?.report?.passed).toBe(true);
    expect(stateAfter([...PASSED, plain('verification-asked', 'b')]).get('b')?.report).toBeNull();
  });

  test('what is kept up to date is there, and neither paused nor retired', () => {
    const names = (events: readonly GenerationEvent[]) => maintained(stateAfter(events)).map(({ name }) => name);
    expect(names(NEXT)).toEqual(['a']);
    expect(names(CREATED)).toEqual(['a', 'b']);
    expect(names([...CREATED, plain('paused', 'b')])).toEqual(['a']);
    expect(names(SWITCHED)).toEqual(['a', 'b']);
    expect(names(DROPPING)).toEqual(['b']);
  });

  test('nothing is in a role that nobody has', () => {
    expect(inRole(stateAfter(LIVE), 'next')).toBeNull();
    expect(inRole(stateAfter(LIVE), 'live')?.name).toBe('a');
  });
});

describe('a switch', () => {
  const may = (events: readonly GenerationEvent[], generation = 'b') => {
    const known = stateAfter(events).get(generation);
    return known !== undefined && mayBeSwitchedTo(known);
  };

  test.each<[string, readonly GenerationEvent[], boolean]>([
    ['waits until somebody wants it', PASSED, false],
    ['is due when it is wanted and verified', [...PASSED, switchAsked('b')], true],
    ['by itself is due once it is verified', [...LIVE, started('b', true), ...LOADED.slice(2), verified('b')], true],
    ['by itself waits for the verification', [...LIVE, started('b', true), ...LOADED.slice(2)], false],
    [
      'by itself is not due when something was found',
      [...LIVE, started('b', true), ...LOADED.slice(2), verified('b', false)],
      false,
    ],
    ['in any case is due whatever was found', [...LOADED, verified('b', false), switchAsked('b', true)], true],
    ['in any case is due unverified', [...LOADED, switchAsked('b', true)], true],
    ['waits while it is paused', [...PASSED, switchAsked('b'), plain('paused', 'b')], false],
    ['is not due any more once it is done', SWITCHED, false],
    ['is over with a cancellation', [...PASSED, switchAsked('b'), cancelled('b')], false],
  ])('%s', (_, events, expected) => expect(may(events)).toBe(expected));

  test('back needs nothing but the wish, and is wanted once', () => {
    expect(may(SWITCHED, 'a')).toBe(false);
    expect(may([...SWITCHED, plain('rollback-asked', 'a')], 'a')).toBe(true);
    expect(may(STEPPED_BACK, 'a')).toBe(false);
    expect(may(STEPPED_BACK, 'b')).toBe(false);
  });
});

describe('a decision has no effect', () => {
  test.each<[string, readonly GenerationEvent[], GenerationEvent, string]>([
    ['to establish one beside a live one', LIVE, established('b'), 'generation-exists'],
    ['to establish one in place of another than the live one', LIVE, established('c', 'b'), 'generation-exists'],
    ['to establish one that is known', NEXT, established('b', 'a'), 'generation-exists'],
    ['to establish one in place of one when nothing is live', [], established('b', 'a'), 'generation-exists'],
    ['to start one before anything is live', [], started('b'), 'no-live-generation'],
    ['to start one while another is built', NEXT, started('c'), 'reindex-under-way'],
    ['to start one while another is kept', SWITCHED, started('c'), 'generation-kept'],
    ['to start one that is known', CANCELLED, started('b'), 'generation-exists'],
    ['about one that nobody knows', LIVE, plain('paused', 'b'), 'generation-unknown'],
    ['to pause the live one', LIVE, plain('paused', 'a'), 'generation-unknown'],
    ['to resume the live one', LIVE, plain('resumed', 'a'), 'generation-unknown'],
    ['to cancel the live one', LIVE, cancelled('a'), 'generation-unknown'],
    ['to cancel one twice', CANCELLED, cancelled('b'), 'generation-unknown'],
    ['to cancel one that was switched to', SWITCHED, cancelled('b'), 'generation-unknown'],
    [
      'that one was created which was cancelled',
      [...NEXT, cancelled('b')],
      plain('created', 'b'),
      'generation-unknown',
    ],
    ['that one was loaded which was cancelled', CANCELLED, plain('loaded', 'b'), 'generation-unknown'],
    ['to verify one that is still filled', CREATED, plain('verification-asked', 'b'), 'generation-unknown'],
    ['that one is verified which is still filled', CREATED, verified('b'), 'generation-unknown'],
    ['that one is verified which was cancelled', CANCELLED, verified('b'), 'generation-unknown'],
    ['to switch to one that is still filled', CREATED, switchAsked('b', true), 'not-verified'],
    ['to switch to one that is not verified', LOADED, switchAsked('b'), 'not-verified'],
    ['to switch to one that did not pass', [...LOADED, verified('b', false)], switchAsked('b'), 'not-verified'],
    ['to switch to the live one', LIVE, switchAsked('a', true), 'generation-unknown'],
    ['to switch to the one before', SWITCHED, switchAsked('a', true), 'generation-unknown'],
    ['that one was switched to which nobody wants', PASSED, plain('switched', 'b'), 'generation-unknown'],
    [
      'that one was switched to which was cancelled',
      [...PASSED, switchAsked('b'), cancelled('b')],
      plain('switched', 'b'),
      'generation-unknown',
    ],
    ['that one was switched to twice', SWITCHED, plain('switched', 'b'), 'generation-unknown'],
    ['to step back to one that is built', NEXT, plain('rollback-asked', 'b'), 'generation-unknown'],
    ['to step back to the live one', SWITCHED, plain('rollback-asked', 'b'), 'generation-live'],
    ['to step back to one that goes', DROPPING, plain('rollback-asked', 'a'), 'generation-unknown'],
    [
      'that one was switched back to which goes',
      [...SWITCHED, plain('rollback-asked', 'a'), plain('drop-asked', 'a')],
      plain('switched', 'a'),
      'generation-unknown',
    ],
    ['to drop the live one', SWITCHED, plain('drop-asked', 'b'), 'generation-live'],
    ['to drop one that is built', NEXT, plain('drop-asked', 'b'), 'generation-unknown'],
    ['that one was dropped which is live', LIVE, plain('dropped', 'a'), 'generation-unknown'],
    ['that one was dropped which is kept', SWITCHED, plain('dropped', 'a'), 'generation-unknown'],
  ])('%s', (_, events, event, code) => {
    const state = stateAfter(events);
    expect(refusalOf(state, event)).toMatchObject({ code });
    expect(afterEvent(state, event)).toBe(state);
  });

  test('to switch, with the names of the checks that were not passed', () => {
    const state = stateAfter([...LOADED, verified('b', false)]);
    expect(refusalOf(state, switchAsked('b'))?.facts).toEqual({ generation: 'b', failed: ['records'] });
  });
});
