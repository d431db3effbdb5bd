import specs from '@asyncapi/specs';
import { Ajv, type AnySchema } from 'ajv';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import {
  ATTRIBUTE_LIMITS,
  DEAD_LETTERS_TOPIC,
  decodeDeadLetter,
  decodeImageEvent,
  EVENT_LIMITS,
  EVENT_TYPES,
  encodeDeadLetter,
  encodeImageEvent,
  IMAGE_EVENTS_TOPIC,
  IMAGE_ID_MAX_LENGTH,
  isLookalikeError,
} from '#core';
import { DEFAULT_KAFKA_SETTINGS } from '#log-kafka';
import { maxMessageBytes } from '../../libs/log-kafka/src/kafka-settings.js';
import {
  codecTakes,
  DOCUMENT,
  type Members,
  type Mode,
  schemaTakes,
  toRecord,
  validatorOf,
} from './contract-document.js';
import { changedEvent, validEvent } from './sent-events.js';

// A busy machine takes its time for thousands of events.
jest.setTimeout(90_000);

const STRUCTURED = { 'content-type': 'application/cloudevents+json' };
const HEAD = { specversion: '1.0', id: 'e', source: '/tests', type: EVENT_TYPES.added, subject: 'cat.jpg' };
const STATE = { uri: 'blob:x', sha256: 'ab'.repeat(32), sizeBytes: 1, mediaType: 'image/png' };

const { messages, schemas } = DOCUMENT.components;

describe('asyncapi.yaml', () => {
  test('is an AsyncAPI 3.0 document, bindings included', () => {
    const ajv = new Ajv({ strict: false, allErrors: true });
    addFormats(ajv);
    const isValid = ajv.compile(specs.schemasWithoutId['3.0.0'] as AnySchema);
    isValid(DOCUMENT);
    expect(isValid.errors ?? []).toEqual([]);
  });

  test('refers to nothing that is not there', () => {
    const refs = [...JSON.stringify(DOCUMENT).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, it = '']) => it);
    expect(refs.length).toBeGreaterThan(30);
    for (const ref of refs) {
      const found = ref
        .split('/')
        .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], DOCUMENT);
      expect([ref, typeof found]).toEqual([ref, 'object']);
    }
  });

  test('names the topics, the types and the limits of the code', () => {
    const { imageEvents, deadLetters } = DOCUMENT.channels;
    expect([imageEvents?.address, imageEvents?.bindings.kafka.topic]).toEqual([IMAGE_EVENTS_TOPIC, IMAGE_EVENTS_TOPIC]);
    expect([deadLetters?.address, deadLetters?.bindings.kafka.topic]).toEqual([DEAD_LETTERS_TOPIC, DEAD_LETTERS_TOPIC]);
    const settings = { ...DEFAULT_KAFKA_SETTINGS, brokers: [] };
    expect(imageEvents?.bindings.kafka.topicConfiguration).toEqual({
      'cleanup.policy': ['delete'],
      'retention.ms': -1,
      'retention.bytes': -1,
      'max.message.bytes': maxMessageBytes(settings),
    });
    const text = JSON.stringify(schemas);
    for (const type of Object.values(EVENT_TYPES)) expect(text.split(`"${type}"`)).toHaveLength(3);
    const state = schemas.imageState?.properties ?? {};
    expect(
      [schemas.imageId, schemas.eventId, schemas.source, state.uri, state.mediaType].map((it) => it?.maxLength),
    ).toEqual([IMAGE_ID_MAX_LENGTH, EVENT_LIMITS.id, EVENT_LIMITS.source, EVENT_LIMITS.uri, EVENT_LIMITS.mediaType]);
    expect(schemas.attributes).toMatchObject({
      maxProperties: ATTRIBUTE_LIMITS.names,
      propertyNames: { maxLength: ATTRIBUTE_LIMITS.nameLength },
      description: expect.stringContaining(`At most ${ATTRIBUTE_LIMITS.jsonBytes} bytes`),
    });
    expect(schemas.attributeValue?.oneOf).toContainEqual({
      type: 'array',
      maxItems: ATTRIBUTE_LIMITS.listLength,
      items: { type: 'string', maxLength: ATTRIBUTE_LIMITS.stringLength },
    });
  });

  const examples = Object.entries(messages).flatMap(([name, { examples: given = [] }]) =>
    given.map((example) => [`${name}: ${example.name}`, name, example] as const),
  );
  test.each(examples)('its example %s is what its schema and the code take', (_, name, { headers, payload }) => {
    expect(validatorOf(`/components/messages/${name}/headers`)(headers)).toBe(true);
    expect(validatorOf(`/components/messages/${name}/payload`)(payload)).toBe(true);
    if (name === 'deadLetter') {
      const value = Buffer.from(JSON.stringify(payload));
      expect(reasonFor(decodeDeadLetter({ value }).original)).toEqual((payload as { reason: object }).reason);
    } else {
      const { subject = headers.ce_subject } = payload as { subject?: string };
      expect(() => decodeImageEvent(toRecord({ key: String(subject), headers, payload }))).not.toThrow();
    }
  });

  test('what a platform may publish is taken by the schema and by the code', () => {
    fc.assert(
      fc.property(validEvent, ({ mode, sent }) => {
        expect([schemaTakes(mode, sent), codecTakes(sent)]).toEqual([true, true]);
      }),
      { numRuns: 500 },
    );
  });

  test('field by field, schema and code refuse the same', () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(changedEvent, ({ mode, field, sent }) => {
        const taken = codecTakes(sent);
        expect({ field, mode, taken: schemaTakes(mode, sent) }).toEqual({ field, mode, taken });
        const seenAs = `${mode} ${taken ? 'taken' : 'refused'}`;
        seen.set(seenAs, (seen.get(seenAs) ?? 0) + 1);
      }),
      { numRuns: 2_000 },
    );
    for (const count of seen.values()) expect(count).toBeGreaterThan(100);
    expect(seen.size).toBe(4);
  });

  test.each<[string, Members, boolean]>([
    ['an attribute named __proto__', { data: JSON.parse('{"attributes":{"__proto__":1}}') as Members }, false],
    ['an attribute named toString', { data: { attributes: { toString: 1 } } }, true],
    ['data in both places', { data: {}, data_base64: 'e30=' }, false],
    ['data in no place', { data: undefined }, false],
    ['data as a text', { data: JSON.stringify(STATE) }, false],
  ])('%s: schema and code agree', (_, members, isTaken) => {
    const data = typeof members.data === 'object' ? { ...STATE, ...members.data } : members.data;
    const sent = { key: 'cat.jpg', headers: STRUCTURED, payload: { ...HEAD, ...members, data } };
    const payload = JSON.parse(JSON.stringify(sent.payload)) as unknown;
    expect([schemaTakes('structured', { ...sent, payload }), codecTakes(sent)]).toEqual([isTaken, isTaken]);
  });

  test('what lookalike writes is what the document says', () => {
    fc.assert(
      fc.property(validEvent, ({ sent }) => {
        const { key, headers, value } = encodeImageEvent(decodeImageEvent(toRecord(sent)));
        const payload = JSON.parse(Buffer.from(value ?? []).toString()) as unknown;
        expect(schemaTakes('binary' satisfies Mode, { key, headers, payload })).toBe(true);
      }),
    );
    const original = { topic: IMAGE_EVENTS_TOPIC, partition: 0, offset: 0, timestampMs: 0, key: null, headers: {} };
    for (const value of [null, new Uint8Array(3), new Uint8Array(2_000_000)]) {
      const letter = encodeDeadLetter({
        reason: { code: 'invalid-event', message: 'x' },
        original: { ...original, value },
      });
      expect(validatorOf('/components/messages/deadLetter/headers')(letter.headers)).toBe(true);
      const payload = JSON.parse(Buffer.from(letter.value ?? []).toString()) as unknown;
      expect(validatorOf('/components/messages/deadLetter/payload')(payload)).toBe(true);
    }
  });
});

function reasonFor(record: Parameters<typeof decodeImageEvent>[0]): unknown {
  try {
    return decodeImageEvent(record);
  } catch (error) {
    if (!isLookalikeError(error)) throw error;
    return { code: error.code, message: error.message };
  }
}
