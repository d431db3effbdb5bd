import fc from 'fast-check';
import { ATTRIBUTE_LIMITS, parseAttributes } from '#core';

const names = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`name${i}`, i]));

describe('attributes', () => {
  test.each([
    [{}],
    [{ city: 'Žďár 🐎', year: 2024, rating: -1.5, public: true, tags: ['a', 'b'], empty: '', none: [] }],
    [{ _private: 1, 'a.b-c_d': 2 }],
    [names(ATTRIBUTE_LIMITS.names)],
    [{ ['n'.repeat(64)]: 's'.repeat(2048) }],
    [{ tags: Array.from({ length: 64 }, () => 't') }],
  ])('%# are taken as they are', (value) => {
    expect(parseAttributes(value)).toEqual(value);
  });

  const json = (text: string) => JSON.parse(text) as unknown;
  test.each<[string, unknown, string, RegExp]>([
    ['null', null, 'attributes', /JSON object/],
    ['a list', [], 'attributes', /JSON object/],
    ['a string', 'a', 'attributes', /JSON object/],
    ['too many names', names(65), 'attributes', /at most 64 names/],
    ['an empty name', { '': 1 }, 'attributes.', /name must match/],
    ['a name with a space', { 'a b': 1 }, 'attributes.a b', /name must match/],
    ['a name that begins with a digit', { '1a': 1 }, 'attributes.1a', /name must match/],
    ['a name with a newline at its end', { 'a\n': 1 }, 'attributes.a\n', /name must match/],
    ['a long name', { ['n'.repeat(65)]: 1 }, `attributes.${'n'.repeat(64)}`, /at most 64 characters/],
    ['__proto__', json('{"__proto__": 1}'), 'attributes.__proto__', /name must match/],
    ['null as a value', { a: null }, 'attributes.a', /a string, a number, a boolean or a list/],
    ['undefined as a value', { a: undefined }, 'attributes.a', /a string, a number, a boolean or a list/],
    ['an object as a value', { a: { b: 1 } }, 'attributes.a', /a string, a number, a boolean or a list/],
    ['not a number', { a: Number.NaN }, 'attributes.a', /finite/],
    ['infinity', { a: Number.NEGATIVE_INFINITY }, 'attributes.a', /finite/],
    ['a long string', { a: 's'.repeat(2049) }, 'attributes.a', /at most 2048 characters/],
    ['a lone surrogate', { a: '\ud800' }, 'attributes.a', /well-formed/],
    ['a list with a number', { a: ['x', 1] }, 'attributes.a', /list of strings/],
    ['a list with a long string', { a: ['s'.repeat(2049)] }, 'attributes.a', /at most 2048 characters/],
    ['a list with holes', { a: new Array(2) }, 'attributes.a', /list of strings/],
    ['a long list', { a: Array.from({ length: 65 }, () => 'x') }, 'attributes.a', /at most 64 items/],
    [
      'too many bytes',
      Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`n${i}`, 's'.repeat(2000)])),
      'attributes',
      /at most 16384 bytes/,
    ],
  ])('%s is refused with the field and the rule', (_, value, field, rule) => {
    expect(() => parseAttributes(value)).toThrow(
      expect.objectContaining({
        code: 'invalid-attributes',
        facts: { field, rule: expect.stringMatching(rule) },
      }),
    );
  });

  test('bytes are counted, not characters', () => {
    const value = Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`n${i}`, '🐎'.repeat(1000)]));
    expect(() => parseAttributes(value)).toThrow(expect.objectContaining({ code: 'invalid-attributes' }));
  });

  test('whatever is taken survives JSON unchanged', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        try {
          const parsed = parseAttributes(value);
          expect(parseAttributes(JSON.parse(JSON.stringify(parsed)))).toEqual(JSON.parse(JSON.stringify(value)));
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid-attributes' });
        }
      }),
    );
  });
});
