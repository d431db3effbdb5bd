import { decodeImageEvent, encodeImageEvent, type ImageEvent, type ImageId, type ImageState } from '#core';

const state: ImageState = {
  uri: `blob:${'ab'.repeat(32)}`,
  sha256: 'ab'.repeat(32),
  sizeBytes: 12_345,
  mediaType: 'image/jpeg',
  attributes: { city: 'Žďár 🐎', year: 2024, tags: ['a', 'b'] },
};
const imageId = 'holiday/🐎 1.jpg' as ImageId;
const head = { eventId: 'e-1', source: '/upload', imageId, timeMs: Date.UTC(2026, 10, 22, 12, 30, 1, 234) };
const added: ImageEvent = { ...head, kind: 'added', state };

/** What a log hands back for what was encoded. */
const stored = (event: ImageEvent = added) => ({ ...encodeImageEvent(event), timestampMs: 77 });
const withHeaders = (headers: Record<string, string | undefined>) => {
  const record = stored();
  const all = { ...record.headers, ...headers };
  const given = Object.entries(all).filter((it): it is [string, string] => it[1] !== undefined);
  return { ...record, headers: Object.fromEntries(given) };
};
const withState = (change: Record<string, unknown>) => ({
  ...stored(),
  value: Buffer.from(JSON.stringify({ ...state, ...change })),
});
const envelope = {
  specversion: '1.0',
  id: 'e-1',
  source: '/upload',
  type: 'io.lookalike.image.added.v1',
  subject: imageId as string,
  time: '2026-11-22T12:30:01.234Z',
  datacontenttype: 'application/json',
  data: state as unknown,
};
const structured = (value: unknown, contentType = 'application/cloudevents+json') => ({
  key: imageId as string,
  value: typeof value === 'string' ? Buffer.from(value) : Buffer.from(JSON.stringify(value)),
  headers: { 'content-type': contentType },
  timestampMs: 77,
});

describe('image events as CloudEvents', () => {
  test.each<ImageEvent>([added, { ...head, kind: 'updated', state }, { ...head, kind: 'deleted' }])(
    '$kind comes back as it was written',
    (event) => {
      expect(decodeImageEvent(stored(event))).toEqual(event);
    },
  );

  test('binary mode: attributes as headers, data as value, subject and key the image', () => {
    const { key, value, headers } = encodeImageEvent(added);
    expect(key).toBe(imageId);
    expect(JSON.parse(Buffer.from(value ?? []).toString())).toEqual(state);
    expect(headers).toEqual({
      'content-type': 'application/json',
      ce_specversion: '1.0',
      ce_id: 'e-1',
      ce_source: '/upload',
      ce_type: 'io.lookalike.image.added.v1',
      ce_subject: imageId,
      ce_time: '2026-11-22T12:30:01.234Z',
    });
  });

  test('a deleted event has a value, so that compaction does not take it for a tombstone', () => {
    expect(encodeImageEvent({ ...head, kind: 'deleted' }).value).not.toBeNull();
  });

  test('a deleted event is read whatever its data, which foreign publishers may leave out', () => {
    const record = stored({ ...head, kind: 'deleted' });
    for (const value of [null, new Uint8Array(0), Buffer.from('{"a":1}'), Buffer.from('{')]) {
      expect(decodeImageEvent({ ...record, value })).toEqual({ ...head, kind: 'deleted' });
    }
  });

  test.each([
    'application/cloudevents+json',
    'application/cloudevents+json; charset=UTF-8',
    'Application/CloudEvents+JSON',
  ])('structured mode is read: %s', (contentType) => {
    expect(decodeImageEvent(structured(envelope, contentType))).toEqual(added);
  });

  test('structured mode with data_base64 is read', () => {
    const { data, ...rest } = envelope;
    const data_base64 = Buffer.from(JSON.stringify(data)).toString('base64');
    expect(decodeImageEvent(structured({ ...rest, data_base64 }))).toEqual(added);
  });

  test('without a time the log says when', () => {
    expect(decodeImageEvent(withHeaders({ ce_time: undefined })).timeMs).toBe(77);
  });

  test('a time with an offset is the same moment', () => {
    expect(decodeImageEvent(withHeaders({ ce_time: '2026-11-22T14:30:01.234+02:00' })).timeMs).toBe(head.timeMs);
  });

  test('without attributes there are none, and unknown fields are left out', () => {
    const record = withState({ attributes: undefined, extra: 1 });
    expect(decodeImageEvent(record)).toEqual({ ...added, state: { ...state, attributes: {} } });
  });

  const long = (length: number) => 'x'.repeat(length + 1);
  const bytes = (value: Uint8Array | null) => ({ ...stored(), value });
  test.each<[string, Parameters<typeof decodeImageEvent>[0], string]>([
    ['no specversion', withHeaders({ ce_specversion: undefined }), 'specversion'],
    ['another specversion', withHeaders({ ce_specversion: '0.3' }), 'specversion'],
    ['no type', withHeaders({ ce_type: undefined }), 'type'],
    ['a foreign type', withHeaders({ ce_type: 'com.example.other' }), 'type'],
    ['no subject', withHeaders({ ce_subject: undefined }), 'subject'],
    ['a subject that is no image id', withHeaders({ ce_subject: 'a\nb' }), 'imageId'],
    ['a subject that is not the key', withHeaders({ ce_subject: 'other' }), 'subject'],
    ['no key', { ...stored(), key: null }, 'key'],
    ['no id', withHeaders({ ce_id: undefined }), 'id'],
    ['an empty id', withHeaders({ ce_id: '' }), 'id'],
    ['a long id', withHeaders({ ce_id: long(512) }), 'id'],
    ['no source', withHeaders({ ce_source: undefined }), 'source'],
    ['a long source', withHeaders({ ce_source: long(2048) }), 'source'],
    ['a time that is none', withHeaders({ ce_time: 'yesterday' }), 'time'],
    ['a time that is only a number', withHeaders({ ce_time: '1' }), 'time'],
    ['a date without a time', withHeaders({ ce_time: '2026-11-22' }), 'time'],
    ['a time without a zone', withHeaders({ ce_time: '2026-11-22T12:30:01' }), 'time'],
    ['a time of a month that is none', withHeaders({ ce_time: '2026-13-22T12:30:01Z' }), 'time'],
    ['a time of a day that is none', withHeaders({ ce_time: '2026-02-30T12:30:01Z' }), 'time'],
    ['no data', bytes(null), 'data'],
    ['empty data', bytes(new Uint8Array(0)), 'data'],
    ['data that is not JSON', bytes(Buffer.from('{')), 'data'],
    ['data that is not UTF-8', bytes(Buffer.from([0x22, 0xff, 0x22])), 'data'],
    ['data that is a list', bytes(Buffer.from('[]')), 'data'],
    ['no uri', withState({ uri: undefined }), 'data.uri'],
    ['a long uri', withState({ uri: long(2048) }), 'data.uri'],
    ['no sha256', withState({ sha256: undefined }), 'data.sha256'],
    ['a short sha256', withState({ sha256: 'ab' }), 'data.sha256'],
    ['a sha256 in capitals', withState({ sha256: 'AB'.repeat(32) }), 'data.sha256'],
    ['a sha256 with a newline', withState({ sha256: `${'ab'.repeat(32)}\n` }), 'data.sha256'],
    ['no size', withState({ sizeBytes: undefined }), 'data.sizeBytes'],
    ['a negative size', withState({ sizeBytes: -1 }), 'data.sizeBytes'],
    ['half a byte', withState({ sizeBytes: 0.5 }), 'data.sizeBytes'],
    ['a size that is text', withState({ sizeBytes: '1' }), 'data.sizeBytes'],
    ['no media type', withState({ mediaType: undefined }), 'data.mediaType'],
    ['a long media type', withState({ mediaType: long(255) }), 'data.mediaType'],
    ['a lone surrogate in the uri', withState({ uri: '\ud800' }), 'data.uri'],
    ['broken attributes', withState({ attributes: { 'a b': 1 } }), 'attributes.a b'],
    ['attributes that are a list', withState({ attributes: [] }), 'attributes'],
    ['an envelope that is not JSON', structured('{'), 'event'],
    ['an envelope that is null', structured('null'), 'event'],
    ['an envelope that is a list', structured('[]'), 'event'],
    ['an envelope without a value', { ...structured(envelope), value: null }, 'event'],
    ['an envelope without data', structured({ ...envelope, data: undefined }), 'data'],
    ['an envelope with a numeric id', structured({ ...envelope, id: 7 }), 'id'],
    ['an envelope with a numeric time', structured({ ...envelope, time: 7 }), 'time'],
    ['an envelope with a type that is a list', structured({ ...envelope, type: [envelope.type] }), 'type'],
    ['base64 that is none', structured({ ...envelope, data: undefined, data_base64: '{}' }), 'data_base64'],
    ['base64 that is not text', structured({ ...envelope, data: undefined, data_base64: 7 }), 'data_base64'],
  ])('%s is an invalid event that names the field', (_, record, field) => {
    expect(() => decodeImageEvent(record)).toThrow(
      expect.objectContaining({ code: 'invalid-event', canRetry: false, facts: expect.objectContaining({ field }) }),
    );
  });

  test('a header named __proto__ is nobody', () => {
    const headers = JSON.parse(JSON.stringify(stored().headers).replace('{', '{"ce___proto__":"x",'));
    expect(decodeImageEvent({ ...stored(), headers })).toEqual(added);
  });
});
