import type { GenerationEvent, GenerationStep, VectorsEvent } from '#core';
import { afterDecision, type DecidedState, decisionRefusal, NOTHING_DECIDED, unusedVectors } from '#pipeline';
import { SCHEMA } from '../../test/known-generation.js';

type Decided = readonly [place: string, event: GenerationEvent | VectorsEvent];

const schemaOf = (fingerprint: string) => ({
  ...SCHEMA,
  encoder: { ...SCHEMA.encoder, fingerprint, name: `encoder ${fingerprint}` },
});
const at = (place: string, generation: string, step: GenerationStep): Decided => [
  place,
  { ...step, generation, by: null, atMs: 1 },
];
const established = (place: string, generation: string, fingerprint: string, replaces: string | null = null) =>
  at(place, generation, { kind: 'established', schema: schemaOf(fingerprint), replaces });
const started = (place: string, generation: string, fingerprint: string, source: 'events' | 'vectors' = 'events') =>
  at(place, generation, {
    kind: 'started',
    schema: schemaOf(fingerprint),
    source,
    marks: [],
    switchWhenVerified: false,
  });
const asked = (fingerprint: string, topicId: string | null = '1'): Decided => [
  '',
  { kind: 'vectors-drop-asked', fingerprint, topicId, by: null, atMs: 1 },
];
const dropped = (fingerprint: string): Decided => ['', { kind: 'vectors-dropped', fingerprint, by: null, atMs: 1 }];

const stateAfter = (events: readonly Decided[], state: DecidedState = NOTHING_DECIDED) =>
  events.reduce((before, [place, event]) => afterDecision(before, place, event), state);

/** Of the encoder `x` nothing is left but its vectors. */
const RETIRED = [established('', 'a', 'x'), established('', 'b', 'y', 'a')];
const UNUSED = [...RETIRED, at('', 'a', { kind: 'dropped' })];
const DROPPING = [...UNUSED, asked('x')];
const DROPPED = [...DROPPING, dropped('x')];

const LOST_B = { generation: 'b', reason: 'The index has lost it.' };
const unused = (events: readonly Decided[]) => unusedVectors(stateAfter(events)).map(({ fingerprint }) => fingerprint);

describe('the vectors that the log has', () => {
  test.each<[string, readonly Decided[], readonly string[]]>([
    ['are used by what is live', [established('', 'a', 'x')], []],
    ['are used until the index has the last of their generations no longer', RETIRED, []],
    ['are kept when no generation uses them', UNUSED, ['x']],
    ['are used again by one that is built', [...UNUSED, started('', 'c', 'x')], []],
    ['are used by a generation of another index', [...UNUSED, established('other', 'c', 'x')], []],
    ['are kept while they are being dropped', DROPPING, ['x']],
    ['are not known any more once they are dropped', DROPPED, []],
    [
      'are kept again after their encoder was used again',
      [
        ...DROPPED,
        started('', 'c', 'x'),
        at('', 'c', { kind: 'cancelled', reason: null }),
        at('', 'c', { kind: 'dropped' }),
      ],
      ['x'],
    ],
  ])('%s', (_, events, expected) => expect(unused(events)).toEqual(expected));

  test('are known by the name of their encoder and by what is to be dropped', () => {
    expect(stateAfter(DROPPING).vectors.get('x')).toEqual({
      fingerprint: 'x',
      encoder: 'encoder x',
      digest: null,
      drop: { topicId: '1' },
    });
  });
});

describe('a reindex that is given up', () => {
  const LOST = [
    established('', 'a', 'x'),
    started('', 'b', 'y'),
    at('', 'b', { kind: 'cancelled', reason: LOST_B.reason }),
  ];
  test.each<[string, readonly Decided[], object | undefined]>([
    ['is told of with the reason', LOST, LOST_B],
    [
      'is told of until another one begins',
      [...LOST, at('', 'b', { kind: 'dropped' }), started('', 'c', 'y')],
      undefined,
    ],
    [
      'is not one that somebody cancelled',
      [established('', 'a', 'x'), started('', 'b', 'y'), at('', 'b', { kind: 'cancelled', reason: null })],
      undefined,
    ],
    ['is of its own index', [...LOST, established('other', 'c', 'x'), started('other', 'd', 'y')], LOST_B],
  ])('%s', (_, events, expected) => expect(stateAfter(events).givenUp.get('')).toEqual(expected));
});

describe('a decision has no effect', () => {
  test.each<[string, readonly Decided[], Decided, string]>([
    ['to drop vectors that nobody knows', UNUSED, asked('z'), 'vectors-unknown'],
    ['to drop those of the live generation', UNUSED, asked('y'), 'vectors-in-use'],
    ['to drop those of one that is retired', RETIRED, asked('x'), 'vectors-in-use'],
    ['to drop those of one that is built', [...UNUSED, started('', 'c', 'x')], asked('x'), 'vectors-in-use'],
    ['to drop those of another index', [...UNUSED, established('other', 'c', 'x')], asked('x'), 'vectors-in-use'],
    ['to drop them twice at once', DROPPING, asked('x', '2'), 'vectors-being-dropped'],
    ['to drop them once more', DROPPED, asked('x'), 'vectors-unknown'],
    ['that they were dropped which nobody asked for', UNUSED, dropped('x'), 'vectors-in-use'],
    ['that they were dropped twice', DROPPED, dropped('x'), 'vectors-unknown'],
    ['to begin one whose vectors are being dropped', DROPPING, started('', 'c', 'x'), 'vectors-being-dropped'],
    ['to fill one from them', DROPPING, started('', 'c', 'x', 'vectors'), 'vectors-being-dropped'],
    ['to fill one from vectors that are gone', DROPPED, started('', 'c', 'x', 'vectors'), 'vectors-unknown'],
    ['to establish one of another index with them', DROPPING, established('other', 'c', 'x'), 'vectors-being-dropped'],
    ['that is refused of its generation', DROPPED, started('', 'b', 'x'), 'generation-exists'],
  ])('%s', (_, events, [place, event], code) => {
    const state = stateAfter(events);
    expect(decisionRefusal(state, place, event)).toMatchObject({ code });
    expect(afterDecision(state, place, event)).toBe(state);
  });

  const of = (generation: string, digest: string | undefined) => {
    const { encoder, ...schema } = schemaOf('x');
    const mine = { ...schema, encoder: { ...encoder, ...(digest !== undefined && { digest }) } };
    const rest = { source: 'events', marks: [], switchWhenVerified: false } as const;
    return at('other', generation, { kind: 'started', schema: mine, ...rest });
  };
  test.each([
    ['xa', 'xb', 'fingerprint-clash'],
    ['xa', 'xa', null],
    ['xa', undefined, null],
    [undefined, 'xb', null],
  ])('to begin one with another encoder of the same fingerprint: %s, %s', (one, other, code) => {
    const state = stateAfter([
      established('other', 'live', 'y'),
      of('c', one),
      at('other', 'c', { kind: 'cancelled', reason: null }),
      at('other', 'c', { kind: 'dropped' }),
    ]);
    expect(decisionRefusal(state, 'other', of('d', other)[1])?.code ?? null).toBe(code);
  });

  test('to drop what is used, with what uses it', () => {
    const state = stateAfter([...RETIRED, established('other', 'c', 'x')]);
    expect(decisionRefusal(state, '', asked('x')[1])?.facts).toEqual({ fingerprint: 'x', generations: ['a', 'c'] });
  });
});
