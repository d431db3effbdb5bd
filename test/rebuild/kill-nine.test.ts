import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom, testSeed } from '#testkit';
import { Collection } from '../e2e/collection.js';
import { SEEDED } from '../e2e/encoders.js';
import { pictures } from '../e2e/photos.js';
import { type ServerProcess, Workplace } from '../e2e/server-process.js';
import { typed } from './guide.js';

jest.setTimeout(600_000);

const PHOTOS = 40;
const KILLS = 5;
/** Less than embedding all of them takes. */
const KILL_WITHIN_MS = 2_000;

describe('killed with -9 while the encoder is changed', () => {
  const seed = testSeed();
  const random = seededRandom(seed);
  const workplace = new Workplace();
  const collection = new Collection(() => server.url);
  const encoderFile = workplace.path('fc1.json');
  const env = { LOOKALIKE_LOG_LEVEL: 'warn' };
  let server: ServerProcess;
  beforeAll(async () => {
    writeFileSync(encoderFile, JSON.stringify({ ...SEEDED.manifest(), name: 'seeded-fc1', layer: 'fc1' }));
    server = await workplace.start(env);
  });
  afterAll(() => workplace.remove());

  const type = (command: string) => typed(command, { LOOKALIKE_URL: server.url }, { FILE: encoderFile });

  test(`${KILLS} times over (SEED=${seed}): it goes on, and nothing is missing`, async () => {
    const photos = await pictures(PHOTOS);
    const added = await collection.addAll(photos.map(({ name, bytes }) => [name, bytes] as const));
    for (const it of added) await collection.visible(it);
    const before = (await collection.status()).encoder.fingerprint;
    await type('lookalike reindex start --switch --encoder FILE');
    for (let kill = 0; kill < KILLS; kill++) {
      await sleep(random() * KILL_WITHIN_MS);
      await server.kill();
      server = await workplace.start(env);
    }
    await type('lookalike reindex status --watch');
    const { encoder, images } = await collection.status();
    expect(encoder.fingerprint).not.toBe(before);
    expect(images).toEqual({ ready: PHOTOS, failed: 0, deleted: 0 });
    expect(await type('lookalike audit --vectors all')).toMatch(/^Clean/);
  });
});
