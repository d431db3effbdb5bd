import { type EncoderInput, type EncoderOutput, type ImageEncoder, isFault, isLookalikeError } from '#core';

/** What every `ImageEncoder` promises. `open` gives a new encoder; the suite closes it. */
export function imageEncoderContract(name: string, open: () => Promise<ImageEncoder>): void {
  describe(`${name} keeps the promises of an image encoder`, () => {
    let encoder: ImageEncoder;
    beforeAll(async () => {
      encoder = await open();
    });
    afterAll(() => encoder.close());

    const encode = async (seeds: readonly number[]) =>
      (await encoder.encode(seeds.map((seed) => pictureFor(encoder, seed)))).map(asLists);

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
      for (const output of await encoder.encode([1, 2, 3].map((seed) => pictureFor(encoder, seed)))) {
        expect(Object.fromEntries(Object.entries(output).map(([key, vector]) => [key, vector.length]))).toEqual(sizes);
        for (const vector of Object.values(output)) {
          // Not `instanceof`: a test runs in a realm of its own.
          expect(vector.constructor.name).toBe('Float32Array');
          expect(vector.every(Number.isFinite)).toBe(true);
        }
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

  describe(`${name}, when closed,`, () => {
    test('ends calls under way, refuses new ones, and can be closed again', async () => {
      const encoder = await open();
      const underWay = encoder.encode([pictureFor(encoder, 1)]).then(
        () => 'answered',
        (error: unknown) => error,
      );
      await encoder.close();
      const end = await underWay;
      if (end !== 'answered') expect(end).toMatchObject({ code: 'encoder-unavailable' });
      await expect(encoder.encode([pictureFor(encoder, 1)])).rejects.toMatchObject({ code: 'encoder-unavailable' });
      await encoder.close();
    });
  });
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

function asLists(output: EncoderOutput): Record<string, number[]> {
  return Object.fromEntries(Object.entries(output).map(([name, vector]) => [name, [...vector]]));
}
