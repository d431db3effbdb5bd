import { setImmediate as nextTurn } from 'node:timers/promises';
import { type EncoderInput, type EncoderOutput, type ImageEncoder, isFault, isLookalikeError } from '#core';

/** What every `ImageEncoder` promises. `open` gives a new encoder; the suite closes it. */
export function imageEncoderContract(name: string, open: () => Promise<ImageEncoder>): void {
  describe(`${name} keeps the promises of an image encoder`, () => {
    let encoder: ImageEncoder;
    beforeAll(async () => {
      encoder = await open();
    });
    afterAll(() => encoder.close());

    const encode = (seeds: readonly number[]) => encodeWith(encoder, seeds);

    test('it says what it is', () => {
      const { name, fingerprint, trained, inputWidth, inputHeight, vectors } = encoder.info;
      expect(name).not.toBe('');
      expect(fingerprint).toMatch(/^[0-9a-f]{16}$/);
      expect(typeof trained).toBe('boolean');
      expect(Math.min(inputWidth, inputHeight)).toBeGreaterThan(0);
      expect(vectors.length).toBeGreaterThan(0);
      expect(new Set(vectors.map((it) => it.name)).size).toBe(vectors.length);
    });

    test('each picture gets every vector that was announced, in its size, of finite numbers', async () => {
      const sizes = Object.fromEntries(encoder.info.vectors.map((it) => [it.name, it.size]));
      for (const { vectors } of await encoder.encode([1, 2, 3].map((seed) => pictureFor(encoder, seed)))) {
        expect(Object.fromEntries(Object.entries(vectors).map(([key, vector]) => [key, vector.length]))).toEqual(sizes);
        for (const vector of Object.values(vectors)) {
          // Not `instanceof`: a test runs in a realm of its own.
          expect(vector.constructor.name).toBe('Float32Array');
          expect(vector.every(Number.isFinite)).toBe(true);
        }
      }
    });

    test('pictures get labels, the likeliest first, if that was announced, and else none', async () => {
      for (const { labels } of await encoder.encode([1, 2, 3].map((seed) => pictureFor(encoder, seed)))) {
        expect(labels !== undefined).toBe(encoder.info.labels ?? false);
        const probabilities = (labels ?? []).map(({ probability }) => probability);
        expect(probabilities).toEqual(probabilities.toSorted((a, b) => b - a));
        expect(probabilities.every((it) => it > 0 && it <= 1)).toBe(true);
      }
    });

    test('no picture, no output', async () => {
      expect(await encoder.encode([])).toEqual([]);
    });

    test('different pictures get different values', async () => {
      const [first, second] = await encode([1, 2]);
      expect(first).not.toEqual(second);
    });

    test('the same pixels get the same values, alone, in a batch, and in another order', async () => {
      const seeds = [1, 2, 3, 4, 5];
      const alone: unknown[] = [];
      for (const seed of seeds) alone.push(...(await encode([seed])));
      expect(await encode(seeds)).toEqual(alone);
      expect(await encode(seeds.toReversed())).toEqual(alone.toReversed());
      expect(await encode([3, 3])).toEqual([alone[2], alone[2]]);
    });

    test('calls under way at the same time each get their own, in the order given', async () => {
      const alone = new Map<number, unknown>();
      for (const seed of [1, 2, 3, 4]) alone.set(seed, (await encode([seed]))[0]);
      const calls = [[1], [2, 3], [4, 1, 2], [3], [], [2]];
      const answers = await Promise.all(calls.map(encode));
      expect(answers).toEqual(calls.map((seeds) => seeds.map((seed) => alone.get(seed))));
    });

    test('what was given stays as it was while more is encoded', async () => {
      const given = await encoder.encode([1, 2].map((seed) => pictureFor(encoder, seed)));
      const before = given.map(asLists);
      for (const seed of [3, 4, 5]) await encode([seed]);
      expect(given.map(asLists)).toEqual(before);
    });

    test.each([
      ['too few', -1],
      ['too many', 1],
      ['no', Number.NEGATIVE_INFINITY],
    ])('a picture of %s bytes is refused for good, and the calls beside it are answered', async (_, difference) => {
      const [alone] = await encode([1]);
      const length = Math.max(0, pictureFor(encoder, 1).pixels.length + difference);
      const refused = encoder.encode([{ pixels: new Uint8Array(length) }]).catch((error: unknown) => error);
      const beside = encode([1]);
      const error = await refused;
      expect(isLookalikeError(error)).toBe(true);
      expect(isFault(error)).toBe(false);
      expect(await beside).toEqual([alone]);
    });
  });

  describe(`${name}, when it closes,`, () => {
    test('answers the calls under way with their own values, and is closed when it has', async () => {
      const encoder = await open();
      const calls = [[1], [2, 3, 4], [4, 1, 2, 3, 5], [3]];
      const wanted: unknown[] = [];
      for (const seeds of calls) wanted.push({ status: 'fulfilled', value: await encodeWith(encoder, seeds) });
      const answers = Promise.allSettled(calls.map((seeds) => encodeWith(encoder, seeds)));
      await encoder.close();
      expect(await Promise.race([answers, nextTurn('closed, and not all are answered')])).toEqual(wanted);
    });

    test('refuses calls from that moment on, and can be closed again', async () => {
      const encoder = await open();
      const underWay = encodeWith(encoder, [1, 2]);
      const closing = encoder.close();
      const refusal = { code: 'encoder-unavailable' };
      await expect(encodeWith(encoder, [1])).rejects.toMatchObject(refusal);
      await Promise.all([closing, encoder.close()]);
      await expect(encodeWith(encoder, [1])).rejects.toMatchObject(refusal);
      await expect(encodeWith(encoder, [])).rejects.toMatchObject(refusal);
      await expect(underWay).resolves.toHaveLength(2);
      await encoder.close();
    });
  });
}

async function encodeWith(encoder: ImageEncoder, seeds: readonly number[]) {
  return (await encoder.encode(seeds.map((seed) => pictureFor(encoder, seed)))).map(asLists);
}

/** A picture of soft colours that a seed decides. A new one each time: the encoder takes the pixels over. */
function pictureFor({ info }: ImageEncoder, seed: number): EncoderInput {
  const { inputWidth: width, inputHeight: height } = info;
  const pixels = new Uint8Array(width * height * 3);
  for (let at = 0; at < pixels.length; at++) {
    const channel = at % 3;
    const x = (Math.floor(at / 3) % width) / width;
    const y = Math.floor(at / (3 * width)) / height;
    pixels[at] = 127 + 120 * Math.sin(seed * (channel + 1) + 6 * x * ((seed % 3) + 1) + 4 * y * (seed % 5));
  }
  return { pixels };
}

function asLists({ vectors, labels }: EncoderOutput) {
  const lists = Object.entries(vectors).map(([name, vector]) => [name, [...vector]] as const);
  return { vectors: Object.fromEntries(lists), labels: JSON.stringify(labels) };
}
