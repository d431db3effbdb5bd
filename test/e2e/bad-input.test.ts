import sharp from 'sharp';
import {
  animatedPicture,
  NOT_PICTURES,
  pictureBomb,
  plainPixels,
  sha256Of,
  testPicture,
  testPixels,
  tiffOfManyChannels,
  transparentPicture,
  truncated,
  turnedPicture,
} from '#testkit';
import { form, json, PHOTO, send } from '../ingest/requests.js';
import { Collection, idsOf } from './collection.js';
import { type Photo, pictures } from './photos.js';
import { type ServerProcess, Workplace } from './server-process.js';

jest.setTimeout(120_000);

const MAX_UPLOAD_BYTES = 2_000_000;
const GIGABYTE = 1024 ** 3;

describe('bad input', () => {
  const workplace = new Workplace();
  const collection = new Collection(() => server.url);
  let server: ServerProcess;
  let neighbours: Photo[];
  const photo = (at: number) => neighbours[at]?.bytes as Buffer;

  beforeAll(async () => {
    server = await workplace.start({ LOOKALIKE_MAX_UPLOAD_BYTES: String(MAX_UPLOAD_BYTES) });
    neighbours = await pictures(8);
  });
  afterAll(() => workplace.remove());

  describe('of pictures', () => {
    const refusedAtOnce: readonly [what: string, picture: () => Buffer, status: number, code: string][] = [
      ['zero bytes', () => Buffer.alloc(0), 400, 'picture-empty'],
      ['a text', () => NOT_PICTURES.text, 415, 'picture-not-recognised'],
      ['zeros', () => NOT_PICTURES.zeros, 415, 'picture-not-recognised'],
      ['an SVG', () => NOT_PICTURES.svg, 415, 'picture-format-not-supported'],
      ['a PDF', () => NOT_PICTURES.pdf, 415, 'picture-format-not-supported'],
      ['a HEIC', () => NOT_PICTURES.heic, 415, 'picture-format-not-supported'],
      ['a PNG of 30,000 × 30,000 pixels', () => pictureBomb(), 413, 'picture-too-many-pixels'],
      ['more bytes than the limit', () => tooLarge(), 413, 'picture-too-large'],
    ];

    test.each(refusedAtOnce)('%s: refused at once, with nothing left of it', async (what, picture, status, code) => {
      const answer = await collection.post(['imageId', what], ['file', picture()]);
      expect(answer).toMatchObject({ status, body: { status, code, type: `urn:lookalike:problem:${code}` } });
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      expect((await collection.image(what)).status).toBe(404);
      expect(await collection.trySearch(picture())).toMatchObject({ status, body: { code } });
    });

    test('what only decoding can tell fails with a reason, and its neighbours are ready', async () => {
      const bad = {
        'cut in half': truncated(photo(0), 0.5),
        'cut to its head': photo(1).subarray(0, 400),
        'a PNG with a hole': withHole(await testPicture({ seed: 899, format: 'png' })),
        'a TIFF of 4,000 channels': tiffOfManyChannels(),
      };
      const images: [string, Buffer][] = neighbours.map(({ name, bytes }) => [name, bytes]);
      for (const [name, picture] of Object.entries(bad)) images.splice(images.length / 2, 0, [name, picture]);
      for (const accepted of await collection.addAll(images)) {
        const image = await collection.visible(accepted);
        if (accepted.imageId in bad) {
          expect(image).toMatchObject({ state: 'failed', reason: { message: expect.any(String) } });
          expect(['picture-damaged', 'picture-format-not-supported']).toContain(image.reason.code);
          expect(await collection.trySearch(accepted.imageId)).toMatchObject({
            status: 409,
            body: { code: 'image-not-searchable', state: 'failed', reason: { code: image.reason.code } },
          });
        } else {
          expect(image.state).toBe('ready');
        }
      }
      for (const { name, bytes } of neighbours) expect(idsOf(await collection.search(bytes, 1))).toEqual([name]);
    });

    test('that another image holds already, and that is broken, fails the same way', async () => {
      // The bytes come in as one image and are referred to by another.
      const half = truncated(photo(3), 0.5);
      await collection.add('half', half);
      const body = { imageId: 'half by reference', uri: `blob:${sha256Of(half)}` };
      const { body: accepted } = await send(`${server.url}/v1/images`, json('POST', body));
      expect(await collection.visible(accepted)).toMatchObject({
        state: 'failed',
        reason: { code: 'picture-damaged' },
      });
    });

    test('keeps the process under a gigabyte, whatever it is sent', async () => {
      const flood = [pictureBomb(), tooLarge(), ...Object.values(NOT_PICTURES)];
      for (let round = 0; round < 5; round++) {
        await Promise.all(flood.map((picture) => collection.post(['file', picture])));
      }
      // Just below the limit of pixels, so these are decoded, several at a time.
      const huge = Array.from({ length: 8 }, (_, at) => [`huge ${at}`, pictureBomb(9_900 - at, 10_000)] as const);
      for (const it of await collection.addAll(huge)) {
        expect(await collection.visible(it)).toMatchObject({ state: 'ready', height: 10_000 });
      }
      const { peakBytes } = server.memory();
      console.log(`peak resident memory: ${Math.round(peakBytes / 1024 ** 2)} MiB`);
      expect(peakBytes).toBeLessThan(GIGABYTE);
    });
  });

  describe('pictures of odd kinds are found by their plain counterpart', () => {
    const plain = (seed: number) => testPicture({ seed, format: 'png' });
    const turned = [2, 3, 4, 5, 6, 7, 8].map((orientation): Kind => {
      const seed = 900 + orientation;
      return [`turned by EXIF ${orientation}`, () => turnedPicture(orientation, { seed }), () => plain(seed)];
    });
    const kinds: readonly Kind[] = [
      ...turned,
      ['CMYK', () => testPixels({ seed: 910 }).toColourspace('cmyk').jpeg().toBuffer(), () => plain(910)],
      ['16 bit', () => testPixels({ seed: 911 }).toColourspace('rgb16').png().toBuffer(), () => plain(911)],
      [
        'grey',
        () => testPixels({ seed: 912 }).toColourspace('b-w').png().toBuffer(),
        async () =>
          sharp(await plain(912))
            .greyscale()
            .toColourspace('srgb')
            .png()
            .toBuffer(),
      ],
      [
        'transparent',
        async () => transparentPicture('png', 0.5),
        async () =>
          plainPixels({ colour: { r: 228, g: 148, b: 158 } })
            .png()
            .toBuffer(),
      ],
      [
        'animated',
        () => animatedPicture('gif'),
        async () =>
          plainPixels({ colour: { r: 255, g: 0, b: 0 } })
            .png()
            .toBuffer(),
      ],
    ];

    test.each(kinds)('%s', async (what, odd, counterpart) => {
      expect(await collection.visible(await collection.add(what, await odd()))).toMatchObject({ state: 'ready' });
      const [first] = (await collection.search(await counterpart(), 1)).results;
      expect(first?.imageId).toBe(what);
      expect(first?.score).toBeGreaterThan(0.9);
    });
  });

  describe('of requests', () => {
    const problem = (status: number, code: string, ...fields: string[]) => ({
      status,
      body: { code, errors: fields.map((field) => ({ field, rule: expect.any(String) })) },
    });

    test.each([
      ['nothing', ''],
      ['a control character', 'a\u0000b'],
      ['257 characters', 'x'.repeat(257)],
    ])('an id of %s is refused by its rule', async (_, imageId) => {
      expect(await collection.post(['imageId', imageId], ['file', photo(0)])).toMatchObject(
        problem(400, 'invalid-image-id', 'imageId'),
      );
    });

    test('unknown fields and wrong types are named', async () => {
      const bad = await send(`${server.url}/v1/images`, json('POST', { uri: 7, colour: 'red' }));
      expect(bad).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
      expect(fieldsOf(bad.body)).toEqual(['colour', 'uri']);
      expect(await collection.post(['colour', 'red'], ['file', photo(0)])).toMatchObject(
        problem(400, 'invalid-request', 'colour'),
      );
      expect(await collection.post(['imageId', 'a'])).toMatchObject(problem(400, 'invalid-request', 'file'));
      expect(await collection.post(['attributes', '{"a": {"b": 1}}'], ['file', photo(0)])).toMatchObject({
        status: 400,
        body: { code: 'invalid-attributes' },
      });
      for (const limit of ['0', '101', 'ten', '1.5']) {
        const search = { method: 'POST', body: form(['limit', limit], ['file', photo(0)]) };
        const { status, body } = await send(`${server.url}/v1/search`, search);
        expect({ limit, status, fields: fieldsOf(body) }).toEqual({ limit, status: 400, fields: ['limit'] });
      }
      expect(await send(`${server.url}/v1/search`, json('POST', { imageId: 'a', mode: 'slow' }))).toMatchObject(
        problem(400, 'invalid-request', 'mode'),
      );
      const wait = await send(`${collection.path('a')}?minVersion=-1&wait=31`);
      expect(wait.status).toBe(400);
      expect(fieldsOf(wait.body)).toEqual(['minVersion', 'wait']);
    });

    test.each(['{"imageId": ', '[]', 'null', '"text"'])('the body %s is refused', async (body) => {
      for (const path of ['images', 'search']) {
        expect(await send(`${server.url}/v1/${path}`, json('POST', body))).toMatchObject({
          status: 400,
          body: { code: 'invalid-request' },
        });
      }
    });

    test('lines: the bad ones are named, the good ones become images', async () => {
      const uri = `blob:${sha256Of((await stored('for the lines')) as Buffer)}`;
      const results = await collection.bulk([
        { imageId: 'line 1', uri },
        '{"imageId": ',
        { imageId: 'line 3', uri, colour: 'red' },
        { imageId: '', uri },
        { imageId: 'line 5', uri: 7 },
        { imageId: 'line 6', uri: `blob:${'0'.repeat(64)}` },
        { imageId: 'line 7', uri: 'ftp://pictures.example/a.jpg' },
        { op: 'destroy', imageId: 'line 8' },
        'x'.repeat(70_000),
        { op: 'delete', imageId: 'line 10' },
        { imageId: 'line 11', uri, attributes: { colour: 'red' } },
      ]);
      expect(results.map((it) => it.line)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
      expect(results.map((it) => it.status)).toEqual([202, 400, 400, 400, 400, 422, 400, 400, 400, 202, 202]);
      const fields = results.map((it) => fieldsOf(it.problem as Problem | undefined).join());
      expect([fields[1], fields[2], fields[3], fields[4], fields[6], fields[7], fields[8]]).toEqual([
        'line',
        'colour',
        'imageId',
        'uri',
        'uri',
        'op',
        'line',
      ]);
      for (const line of [0, 10])
        expect(await collection.visible(results[line] as never)).toMatchObject({ state: 'ready' });
      expect((await collection.image('line 3')).status).toBe(404);
    });

    async function stored(imageId: string): Promise<Buffer> {
      const picture = await testPicture({ seed: 950 });
      await collection.add(imageId, picture);
      return picture;
    }
  });

  describe('changes that come twice, too late or for nothing', () => {
    test('the delete of an unknown image is accepted, and the image is deleted', async () => {
      const deleted = await collection.delete('never seen');
      expect(await collection.visible(deleted)).toMatchObject({ state: 'deleted', version: deleted.version });
    });

    test('a repeated add changes nothing but the version', async () => {
      const picture = await testPicture({ seed: 960 });
      await collection.visible(await collection.add('twice', picture, { colour: 'red' }));
      const again = await collection.add('twice', picture, { colour: 'red' });
      expect(await collection.visible(again)).toMatchObject({ state: 'ready', attributes: { colour: 'red' } });
      const ids = idsOf(await collection.search(picture, 100));
      expect(ids.filter((id) => id === 'twice')).toHaveLength(1);
    });

    test('a repeat under one Idempotency-Key is one event', async () => {
      const picture = await testPicture({ seed: 961 });
      const post = () =>
        send(`${server.url}/v1/images`, {
          method: 'POST',
          headers: { 'idempotency-key': 'k-961' },
          body: form(['file', picture]),
        });
      const [first, second] = [await post(), await post()];
      expect(second.body).toEqual(first.body);
    });

    test('of many changes at once the last accepted one counts', async () => {
      const pictures = await Promise.all([970, 971, 972].map((seed) => testPicture({ seed })));
      const changes = [
        ...pictures.map((picture) => collection.add('raced', picture)),
        collection.delete('raced'),
        ...pictures.map((picture) => collection.add('raced', picture)),
        collection.delete('raced'),
      ].map(async (change) => (await change).version);
      const last = Math.max(...(await Promise.all(changes)));
      const image = await collection.visible({ imageId: 'raced', version: last });
      expect(image).toMatchObject({ version: last, visibleVersion: last });
      const found = idsOf(await collection.search(pictures[0] as Buffer, 100)).includes('raced');
      expect(found).toBe(image.state === 'ready');
    });
  });
});

type Kind = [what: string, odd: () => Promise<Buffer>, counterpart: () => Promise<Buffer>];

interface Problem {
  readonly errors?: readonly { readonly field: string }[];
}

/** Each field once: one may break several rules. */
function fieldsOf(problem: Problem | undefined): string[] {
  return [...new Set(problem?.errors?.map(({ field }) => field))].sort();
}

function withHole(png: Buffer): Buffer {
  return Buffer.from(png).fill(0, 20_000, 30_000);
}

function tooLarge(): Buffer {
  return Buffer.concat([PHOTO, Buffer.alloc(MAX_UPLOAD_BYTES)]);
}
