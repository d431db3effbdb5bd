import { rmSync, writeFileSync } from 'node:fs';
import { Collection } from '../e2e/collection.js';
import { SEEDED } from '../e2e/encoders.js';
import { type ServerProcess, Workplace } from '../e2e/server-process.js';
import { followingTheGuide } from './follow-guide.js';

jest.setTimeout(180_000);

describe('the guide to reindexing, on one process', () => {
  const workplace = new Workplace();
  const encoderFile = workplace.path('fc1.json');
  let server: ServerProcess;
  beforeAll(async () => {
    writeFileSync(encoderFile, JSON.stringify({ ...SEEDED.manifest(), name: 'seeded-fc1', layer: 'fc1' }));
    server = await workplace.start();
  });
  afterAll(() => workplace.remove());

  followingTheGuide(() => ({
    collection: new Collection(() => server.url),
    env: { LOOKALIKE_URL: server.url },
    encoderFile,
    loseIndex: async () => rmSync(workplace.path('data/index'), { recursive: true }),
  }));
});
