import fc from 'fast-check';
import { decodeImageEvent, EVENT_TYPES, isLookalikeError, type LogRecord } from '#core';

type Encoded = Parameters<typeof decodeImageEvent>[0];

const KEY = 'cat.jpg';
const state = { uri: `blob:${'ab'.repeat(32)}`, sha256: 'ab'.repeat(32), sizeBytes: 1, mediaType: 'image/png' };
const attributes = { specversion: '1.0', id: 'e-1', source: '/upload', type: EVENT_TYPES.added, subject: KEY };

const asBytes = (value: unknown) => Buffer.from(JSON.stringify(value));
const asHeaders = (given: Record<string, string>) =>
  Object.fromEntries(Object.entries(given).map(([name, value]) => [`ce_${name}`, value]));
const binary = (headers: Record<string, string> = {}, value: Uint8Array | null = asBytes(state)): Encoded => ({
  key: KEY,
  value,
  headers: { ...asHeaders(attributes), ...headers },
  timestampMs: 77,
});
const structured = (members: Record<string, unknown> = {}, contentType = 'application/cloudevents+json'): Encoded => ({
  key: KEY,
  value: asBytes({ ...attributes, data: state, ...members }),
  headers: { 'content-type': contentType },
  timestampMs: 77,
});

function fieldOf(record: Encoded): unknown {
  try {
    decodeImageEvent(record);
    return null;
  } catch (error) {
    if (!isLookalikeError(error) || error.code !== 'invalid-event') throw error;
    return error.facts.field;
  }
}

describe('the CloudEvents Kafka protocol binding', () => {
  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON;Charset="UTF-8"',
    'application/vnd.acme.picture+json',
    'text/json',
  ])('data of the type %s are JSON', (type) => {
    expect(fieldOf(binary({ 'content-type': type }))).toBeNull();
    expect(fieldOf(structured({ datacontenttype: type }))).toBeNull();
  });

  test('data without a type are JSON', () => {
    expect(fieldOf(binary())).toBeNull();
    expect(fieldOf(structured())).toBeNull();
  });

  test.each(['application/avro', 'text/plain', 'json', '', 'application/json; charset=iso-8859-1'])(
    'data of the type %j are refused by that name',
    (type) => {
      expect(fieldOf(binary({ 'content-type': type }))).toBe('content-type');
      expect(fieldOf(structured({ datacontenttype: type }))).toBe('datacontenttype');
    },
  );

  test.each([
    'application/cloudevents-batch+json',
    'application/cloudevents+avro',
    'application/cloudevents',
    'application/cloudevents+json; charset=utf-16',
  ])('an envelope of the type %s is refused by that name', (type) => {
    expect(fieldOf(structured({}, type))).toBe('content-type');
  });

  test('a batch is refused with what is wrong with it', () => {
    expect(() => decodeImageEvent(structured({}, 'application/cloudevents-batch+json; charset=utf-8'))).toThrow(
      /one event: a batch has no position for each/,
    );
  });

  test('names of headers are lowercase: others are not seen', () => {
    const { ce_id: id = '', ...headers } = binary().headers;
    expect(fieldOf({ ...binary(), headers: { ...headers, CE_ID: id } })).toBe('id');
    expect(fieldOf({ ...structured(), headers: { 'Content-Type': 'application/cloudevents+json' } })).toBe(
      'specversion',
    );
  });

  test('header values are not percent-encoded', () => {
    expect(fieldOf({ ...binary({ ce_subject: 'a%20b' }), key: 'a b' })).toBe('subject');
  });

  test('in structured mode headers of the binary mode may stand beside and are not read', () => {
    const record = structured();
    expect(fieldOf({ ...record, headers: { ...record.headers, ce_subject: 'another', ce_id: '' } })).toBeNull();
  });

  test('extensions and what else an event has are left out', () => {
    const extensions = { traceparent: '00-a', partitionkey: 'x', sequence: '7', dataschema: 'https://example.com/s' };
    const plain = decodeImageEvent(binary());
    expect(decodeImageEvent(binary(asHeaders(extensions)))).toEqual(plain);
    expect(decodeImageEvent(structured({ ...extensions, data: { ...state, colour: 'red' } }))).toEqual(plain);
  });

  test('a member of null is absent', () => {
    expect(decodeImageEvent(structured({ time: null, datacontenttype: null, data_base64: null })).timeMs).toBe(77);
    expect(fieldOf(structured({ id: null }))).toBe('id');
    expect(fieldOf(structured({ data: null }))).toBe('data');
  });

  test('data stand in one place', () => {
    expect(fieldOf(structured({ data_base64: asBytes(state).toString('base64') }))).toBe('data_base64');
  });

  test('a bare tombstone deletes nothing, and says what does', () => {
    expect(() => decodeImageEvent({ ...binary(), value: null, headers: {} })).toThrow(/io\.lookalike\.image\.deleted/);
  });

  test('what is in the data of a deletion does not hold it up', () => {
    const type = EVENT_TYPES.deleted;
    for (const value of [null, Buffer.from('{'), asBytes([1])]) {
      expect(fieldOf(binary({ ce_type: type, 'content-type': 'application/avro' }, value))).toBeNull();
    }
    expect(fieldOf(structured({ type, data: undefined, data_base64: '?' }))).toBeNull();
  });
});

describe('whatever lies in a log', () => {
  const contentType = fc.oneof(
    fc.constantFrom('application/json', 'application/cloudevents+json', 'application/cloudevents-batch+json'),
    fc.string(),
  );
  const text = fc.string({ unit: 'binary', maxLength: 20 });
  const headers: fc.Arbitrary<Record<string, string>> = fc.oneof(
    fc.dictionary(text, text),
    fc.record(
      {
        'content-type': contentType,
        ce_specversion: fc.oneof(fc.constant('1.0'), text),
        ce_id: text,
        ce_source: text,
        ce_type: fc.oneof(fc.constantFrom(...Object.values(EVENT_TYPES)), text),
        ce_subject: fc.oneof(fc.constant(KEY), text),
        ce_time: fc.oneof(
          fc.date({ noInvalidDate: true }).map((it) => it.toISOString()),
          fc.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/),
          text,
        ),
      },
      { requiredKeys: [] },
    ),
  );
  const near = fc.record(
    Object.fromEntries(
      [...Object.keys(attributes), ...Object.keys(state), 'attributes', 'data', 'data_base64', 'time'].map((name) => [
        name,
        fc.oneof(fc.constant({ ...attributes, ...state }[name] ?? state), fc.jsonValue()),
      ]),
    ),
    { requiredKeys: [] },
  );
  const value = fc.oneof(
    fc.constant(null),
    fc.uint8Array({ maxLength: 64 }),
    fc.json().map((it) => Buffer.from(it)),
    near.map(asBytes),
  );
  const record: fc.Arbitrary<Encoded> = fc.record({
    key: fc.oneof(fc.constantFrom(null, KEY), text),
    value,
    headers,
    timestampMs: fc.maxSafeNat(),
  }) as fc.Arbitrary<Pick<LogRecord, 'key' | 'value' | 'headers' | 'timestampMs'>>;

  test('is an event, or an invalid event with a reason, and nothing else', () => {
    fc.assert(
      fc.property(record, (it) => {
        try {
          const event = decodeImageEvent(it);
          expect(event.imageId).toBe(it.key);
          expect(Number.isSafeInteger(event.timeMs)).toBe(true);
        } catch (error) {
          if (!isLookalikeError(error)) throw error;
          expect(error).toMatchObject({
            code: 'invalid-event',
            facts: { field: expect.any(String), rule: expect.any(String) },
          });
        }
      }),
      { numRuns: 2_000 },
    );
  });

  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const withState = (member: string) => `{${JSON.stringify(state).slice(1, -1)},${member}}`;
  test.each([
    ['nested deeper than a stack', deep, 'data'],
    ['with attributes nested so', withState(`"attributes":{"a":${deep}}`), 'attributes.a'],
    ['with a size of many digits', withState(`"sizeBytes":${'9'.repeat(100_000)}`), 'data.sizeBytes'],
  ])('data %s are refused like others', (_, json, field) => {
    expect(fieldOf(binary({}, Buffer.from(json)))).toBe(field);
  });
});
