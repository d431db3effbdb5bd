import type { VerificationReport } from '#core';
import { dueSteps, type KnownGeneration, vectorsIn, withFitted } from '#pipeline';
import { knownGeneration } from '../../test/known-generation.js';

const report = { passed: true } as VerificationReport;

/** As `kind name`, in their order. */
function due(
  generations: readonly KnownGeneration[],
  names: readonly string[],
  live: string | null,
): readonly string[] {
  const state = new Map(generations.map((it) => [it.name, it]));
  return dueSteps(state, { names: new Set(names), live }).map(({ kind, generation }) => `${kind} ${generation.name}`);
}

const live = knownGeneration('a', 'live');
const previous = knownGeneration('b', 'previous');
const LARGE = { vectors: [{ name: 'fc', size: 8, datatype: 'float32', role: 'searched' } as const] };
const next = (more: Partial<KnownGeneration> = {}) => knownGeneration('b', 'next', more);

describe('what the index lacks of what was decided', () => {
  test('is a projection, before a generation that needs it is made, unless it is paused', () => {
    const { schema } = next();
    const unfitted = { ...schema, vectors: vectorsIn({ kind: 'lean', components: 4 }, LARGE, 'b') };
    const projections = [{ name: 'fc-coarse', digest: 'ab', explained: 1, sampled: 1 }];
    expect(due([live, next({ schema: unfitted, created: false })], ['a'], 'a')).toEqual(['fit b']);
    expect(due([live, next({ schema: unfitted, created: false, paused: true })], ['a'], 'a')).toEqual([]);
    expect(due([live, next({ schema: withFitted(unfitted, projections), created: false })], ['a'], 'a')).toEqual([
      'create b',
    ]);
  });

  test('is nothing when it follows', () => {
    expect(due([live], ['a'], 'a')).toEqual([]);
    expect(due([live, previous], ['a', 'b'], 'a')).toEqual([]);
    expect(due([], [], null)).toEqual([]);
  });

  test('is what is live, which comes before all else', () => {
    expect(due([knownGeneration('c', 'retired'), live], ['a', 'c'], 'c')).toEqual(['make-live a', 'drop c']);
  });

  test('is not what was live and is lost: that is for a start, or for a reindex', () => {
    expect(due([live], [], null)).toEqual([]);
  });

  test('is that it has what is retired, until it has it no longer', () => {
    expect(due([live, knownGeneration('c', 'retired')], ['a', 'c'], 'a')).toEqual(['drop c']);
    expect(due([live, knownGeneration('c', 'retired')], ['a'], 'a')).toEqual(['forget c']);
  });

  test('is a step back that somebody wants', () => {
    const wanted = { ...previous, wanted: 'in-any-case' } as const;
    expect(due([live, wanted], ['a', 'b'], 'a')).toEqual(['switch b']);
    expect(due([live, wanted], ['a'], 'a')).toEqual(['let-go b']);
  });
});

describe('of a generation that is built', () => {
  const there = ['a', 'b'];
  const fresh = { created: false, loaded: false };

  test.each<[string, Partial<KnownGeneration>, readonly string[], readonly string[]]>([
    ['it is created first', fresh, ['a'], ['create b']],
    ['it is told that it was, whoever did it', fresh, there, ['create b']],
    ['it is given up when the index has lost it', { loaded: false }, ['a'], ['give-up b']],
    ['it is given up when the index has lost it whole', {}, ['a'], ['give-up b']],
    ['it is filled', { loaded: false }, there, ['load b']],
    ['it is verified', {}, there, ['verify b']],
    ['it is verified before it is switched to by itself', { wanted: 'when-verified' }, there, ['verify b']],
    ['it waits for somebody once it is verified', { report }, there, []],
    ['it waits for nobody when what is live was lost', { report }, ['b'], ['ask-switch b']],
    ['it waits for somebody when it did not pass', { report: { ...report, passed: false } }, ['b'], []],
    [
      'it waits for somebody when something was found',
      { report: { ...report, passed: false }, wanted: 'when-verified' },
      there,
      [],
    ],
    ['it is switched to when it is verified and wanted', { report, wanted: 'when-verified' }, there, ['switch b']],
    ['it is switched to unverified by who forces it', { wanted: 'in-any-case' }, there, ['switch b']],
    ['nothing is done while it is paused', { paused: true, loaded: false }, there, []],
    ['it is given up when the index has lost it, also while it is paused', { paused: true }, ['a'], ['give-up b']],
  ])('%s', (_, more, names, steps) => expect(due([live, next(more)], names, 'a')).toEqual(steps));
});
