import { IMAGE_EVENTS_TOPIC, type VectorIndex } from '#core';
import { Calibrations, PICTURES_ALONE } from '#search';
import { addedEvent, eventually, MemoryVectorIndex, PixelEncoder, plainPicture, stateOf } from '#testkit';
import { json, send } from '../ingest/requests.js';
import { EmbedderServer } from './embedder-server.js';

const { fingerprint } = new PixelEncoder().info;

describe('calibrating', () => {
  const stored = new MemoryVectorIndex();
  let server: EmbedderServer;
  /** Held up in the middle of a run. */
  let scanning: (() => Promise<void>) | null = null;
  const scan: VectorIndex['scan'] = async function* (options) {
    await scanning?.();
    yield* stored.scan(options);
  };

  beforeAll(async () => {
    const index = new Proxy<VectorIndex>(stored, {
      get: (target, name) => {
        if (name === 'scan') return scan;
        const member = Reflect.get(target, name);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    server = await new EmbedderServer(index).start();
    const cat = plainPicture('cat');
    await server.blobs.put(cat, { maxBytes: 1000 });
    await server.log.append(IMAGE_EVENTS_TOPIC, [addedEvent('cat', stateOf(cat))]);
    await eventually(async () => {
      expect((await send(`${server.url}/v1/status`)).body.images).toMatchObject({ ready: 1 });
    });
  });
  afterAll(() => server.stop());

  const calibrate = (body: object = {}, init: RequestInit = {}) =>
    fetch(`${server.url}/v1/calibrate`, { ...json('POST', body), ...init });
  const present = async () => (await send(`${server.url}/v1/calibration`)).body;
  const codeOf = async (response: Response) => [response.status, ((await response.json()) as { code: string }).code];

  test('of an encoder that nobody has measured, copies are told by the pictures alone', async () => {
    expect(await present()).toMatchObject({
      encoder: { fingerprint },
      vectors: [{ vector: 'fc', model: 'pictures-alone' }],
      calibration: null,
    });
  });

  test('takes more than a few images, and says how many there are', async () => {
    const response = await calibrate();
    const problem = await response.json();
    expect([response.status, problem]).toEqual([
      409,
      expect.objectContaining({ code: 'sample-too-small', images: 1, least: 30 }),
    ]);
  });

  test.each([{ sample: 49 }, { sample: 1_001 }, { sample: 'all' }, { dryRun: 1 }, { dry: true }])(
    'refuses %j',
    async (body) => {
      expect(await codeOf(await calibrate(body))).toEqual([400, 'invalid-request']);
    },
  );

  test('goes on once in a process, which is free again when the caller has gone away', async () => {
    let release = () => {};
    let begun = false;
    scanning = () =>
      new Promise((resolve) => {
        begun = true;
        release = resolve;
      });
    const caller = new AbortController();
    const first = calibrate({}, { signal: caller.signal }).catch(() => 'gone');
    await eventually(async () => expect(begun).toBe(true));
    expect(await codeOf(await calibrate())).toEqual([429, 'too-many-requests']);
    caller.abort();
    expect(await first).toBe('gone');
    scanning = null;
    release();
    await eventually(async () => expect(await codeOf(await calibrate())).toEqual([409, 'sample-too-small']));
  });

  test('what was measured last is what the encoder goes by', async () => {
    const measured = {
      images: 50,
      edits: 29,
      pairs: 71_050,
      copiesAmongSample: 0,
      unusable: { pictures: {}, edits: {} },
      vectors: [],
    };
    const calibration = { fingerprint, models: { fc: PICTURES_ALONE }, measured, atMs: 1, by: null };
    const calibrated = new EmbedderServer(new MemoryVectorIndex());
    await new Calibrations(calibrated.log).decide(calibration);
    await calibrated.start();
    try {
      expect((await send(`${calibrated.url}/v1/calibration`)).body).toMatchObject({
        vectors: [{ vector: 'fc', model: 'calibrated' }],
        calibration: { measured, atMs: 1, by: null },
      });
    } finally {
      await calibrated.stop();
    }
  });
});
