import { DEAD_LETTER_MAX_BYTES, decodeDeadLetter, EVENT_LOG_LIMITS, encodeDeadLetter, type LogRecord } from '#core';

const reason = { code: 'picture-damaged', message: 'It ends early.' } as const;
const original: LogRecord = {
  topic: 'image-events',
  partition: 3,
  offset: 99,
  timestampMs: 1_795_000_000_000,
  key: 'žluťoučký 🐎',
  value: Uint8Array.from([0, 255, 128, 10]),
  headers: { ce_id: 'e-1', other: 'ž' },
};

describe('dead letters', () => {
  test('the whole original comes back with its position and the reason', () => {
    const letter = encodeDeadLetter({ reason, original });
    expect(letter.key).toBe(original.key);
    expect(letter.headers.reason).toBe('picture-damaged');
    const found = decodeDeadLetter(letter);
    expect(found.reason).toEqual(reason);
    expect({ ...found.original, value: [...(found.original.value ?? [])] }).toEqual({
      ...original,
      value: [0, 255, 128, 10],
    });
  });

  test.each([
    { ...original, value: null },
    { ...original, value: new Uint8Array(0) },
    { ...original, key: null },
  ])('%# an original without a key, a value or bytes stays as it is', (it) => {
    const found = decodeDeadLetter(encodeDeadLetter({ reason, original: it })).original;
    expect(found.key).toBe(it.key);
    expect(found.value === null ? null : [...found.value]).toEqual(it.value === null ? null : [...it.value]);
  });

  test.each<[string, Partial<LogRecord>]>([
    ['value', { value: new Uint8Array(DEAD_LETTER_MAX_BYTES) }],
    ['key', { key: '\u0001'.repeat(DEAD_LETTER_MAX_BYTES) }],
    ['headers', { headers: { much: '\u0001'.repeat(DEAD_LETTER_MAX_BYTES / 4) } }],
  ])('an original with a %s too large for a letter is named by its position, and fits', (_, large) => {
    const { key, value } = encodeDeadLetter({ reason, original: { ...original, ...large } });
    expect(value?.length).toBeLessThan(DEAD_LETTER_MAX_BYTES);
    expect(Buffer.byteLength(key)).toBeLessThanOrEqual(EVENT_LOG_LIMITS.keyBytes);
    expect(decodeDeadLetter({ value })).toMatchObject({
      reason,
      isCut: true,
      original: { topic: 'image-events', partition: 3, offset: 99, value: null },
    });
  });

  test('a key that no log takes is in the letter, which has none itself', () => {
    const long = 'k'.repeat(EVENT_LOG_LIMITS.keyBytes + 1);
    const letter = encodeDeadLetter({ reason, original: { ...original, key: long } });
    expect(letter.key).toBe('');
    expect(decodeDeadLetter(letter)).toMatchObject({ original: { key: long } });
  });

  const letter = { reason, original: { ...original, value: 'AP8=' } };
  const without = (name: string) =>
    Object.fromEntries(Object.entries(letter.original).filter(([field]) => field !== name));
  test.each<[string, string]>([
    ['nothing', ''],
    ['no JSON', '{'],
    ['null', 'null'],
    ['a number', '7'],
    ['no original', JSON.stringify({ reason })],
    ['no reason', JSON.stringify({ original: letter.original })],
    ['a reason without a code', JSON.stringify({ ...letter, reason: { message: 'a' } })],
    ['no value', JSON.stringify({ reason, original: without('value') })],
    ['a value that is a list', JSON.stringify({ reason, original: { ...letter.original, value: [1] } })],
    ['no topic', JSON.stringify({ reason, original: without('topic') })],
    ['no offset', JSON.stringify({ reason, original: without('offset') })],
    ['no partition', JSON.stringify({ reason, original: without('partition') })],
    ['no headers', JSON.stringify({ reason, original: without('headers') })],
  ])('a letter with %s is refused', (_, text) => {
    expect(() => decodeDeadLetter({ value: Buffer.from(text) })).toThrow(
      expect.objectContaining({ code: 'invalid-record' }),
    );
  });

  test('a letter whose reason this version does not know can still be inspected', () => {
    const value = Buffer.from(JSON.stringify({ ...letter, reason: { code: 'of-another-version', message: 'a' } }));
    expect(decodeDeadLetter({ value }).reason.code).toBe('of-another-version');
  });

  test('a tombstone is no letter', () => {
    expect(() => decodeDeadLetter({ value: null })).toThrow(expect.objectContaining({ code: 'invalid-record' }));
  });
});
