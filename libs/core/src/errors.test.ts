import { createContext, runInContext } from 'node:vm';
import { ERROR_CODES, isErrorCode, isFault, isLookalikeError, LookalikeError } from '#core';

describe('errors', () => {
  test('carry code, sentence, facts, cause, and whether trying again helps', () => {
    const cause = new Error('ECONNREFUSED');
    const error = new LookalikeError('log-unavailable', 'The log is away.', { cause, facts: { broker: 'a:1' } });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ code: 'log-unavailable', canRetry: true, facts: { broker: 'a:1' }, cause });
    expect(error.message).toBe('The log is away.');
  });

  test('without details have no cause and no facts', () => {
    const error = new LookalikeError('internal', 'Oh.');
    expect(Object.hasOwn(error, 'cause')).toBe(false);
    expect(error.facts).toEqual({});
  });

  test('are known by name and code, also from another realm', () => {
    expect(isLookalikeError(new LookalikeError('internal', 'Oh.'))).toBe(true);
    const foreign = runInContext(
      "Object.assign(new Error('Oh.'), { name: 'LookalikeError', code: 'internal' })",
      createContext({}),
    );
    expect(isLookalikeError(foreign)).toBe(true);
  });

  test.each([
    [undefined],
    [null],
    ['LookalikeError'],
    [new Error('plain')],
    [{ name: 'LookalikeError' }],
    [{ name: 'LookalikeError', code: 'no-such-code' }],
    [{ name: 'LookalikeError', code: 'toString' }],
  ])('%p is not one of ours', (value) => {
    expect(isLookalikeError(value)).toBe(false);
  });

  test('a fault is waited out, an answer is not, and the unknown counts as a fault', () => {
    expect(isFault(new LookalikeError('storage-unavailable', ''))).toBe(true);
    expect(isFault(new LookalikeError('picture-damaged', ''))).toBe(false);
    expect(isFault(new TypeError('x is not a function'))).toBe(true);
    expect(isFault(undefined)).toBe(true);
  });

  test.each(['index-damaged', 'log-damaged', 'log-mismatch'] as const)(
    '%s: no use trying again, and no outcome either',
    (code) => {
      const damaged = new LookalikeError(code, '');
      expect(damaged.canRetry).toBe(false);
      expect(isFault(damaged)).toBe(true);
    },
  );

  test('no outcome of a picture is a fault: waiting never mends it', () => {
    const pictures = Object.entries(ERROR_CODES).filter(([code]) => code.startsWith('picture-'));
    expect(pictures.length).toBeGreaterThan(0);
    for (const [, { canRetry }] of pictures) expect(canRetry).toBe(false);
  });

  test('of a link, waiting mends a server that is away or slow, and nothing else', () => {
    const links = Object.entries(ERROR_CODES).filter(([code]) => code.startsWith('link-'));
    const faults = links.filter(([, { canRetry }]) => canRetry).map(([code]) => code);
    expect(faults).toEqual(['link-unavailable', 'link-too-slow']);
    expect(links.length).toBeGreaterThan(faults.length);
  });

  test('codes are lowercase words with hyphens', () => {
    for (const code of Object.keys(ERROR_CODES)) expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(isErrorCode('internal')).toBe(true);
    expect(isErrorCode('constructor')).toBe(false);
    expect(isErrorCode(7)).toBe(false);
  });
});
