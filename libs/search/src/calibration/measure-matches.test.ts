import {
  type ErrorCode,
  type Generation,
  type ImageEncoder,
  LookalikeError,
  parseImageId,
  type ReadyRecord,
  type RunningEncoder,
} from '#core';
import {
  type LookTask,
  type MeasuredEdit,
  type MeasureOptions,
  measureMatches,
  NO_ALIGNMENT,
  takeLooks,
} from '#search';
import { MemoryBlobStore, MemoryVectorIndex, noLinks, PixelEncoder, stateOf, testPicture } from '#testkit';
import { createPreparePicture, DEFAULT_PICTURE_LIMITS, PICTURE_EDITS } from '#vision';

jest.setTimeout(180_000);

const IMAGES = 32;
const EDITS = PICTURE_EDITS.filter(({ name }) => ['JPEG 30', 'flopped', 'middle half'].includes(name));

describe('a calibration', () => {
  const encoder = new PixelEncoder();
  const preparePicture = createPreparePicture({
    rule: { kind: 'short-side-crop', shortSide: 64, crop: 64, kernel: 'cubic' },
    limits: DEFAULT_PICTURE_LIMITS,
  });
  const running: RunningEncoder = { encoder, interactive: encoder, preparePicture };
  let index: MemoryVectorIndex;
  let blobs: MemoryBlobStore;
  let generation: Generation;

  let collection: readonly (readonly [picture: Buffer, record: ReadyRecord])[];

  const recordOf = async (id: string, picture: Buffer): Promise<readonly [Buffer, ReadyRecord]> => {
    const { perceptualHash, width, height, greyCopy, pixels } = await preparePicture(picture);
    const [output] = await encoder.encode([{ pixels }]);
    const vectors = { fc: output?.vectors.fc ?? new Float32Array() };
    const head = { imageId: parseImageId(id), version: 1, eventTimeMs: 0, state: 'ready' } as const;
    const thumbnail = 'a'.repeat(64);
    return [picture, { ...head, image: stateOf(picture), vectors, thumbnail, perceptualHash, width, height, greyCopy }];
  };
  beforeAll(async () => {
    const seeds = Array.from({ length: IMAGES }, (_, seed) => seed);
    collection = await Promise.all(seeds.map(async (seed) => recordOf(`image-${seed}`, await testPicture({ seed }))));
  });
  beforeEach(async () => {
    [index, blobs] = [new MemoryVectorIndex(), new MemoryBlobStore()];
    const vectors = [{ name: 'fc', size: 192, datatype: 'float32', role: 'searched' }] as const;
    const schema = { log: 'test', encoder: encoder.info, vectors, attributes: {}, settings: {}, greyCopies: true };
    await index.createGeneration('first', schema);
    await index.makeLive('first');
    generation = { name: 'first', schema, live: true };
    for (const it of collection) await add(it);
  });

  const add = async ([picture, record]: readonly [Buffer, ReadyRecord]) => {
    await blobs.put(picture, { maxBytes: 1_000_000 });
    await index.apply('first', [record]);
  };
  const encodingBy = (encode: ImageEncoder['encode']): RunningEncoder => ({
    ...running,
    encoder: { info: encoder.info, waiting: 0, encode, close: () => encoder.close() },
  });
  const measure = (options: Partial<MeasureOptions> = {}) =>
    measureMatches({
      index,
      generation,
      running,
      blobs,
      fetchLink: noLinks,
      maxBytes: 1_000_000,
      edits: EDITS,
      // Where the other signals do.
      looks: { look: async ({ candidates }) => candidates.map(() => NO_ALIGNMENT) },
      sample: 200,
      precision: 0.99,
      signal: new AbortController().signal,
      ...options,
    });

  test('measures all edits against all others but copies, by each signal and all together', async () => {
    const [grey] = PICTURE_EDITS.filter(({ name }) => name === 'grey');
    await add(await recordOf('copy', (await grey?.apply(await testPicture({ seed: 0 }))) ?? Buffer.alloc(0)));
    const pairs = EDITS.length * ((IMAGES + 1) * IMAGES - 2);
    const edited = (IMAGES + 1) * EDITS.length;
    const steps = IMAGES + 1 + edited;
    const progress: string[] = [];
    const onProgress = (done: number, total: number) => progress.push(`${done} of ${total}`);
    const looks = { look: async (task: LookTask) => takeLooks(task) };
    const { fingerprint, models, measured } = await measure({ onProgress, looks });
    expect(fingerprint).toBe(encoder.info.fingerprint);
    const unusable = { pictures: {}, edits: {} };
    expect(measured).toMatchObject({ images: IMAGES + 1, edits: EDITS.length, pairs, copiesAmongSample: 1, unusable });
    expect(progress).toEqual(Array.from({ length: steps }, (_, at) => `${at + 1} of ${steps}`));
    expect(Object.keys(models)).toEqual(['fc']);
    expect(Object.keys(models.fc?.look.weights ?? {})).toEqual(['cosine', 'hash', 'alignment']);
    const [fc] = measured.vectors;
    const { byEdit = [], recall, recallBySignal, falsePairs, falseRate, threshold } = fc ?? {};
    expect(byEdit.map(({ edit, pictures }) => [edit, pictures])).toEqual(EDITS.map(({ name }) => [name, IMAGES + 1]));
    expect(Object.keys(recallBySignal ?? {})).toEqual(['cosine', 'hash', 'alignment']);
    expect(recall?.easy).toBeGreaterThan(0.8);
    expect(falsePairs).toBeLessThanOrEqual(1);
    expect(falseRate).toBe((falsePairs ?? Number.NaN) / pairs);
    expect(threshold).toMatchObject({ images: IMAGES + 1, precision: 0.99 });
    expect(threshold?.share).toBeCloseTo(0.01 / (IMAGES + 1), 7);
    expect(threshold?.recall.all).toBeGreaterThanOrEqual(recall?.all ?? Number.NaN);
  });

  test('takes so many images at random, and all of them where there are fewer', async () => {
    expect((await measure({ sample: 30 })).measured.images).toBe(30);
  });

  test('takes images with the same bytes for copies of each other', async () => {
    const [[picture] = [Buffer.alloc(0)]] = collection;
    await add(await recordOf('same', picture));
    expect((await measure()).measured).toMatchObject({ images: IMAGES + 1, copiesAmongSample: 1 });
  });

  test('counts what cannot be read or edited, and goes on', async () => {
    await blobs.delete(stateOf(await testPicture({ seed: 3 })).sha256);
    const broken = {
      name: 'broken',
      kind: 'hard',
      apply: async () => Promise.reject(new Error('no picture of a cat')),
    } as const;
    const nothing = { name: 'nothing', kind: 'hard', apply: async () => Buffer.alloc(0) } as const;
    const { measured } = await measure({ edits: [...EDITS, broken, nothing] });
    expect(measured.images).toBe(IMAGES - 1);
    expect(measured.unusable.pictures).toEqual({ 'blob-missing': 1 });
    expect(measured.unusable.edits).toEqual({ 'picture-damaged': IMAGES - 1, 'picture-empty': IMAGES - 1 });
    expect(measured.vectors[0]?.byEdit.at(-1)).toMatchObject({ edit: 'nothing', pictures: 0, recall: 0 });
  });

  test('of too few pictures is refused, with what is wrong with the others', async () => {
    const encode = async () => Promise.reject(new LookalikeError('picture-without-features', 'All are the same.'));
    await expect(measure({ running: encodingBy(encode) })).rejects.toMatchObject({
      code: 'sample-too-small',
      facts: { images: 0, least: 30, edits: { 'picture-without-features': IMAGES * EDITS.length } },
    });
    await expect(measure({ sample: 10 })).rejects.toMatchObject({ code: 'sample-too-small', facts: { images: 10 } });
  });

  test('waits until the encoder and the store of pictures are there again', async () => {
    let [encoding, reading] = [0, 0];
    const away = async (code: ErrorCode) => Promise.reject(new LookalikeError(code, 'away'));
    const running = encodingBy((inputs) =>
      ++encoding % 10 === 5 ? away('encoder-unavailable') : encoder.encode(inputs),
    );
    const stored = {
      stat: (sha256: string) => blobs.stat(sha256),
      read: (sha256: string, options: { readonly maxBytes: number }) =>
        ++reading % 10 === 5 ? away('storage-unavailable') : blobs.read(sha256, options),
    };
    const { measured } = await measure({ running, blobs: stored });
    expect(measured).toMatchObject({ images: IMAGES, unusable: { pictures: {}, edits: {} } });
    expect(encoding).toBeGreaterThan(IMAGES * EDITS.length);
    expect(reading).toBeGreaterThan(IMAGES);
  });

  test('ends with a fault that does not pass, and makes no outcome of it', async () => {
    const unavailable = new LookalikeError('encoder-unavailable', 'The encoder is closed.');
    const encode = jest.fn(async () => Promise.reject(unavailable));
    await expect(measure({ running: encodingBy(encode), retries: 1 })).rejects.toBe(unavailable);
    expect(encode.mock.calls.length).toBeLessThanOrEqual(2 * 4);
  });

  test('has originals in memory as far as they fit beside each other', async () => {
    let [underWay, most] = [0, 0];
    const begun = (picture: Buffer) => {
      underWay += 1;
      most = Math.max(most, underWay);
      return picture;
    };
    const ended = (picture: Buffer) => {
      underWay -= 1;
      return picture;
    };
    const edits: readonly MeasuredEdit[] = [
      { name: 'first', kind: 'easy', apply: async (picture) => begun(picture) },
      ...EDITS,
      { name: 'last', kind: 'easy', apply: async (picture) => ended(picture) },
    ];
    await measure({ edits });
    expect(most).toBeGreaterThan(1);
    most = 0;
    const large = { sizeBytes: 40 * 1024 * 1024 };
    await measure({
      edits,
      blobs: { read: (...of) => blobs.read(...of), stat: async (sha256) => ({ sha256, ...large }) },
    });
    expect(most).toBe(1);
  });

  test('looks at each pair of originals once, and at no more pairs in all than are allowed', async () => {
    const perTask: number[] = [];
    const look = async ({ candidates }: LookTask) => {
      perTask.push(candidates.length);
      return candidates.map(() => NO_ALIGNMENT);
    };
    const looksAt = (tasks: readonly number[]) => tasks.reduce((sum, it) => sum + it, 0);
    const mostLooks = 3_000;
    await measure({ looks: { look }, mostLooks });
    expect(looksAt(perTask)).toBeLessThanOrEqual(mostLooks);
    const edited = IMAGES * EDITS.length;
    const amongOriginals = looksAt(perTask.slice(0, -edited));
    expect(amongOriginals).toBeGreaterThanOrEqual((IMAGES * 20) / 2);
    expect(amongOriginals).toBeLessThanOrEqual((IMAGES * (IMAGES - 1)) / 2);
  });

  test('ends when nobody wants it any more', async () => {
    const gone = new AbortController();
    let begun = 0;
    const edits = EDITS.map((edit) => ({
      ...edit,
      apply: (picture: Buffer) => {
        if (++begun === 5) gone.abort(new Error('gone'));
        return edit.apply(picture);
      },
    }));
    await expect(measure({ edits, signal: gone.signal })).rejects.toThrow('gone');
    expect(begun).toBeLessThan(10);
  });
});
