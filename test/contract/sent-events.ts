import fc from 'fast-check';
import { ATTRIBUTE_LIMITS, EVENT_LIMITS, EVENT_TYPES, IMAGE_ID_MAX_LENGTH } from '#core';
import type { Members, Mode, Sent } from './contract-document.js';

const filled = (limit: number) =>
  fc
    .constantFrom('x', '🐎')
    .chain((it) => fc.constantFrom(it.repeat(limit), it.repeat(limit + 1), it.repeat(limit - 1)));
const text = (limit: number) =>
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((it) => it.length <= limit);
const visible = /^[^\p{Cc}]+$/u;
const imageId = text(IMAGE_ID_MAX_LENGTH).filter((it) => visible.test(it) && it !== '.' && it !== '..');
const time = fc.constantFrom(
  '2026-11-24T20:13:30Z',
  '2026-11-24t20:13:30.123456789z',
  '2024-02-29T23:59:59+05:30',
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59+23:59',
);
const brokenTime = fc.constantFrom(
  '',
  '2026',
  '2026-11-24',
  '2026-11-24T20:13:30',
  '2026-11-24 20:13:30Z',
  '2026-02-29T20:13:30Z',
  '2026-04-31T20:13:30Z',
  '2026-13-01T20:13:30Z',
  '2026-11-24T24:00:00Z',
  '2026-11-24T23:59:60Z',
  '2026-11-24T20:13:30+24:00',
  '2026-11-24T20:13:30+01:60',
  '2026-11-24T20:13Z',
  'yesterday',
);
const attributeName = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,9}$/).filter((it) => it !== '__proto__');
const attributeValue = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.array(fc.string(), { maxLength: 3 }),
);
const state = fc.record(
  {
    uri: text(EVENT_LIMITS.uri),
    sha256: fc.stringMatching(/^[0-9a-f]{64}$/),
    sizeBytes: fc.maxSafeNat(),
    mediaType: fc.constantFrom('image/jpeg', 'image/png', 'x'),
    attributes: fc.oneof(fc.constant(null), fc.dictionary(attributeName, attributeValue, { maxKeys: 4 })),
    unknown: fc.jsonValue({ maxDepth: 1 }),
  },
  { requiredKeys: ['uri', 'sha256', 'sizeBytes', 'mediaType'] },
);
const head = fc.record(
  {
    specversion: fc.constant('1.0'),
    id: text(EVENT_LIMITS.id),
    source: text(EVENT_LIMITS.source),
    type: fc.constantFrom(...Object.values(EVENT_TYPES)),
    subject: imageId,
    time,
    traceparent: fc.string(),
  },
  { requiredKeys: ['specversion', 'id', 'source', 'type', 'subject'] },
);
const dataType = fc.constantFrom('application/json', 'application/json; charset=utf-8');

/** Events that a platform may publish, in either mode. */
export const validEvent: fc.Arbitrary<{ mode: Mode; sent: Sent }> = fc
  .record({
    mode: fc.constantFrom<Mode>('binary', 'structured'),
    head,
    state,
    dataType: fc.option(dataType, { nil: undefined }),
    isBase64: fc.boolean(),
  })
  .map(({ mode, head: given, state: data, dataType: type, isBase64 }) => {
    const isDeleted = given.type === EVENT_TYPES.deleted;
    if (mode === 'structured') {
      const placed = isBase64 ? { data_base64: Buffer.from(JSON.stringify(data)).toString('base64') } : { data };
      const payload = { ...given, ...(type !== undefined && { datacontenttype: type }), ...(isDeleted ? {} : placed) };
      return {
        mode,
        sent: { key: given.subject, headers: { 'content-type': 'application/cloudevents+json' }, payload },
      };
    }
    const headers = Object.fromEntries(Object.entries(given).map(([name, value]) => [`ce_${name}`, value]));
    const payload = isDeleted ? {} : data;
    return {
      mode,
      sent: {
        key: given.subject,
        headers: { ...headers, ...(type !== undefined && { 'content-type': type }) },
        payload,
      },
    };
  });

const anyText = fc.oneof(
  fc.constantFrom(
    '',
    '.',
    '..',
    'a',
    'a\nb',
    '\u0085',
    '1.0',
    '0.3',
    'ab'.repeat(32),
    'AB'.repeat(32),
    `${'ab'.repeat(32)}\n`,
  ),
  fc.constantFrom(...Object.values(EVENT_TYPES), 'io.lookalike.image.added.v2'),
  fc.string({ unit: 'binary', maxLength: 6 }),
  filled(EVENT_LIMITS.mediaType),
  filled(IMAGE_ID_MAX_LENGTH),
  filled(EVENT_LIMITS.id),
  filled(EVENT_LIMITS.source),
);
const anyJson = fc.oneof(
  anyText,
  fc.constantFrom(null, true, 0, -1, 0.5, 7, 2 ** 53, 2 ** 53 - 1, [], {}, ['a', 'b'], ['a', 1], [null], { a: 1 }),
  fc.jsonValue({ maxDepth: 2 }),
);
const names = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`name${i}`, i]));
const anyAttributes = fc.oneof(
  anyJson,
  fc.constantFrom(names(ATTRIBUTE_LIMITS.names), names(ATTRIBUTE_LIMITS.names + 1)),
  fc
    .tuple(
      fc.oneof(
        anyText.filter((it) => it.length < 100),
        filled(ATTRIBUTE_LIMITS.nameLength),
        fc.constantFrom('__proto__', 'a-b', '1a', 'a b', 'toString'),
      ),
      fc.oneof(
        anyJson,
        fc
          .constantFrom(ATTRIBUTE_LIMITS.listLength, ATTRIBUTE_LIMITS.listLength + 1)
          .map((it) => new Array(it).fill('x')),
        filled(ATTRIBUTE_LIMITS.stringLength).map((it) => [it]),
      ),
    )
    .map((entry) => Object.fromEntries([entry]) as Members),
);

/** What takes the place of a field; `undefined` takes it away. Of media types those that both read alike. */
const CHANGES: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  specversion: anyJson,
  id: anyJson,
  source: anyJson,
  type: anyJson,
  subject: anyJson,
  time: fc.oneof(time, brokenTime, anyJson),
  traceparent: anyJson,
  datacontenttype: fc.oneof(dataType, fc.constantFrom('application/avro', 'text/plain', '', null, 7)),
  uri: anyJson,
  sha256: anyJson,
  sizeBytes: anyJson,
  mediaType: anyJson,
  attributes: anyAttributes,
  unknown: anyJson,
  data: anyJson,
};
const HEAD = ['specversion', 'id', 'source', 'type', 'subject', 'time', 'traceparent', 'datacontenttype'];
const STATE = ['uri', 'sha256', 'sizeBytes', 'mediaType', 'attributes', 'unknown'];

/** The same with one field changed or taken away. */
export const changedEvent = fc
  .tuple(validEvent, fc.constantFrom(...HEAD, ...STATE, 'data'))
  .chain(([it, field]) =>
    fc
      .oneof({ weight: 1, arbitrary: fc.constant(undefined) }, { weight: 5, arbitrary: CHANGES[field] ?? anyJson })
      .map((value) => ({ mode: it.mode, field, sent: change(it.mode, it.sent, field, value) })),
  );

function change(mode: Mode, sent: Sent, field: string, value: unknown): Sent {
  const changed = HEAD.includes(field) ? changeHead(mode, sent, field, value) : changeData(mode, sent, field, value);
  // That the subject is the key no schema can say.
  const subject = mode === 'binary' ? changed.headers.ce_subject : (changed.payload as Members | null)?.subject;
  return { ...changed, key: typeof subject === 'string' ? subject : changed.key };
}

function changeHead(mode: Mode, sent: Sent, field: string, value: unknown): Sent {
  if (mode === 'structured') return { ...sent, payload: withMember(sent.payload as Members, field, value) };
  // Headers are texts.
  const text = value === undefined ? undefined : typeof value === 'string' ? value : JSON.stringify(value);
  const name = field === 'datacontenttype' ? 'content-type' : `ce_${field}`;
  return { ...sent, headers: withMember(sent.headers, name, text) };
}

function changeData(mode: Mode, sent: Sent, field: string, value: unknown): Sent {
  if (mode === 'binary')
    return { ...sent, payload: field === 'data' ? value : withMember(sent.payload as Members, field, value) };
  const { data, data_base64: base64, ...rest } = sent.payload as Members;
  if (field === 'data') return { ...sent, payload: withMember(sent.payload as Members, 'data', value) };
  // A schema does not look into base64.
  const read = (data ??
    (base64 === undefined ? {} : JSON.parse(Buffer.from(String(base64), 'base64').toString()))) as Members;
  return { ...sent, payload: { ...rest, data: withMember(read, field, value) } };
}

function withMember(members: Members, name: string, value: unknown): Members {
  return Object.fromEntries([
    ...Object.entries(members).filter(([it]) => it !== name),
    ...(value === undefined ? [] : [[name, value]]),
  ]) as Members;
}
