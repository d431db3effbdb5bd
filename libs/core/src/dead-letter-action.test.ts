import { type DeadLetterAction, decodeDeadLetterAction, encodeDeadLetterAction, parseDeadLetterId } from '#core';

const action: DeadLetterAction = {
  letter: { partition: 3, offset: 41 },
  action: 'redrive',
  by: 'operator',
  atMs: 1_800_000_000_000,
};

describe('actions on dead letters', () => {
  test.each<DeadLetterAction>([
    action,
    { ...action, action: 'discard', by: null },
    { ...action, action: 'failed', reason: { code: 'picture-damaged', message: 'It ends early.' } },
  ])('%j comes back whole, keyed by its letter', (it) => {
    const record = encodeDeadLetterAction(it);
    expect(record.key).toBe('3-41');
    expect(decodeDeadLetterAction(record)).toEqual(it);
  });

  test.each([
    'null',
    '{',
    '[]',
    '{}',
    JSON.stringify({ letter: '3-41', action: 'burn', by: null, atMs: 1 }),
    JSON.stringify({ letter: '3', action: 'redrive', by: null, atMs: 1 }),
    JSON.stringify({ letter: '3-41', action: 'redrive', by: null }),
  ])('%s is refused', (text) => {
    expect(() => decodeDeadLetterAction({ value: Buffer.from(text) })).toThrow(
      expect.objectContaining({ code: 'invalid-record' }),
    );
  });

  test.each(['', '3', '3-', '-3', '03-1', '3-01', '3-1-2', ' 3-1', '3-1e3', '3-99999999999999999'])(
    '%j is no id',
    (text) => expect(parseDeadLetterId(text)).toBeNull(),
  );

  test.each([
    ['0-0', { partition: 0, offset: 0 }],
    ['1023-9007199254740991', { partition: 1023, offset: Number.MAX_SAFE_INTEGER }],
  ])('%s is an id', (text, id) => expect(parseDeadLetterId(text)).toEqual(id));
});
