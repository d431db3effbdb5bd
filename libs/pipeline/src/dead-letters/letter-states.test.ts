import {
  DEAD_LETTER_ACTIONS,
  DEAD_LETTER_ACTIONS_TOPIC,
  type DeadLetterAction,
  type DeadLetterId,
  encodeDeadLetterAction,
} from '#core';
import { LETTER_STATES, LetterStates } from '#pipeline';
import { MemoryEventLog } from '#testkit';
import { type KnownLetterState, nextState } from './letter-states.js';

type Action = DeadLetterAction['action'];

describe('what actions make of a letter', () => {
  const expected: Readonly<Record<KnownLetterState, Readonly<Record<Action, KnownLetterState>>>> = {
    open: {
      redrive: 'redriving',
      discard: 'discarded',
      redriven: 'redriven',
      superseded: 'superseded',
      failed: 'open',
      erased: 'erased',
    },
    redriving: {
      redrive: 'redriving',
      discard: 'discarded',
      redriven: 'redriven',
      superseded: 'superseded',
      failed: 'open',
      erased: 'erased',
    },
    // What another encoder's embedder finds when it reads old requests changes nothing any more.
    redriven: {
      redrive: 'redriven',
      discard: 'redriven',
      redriven: 'redriven',
      superseded: 'redriven',
      failed: 'redriven',
      erased: 'erased',
    },
    superseded: {
      redrive: 'superseded',
      discard: 'superseded',
      redriven: 'superseded',
      superseded: 'superseded',
      failed: 'superseded',
      erased: 'erased',
    },
    discarded: {
      redrive: 'redriving',
      discard: 'discarded',
      redriven: 'discarded',
      superseded: 'discarded',
      failed: 'discarded',
      erased: 'erased',
    },
    erased: {
      redrive: 'erased',
      discard: 'erased',
      redriven: 'erased',
      superseded: 'erased',
      failed: 'erased',
      erased: 'erased',
    },
  };
  test.each([...LETTER_STATES, 'erased'] as const)('that is %s', (state) => {
    const found = Object.fromEntries(DEAD_LETTER_ACTIONS.map((action) => [action, nextState(state, { action })]));
    expect(found).toEqual(expected[state]);
  });
});

describe('the states of letters', () => {
  let log: MemoryEventLog;
  beforeEach(async () => {
    log = new MemoryEventLog();
    await log.ensureTopic(DEAD_LETTER_ACTIONS_TOPIC, { partitions: 2, retention: 'forever' });
  });

  const act = (letter: DeadLetterId, action: Action, by: string | null = null) =>
    log.append(DEAD_LETTER_ACTIONS_TOPIC, [encodeDeadLetterAction({ letter, action, by, atMs: 7 })]);
  const at = (partition: number, offset: number) => ({ partition, offset });

  test('are the fold of the actions, each read once', async () => {
    const states = new LetterStates(log);
    await act(at(0, 5), 'redrive');
    await act(at(1, 5), 'discard');
    await act(at(0, 1_000_000), 'redrive');
    await states.current();
    expect([at(0, 5), at(1, 5), at(0, 1_000_000), at(1, 6)].map((it) => states.stateOf(it))).toEqual([
      'redriving',
      'discarded',
      'redriving',
      'open',
    ]);
    expect(states.counts).toEqual({ redriving: 2, redriven: 0, superseded: 0, discarded: 1, erased: 0 });
    await act(at(0, 5), 'redriven');
    await act(at(0, 1_000_000), 'failed');
    const read = jest.spyOn(log, 'read');
    await states.current();
    for (const [{ from = 0 }] of read.mock.calls) expect(from).toBeGreaterThan(0);
    expect(states.stateOf(at(0, 5))).toBe('redriven');
    expect(states.stateOf(at(0, 1_000_000))).toBe('open');
    expect(states.counts).toEqual({ redriving: 0, redriven: 1, superseded: 0, discarded: 1, erased: 0 });
    read.mockClear();
    await states.current();
    expect(read).not.toHaveBeenCalled();
  });

  test('know the last action of a letter', async () => {
    const states = new LetterStates(log);
    await act(at(0, 5), 'redrive');
    await act(at(0, 6), 'discard', 'somebody');
    await act(at(0, 5), 'discard', 'operator');
    await states.current();
    expect(await states.lastAction(at(0, 5))).toEqual({ letter: at(0, 5), action: 'discard', by: 'operator', atMs: 7 });
    expect(await states.lastAction(at(1, 5))).toBeNull();
  });

  test('are read a bounded number of records at a time, and are not told before all is read', async () => {
    for (let offset = 0; offset < 10; offset++) await act(at(0, offset), 'discard');
    const states = new LetterStates(log);
    expect(await states.catchUp(4)).toBe(false);
    expect(states.counts.discarded).toBe(4);
    expect(await states.catchUp(5)).toBe(false);
    jest.spyOn(states, 'catchUp').mockResolvedValueOnce(false);
    await expect(states.current()).rejects.toMatchObject({ code: 'overloaded' });
    expect((await states.current()).counts.discarded).toBe(10);
  });

  test('forget the oldest when they are too many, which count as open again', async () => {
    const states = new LetterStates(log, 2);
    for (const partition of [0, 1, 2]) await act(at(partition, 9), 'discard');
    // One partition of actions keeps their order.
    await states.current();
    expect(states.counts.discarded).toBe(2);
    const open = [0, 1, 2].filter((partition) => states.stateOf(at(partition, 9)) === 'open');
    expect(open).toHaveLength(1);
  });

  test('pass over what is no action', async () => {
    await log.append(DEAD_LETTER_ACTIONS_TOPIC, [{ key: '0-1', value: Buffer.from('{'), headers: {} }]);
    await act(at(0, 1), 'discard');
    const states = await new LetterStates(log).current();
    expect(states.counts.discarded).toBe(1);
  });
});
