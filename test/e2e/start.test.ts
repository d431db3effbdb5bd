import { once } from 'node:events';
import { closeSync, copyFileSync, openSync, readSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { eventually } from '#testkit';
import { type Accepted, Collection, idsOf } from './collection.js';
import { SEEDED } from './encoders.js';
import { type Photo, paintedPicture, pictures } from './photos.js';
import { type ServerProcess, Workplace } from './server-process.js';

jest.setTimeout(120_000);

const SHA256 = /\b[0-9a-f]{64}\b/g;
/** The 30 s that requests under way are given, and some more; two or three are usual. */
const STOP_LIMIT_MS = 40_000;

describe('the server', () => {
  let workplace: Workplace;
  beforeEach(() => {
    workplace = new Workplace();
  });
  afterEach(() => workplace.remove());

  test('is refused a data folder that another one uses, which goes on unharmed', async () => {
    const first = await workplace.start();
    const collection = new Collection(() => first.url);
    const [photo] = await pictures(1);
    const second = await workplace.failToStart();
    expect(second).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('data-folder-in-use') });
    const added = await collection.add('a', photo?.bytes as Buffer);
    expect(await collection.visible(added)).toMatchObject({ state: 'ready' });
  });

  test('does not start on a model file that is not the manifest’s, and names both hashes', async () => {
    const right = await SEEDED.modelFile();
    const [truncatedFile, otherFile] = [workplace.path('truncated.onnx'), workplace.path('other.onnx')];
    copyFileSync(right, truncatedFile);
    truncateSync(truncatedFile, 100_000_000);
    writeFileSync(otherFile, 'not a model');
    for (const file of [truncatedFile, otherFile]) {
      const { exitCode, stderr } = await workplace.failToStart({ LOOKALIKE_MODEL_FILE: file });
      expect(exitCode).toBe(2);
      expect(stderr).toContain('model-hash-mismatch');
      expect(stderr).toContain(file);
      expect(new Set(stderr.match(SHA256)).size).toBe(2);
    }
    const { exitCode, stderr } = await workplace.failToStart({ LOOKALIKE_MODEL_FILE: workplace.path('nothing') });
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('model-missing') });
  });

  test('does not start on a damaged model file of the right size', async () => {
    const damaged = workplace.path('damaged.onnx');
    copyFileSync(await SEEDED.modelFile(), damaged);
    flipByte(damaged, 70_000_000);
    const { exitCode, stderr } = await workplace.failToStart({ LOOKALIKE_MODEL_FILE: damaged });
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('model-hash-mismatch') });
    expect(new Set(stderr.match(SHA256)).size).toBe(2);
  });

  test('without a network and without a file says what to do', async () => {
    // Of the seeded model's hash it would be made here.
    workplace.writeManifest({ sha256: '0'.repeat(64), urls: [`http://127.0.0.1:${await closedPort()}/vgg16.onnx`] });
    const { exitCode, stderr } = await workplace.failToStart({ LOOKALIKE_MODEL_FILE: '' });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('model-missing');
    for (const way of [workplace.path('data/models'), 'LOOKALIKE_MODEL_FILE', 'LOOKALIKE_MODEL_MIRRORS']) {
      expect(stderr).toContain(way);
    }
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test('does not start on wrong settings, and names each with its value and what it may be', async () => {
    const wrong = { LOOKALIKE_PARTITIONS: '0', LOOKALIKE_EMBED_BATCH: 'many', LOOKALIKE_BATCHES: '3' };
    const { exitCode, stderr } = await workplace.failToStart(wrong);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('invalid-setting');
    expect(stderr).toContain('LOOKALIKE_PARTITIONS is "0", but must be a whole number, 1 to 1024.');
    expect(stderr).toContain('LOOKALIKE_EMBED_BATCH is "many", but must be a whole number, 1 to 1024.');
    expect(stderr).toContain('LOOKALIKE_BATCHES is not a setting');
  });

  test('does not start with an encoder that no manifest describes', async () => {
    const { exitCode, stderr } = await workplace.failToStart({ LOOKALIKE_ENCODER: 'vgg17' });
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('vgg17') });
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test('does not start with other partitions than the log has, nor where it cannot listen, and names the setting', async () => {
    await (await workplace.start()).stop();
    const { exitCode, stderr } = await workplace.failToStart({ LOOKALIKE_PARTITIONS: '4' });
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/^invalid-setting: LOOKALIKE_PARTITIONS is 4, but .* 8, .*\n$/),
    });
    for (const host of ['203.0.113.7', 'no-such-host.invalid']) {
      const refused = await workplace.failToStart({ LOOKALIKE_HOST: host });
      expect(refused.exitCode).toBe(2);
      expect(refused.stderr).toMatch(new RegExp(`^invalid-setting: LOOKALIKE_HOST is "${host}", .*\\n$`));
    }
  });

  test.each([1, 2])(
    'asked %d times to stop during an import ends in order, and keeps what it acknowledged',
    async (times) => {
      let server: ServerProcess = await workplace.start();
      const collection = new Collection(() => server.url);
      const acknowledged: Accepted[] = [];
      const [first] = (await pictures(1)) as [Photo];
      acknowledged.push(await collection.add(first.name, first.bytes));
      // It has no end of its own.
      let painted = 0;
      const importing = Array.from({ length: 4 }, async () => {
        for (;;) {
          const { name, bytes } = await paintedPicture(painted++);
          acknowledged.push(await collection.add(name, bytes));
        }
      });
      const ended = Promise.allSettled(importing);
      await eventually(() => expect(acknowledged.length).toBeGreaterThan(8));
      for (let i = 0; i < times; i++) server.signal('SIGTERM');
      expect(await server.exit(STOP_LIMIT_MS)).toEqual({ code: 0, signal: null });
      expect((await ended).map(({ status }) => status)).toEqual(Array(4).fill('rejected'));

      server = await workplace.start();
      for (const it of acknowledged) expect(await collection.visible(it)).toMatchObject({ state: 'ready' });
      expect((await collection.status()).images.ready).toBeGreaterThanOrEqual(acknowledged.length);
      expect(idsOf(await collection.search(first.bytes, 1))).toEqual([first.name]);
    },
  );
});

function flipByte(path: string, at: number): void {
  const file = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, at);
  byte[0] = (byte[0] ?? 0) ^ 0xff;
  writeSync(file, byte, 0, 1, at);
  closeSync(file);
}

/** Nobody listens on it: it was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
