import fc from 'fast-check';
import { decodeVectorRecord, encodeVectorRecord, type FailedRecord, type ImageId, type VectorRecord } from '#core';

const head = { imageId: 'žluťoučký 🐎' as ImageId, version: 42, eventTimeMs: 1_795_000_000_000 };
const image = { uri: 'blob:a', sha256: 'ab'.repeat(32), sizeBytes: 1, mediaType: 'image/png', attributes: { a: 'b' } };
const ready: VectorRecord = {
  ...head,
  state: 'ready',
  image,
  vectors: { fc: Float32Array.from([0.1, -0.2, 3e-38]), coarse: Float32Array.from([1]) },
  perceptualHash: '0123456789abcdef',
  width: 640,
  height: 480,
  thumbnail: 'cd'.repeat(32),
};
const failed: FailedRecord = {
  ...head,
  state: 'failed',
  image,
  reason: { code: 'picture-damaged', message: 'It ends early.' },
};

const bytesOf = (record: VectorRecord): Buffer => Buffer.from(encodeVectorRecord(record).value ?? []);
const broken = (value: Uint8Array | null) =>
  expect(() => decodeVectorRecord({ value })).toThrow(
    expect.objectContaining({ code: 'invalid-record', canRetry: false }),
  );
const withHead = (change: (head: Record<string, unknown>) => unknown, record: VectorRecord = ready): Buffer => {
  const bytes = bytesOf(record);
  const end = 4 + bytes.readUInt32LE(0);
  const text = JSON.stringify(change(JSON.parse(bytes.toString('utf8', 4, end))));
  const json = Buffer.from(text);
  const padded = Buffer.concat([json, Buffer.alloc((4 - (json.length % 4)) % 4, 0x20)]);
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32LE(padded.length);
  return Buffer.concat([prefix, padded, bytes.subarray(end)]);
};

describe('vector records', () => {
  const greyCopy = { width: 3, height: 2, pixels: Uint8Array.from([0, 1, 127, 128, 254, 255]) };
  const labels = [
    { name: 'tabby', probability: 0.75 },
    { name: 'tiger cat', probability: 0.2 },
  ];
  test.each<VectorRecord>([
    ready,
    { ...ready, greyCopy },
    { ...ready, labels },
    { ...ready, labels: [] },
    failed,
    { ...head, state: 'deleted' },
  ])('$state comes back as it was written', (record) => {
    const { key, value, headers } = encodeVectorRecord(record);
    expect(key).toBe(head.imageId);
    expect(headers).toEqual({ 'content-type': 'application/vnd.lookalike.vector.v1' });
    expect(decodeVectorRecord({ value })).toEqual(record);
  });

  test.each([7, '', 'AAA=', 'AwIA', `${Buffer.from([3, 2, 1, 2, 3, 4, 5, 6, 7]).toString('base64')}`])(
    'with the grey copy %j are refused',
    (grey) => broken(withHead((it) => ({ ...it, greyCopy: grey }))),
  );

  test.each([
    7,
    null,
    {},
    ['tabby'],
    [{ name: 'tabby' }],
    [{ name: 7, probability: 1 }],
    [{ name: 'x', probability: 1.1 }],
  ])('with the labels %j are refused', (wrong) => broken(withHead((it) => ({ ...it, labels: wrong }))));

  test('any vectors come back bit for bit, in their order', () => {
    const vectors = fc.array(fc.tuple(fc.string({ minLength: 1 }), fc.float32Array({ maxLength: 40 })), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(vectors, fc.string({ unit: 'grapheme', minLength: 1 }), (entries, uri) => {
        const record = { ...ready, image: { ...image, uri }, vectors: Object.fromEntries(entries) };
        const found = decodeVectorRecord({ value: bytesOf(record) });
        if (found.state !== 'ready') throw new Error('not ready');
        expect(Object.keys(found.vectors)).toEqual(Object.keys(record.vectors));
        for (const [name, vector] of Object.entries(record.vectors)) {
          expect(Buffer.from(new Float32Array(found.vectors[name] ?? []).buffer)).toEqual(
            Buffer.from(Float32Array.from(vector).buffer),
          );
        }
        expect(found.image.uri).toBe(uri);
      }),
    );
  });

  test('a vector that is part of a larger buffer is written alone', () => {
    const large = Float32Array.from([9, 1, 2, 9]);
    const found = decodeVectorRecord({ value: bytesOf({ ...ready, vectors: { fc: large.subarray(1, 3) } }) });
    expect(found).toMatchObject({ vectors: { fc: Float32Array.from([1, 2]) } });
  });

  test.each([0, 1, 2, 3])('is read at any alignment: %i bytes into its buffer', (shift) => {
    const bytes = bytesOf(ready);
    const room = new ArrayBuffer(bytes.length + 8);
    const value = new Uint8Array(room, shift, bytes.length);
    value.set(bytes);
    expect(decodeVectorRecord({ value })).toEqual(ready);
  });

  test('vectors start at a multiple of four, so an aligned value is not copied', () => {
    const bytes = bytesOf(ready);
    const value = new Uint8Array(new ArrayBuffer(bytes.length));
    value.set(bytes);
    const found = decodeVectorRecord({ value });
    if (found.state !== 'ready') throw new Error('not ready');
    expect(found.vectors.fc?.buffer).toBe(value.buffer);
  });

  test.each<VectorRecord>([ready, { ...head, state: 'deleted' }])('$state cut anywhere is refused', (record) => {
    const bytes = bytesOf(record);
    broken(null);
    for (let length = 0; length < bytes.length; length++) broken(bytes.subarray(0, length));
  });

  test('bytes after the last vector are refused: the record is not what it says', () => {
    broken(Buffer.concat([bytesOf(ready), Buffer.alloc(4)]));
  });

  test.each<[string, (head: Record<string, unknown>) => unknown]>([
    ['no object', () => 7],
    ['null', () => null],
    ['a list', () => []],
    ['no state', ({ state, ...rest }) => rest],
    ['an unknown state', (it) => ({ ...it, state: 'maybe' })],
    ['no image id', ({ imageId, ...rest }) => rest],
    ['an image id that is none', (it) => ({ ...it, imageId: '' })],
    ['no version', ({ version, ...rest }) => rest],
    ['a version below 0', (it) => ({ ...it, version: -1 })],
    ['no time of its event', ({ eventTimeMs, ...rest }) => rest],
    ['a time that is none', (it) => ({ ...it, eventTimeMs: '2026' })],
    ['no image', ({ image, ...rest }) => rest],
    ['an image with attributes that are none', (it) => ({ ...it, image: { ...image, attributes: 7 } })],
    ['an image of half a byte', (it) => ({ ...it, image: { ...image, sizeBytes: 0.5 } })],
    ['a perceptual hash that is none', (it) => ({ ...it, perceptualHash: 'black' })],
    ['no width', ({ width, ...rest }) => rest],
    ['a height that is no number', (it) => ({ ...it, height: '480' })],
    ['no thumbnail', ({ thumbnail, ...rest }) => rest],
    ['no vector list', ({ vectors, ...rest }) => rest],
    ['a vector list that is none', (it) => ({ ...it, vectors: { fc: 3 } })],
    ['a vector with a negative size', (it) => ({ ...it, vectors: [['fc', -1]] })],
    ['a vector with half a number', (it) => ({ ...it, vectors: [['fc', 3.5]] })],
    ['a vector with no size', (it) => ({ ...it, vectors: [['fc']] })],
    ['a vector with no name', (it) => ({ ...it, vectors: [[null, 3]] })],
    ['a vector larger than the record', (it) => ({ ...it, vectors: [['fc', 1e9]] })],
  ])('a head with %s is refused', (_, change) => {
    broken(withHead(change));
  });

  test.each<[string, (head: Record<string, unknown>) => unknown]>([
    ['no image', ({ image, ...rest }) => rest],
    ['no reason', ({ reason, ...rest }) => rest],
    ['a reason without words', (it) => ({ ...it, reason: { code: 'picture-damaged' } })],
  ])('a failure with %s is refused', (_, change) => {
    broken(withHead(change, failed));
  });

  test('a deletion without the time of its event is refused', () => {
    broken(withHead(({ eventTimeMs, ...rest }) => rest, { ...head, state: 'deleted' }));
  });

  test('what a later version adds to a head is left out', () => {
    expect(decodeVectorRecord({ value: withHead((it) => ({ ...it, later: 1 })) })).toEqual(ready);
  });

  test('a head that is not JSON is refused', () => {
    const bytes = bytesOf(ready);
    bytes[4] = 0x58;
    broken(bytes);
  });
});
