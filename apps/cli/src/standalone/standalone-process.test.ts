import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '#config';
import { freePort, waitUntil } from '#testkit';
import { FakeServer } from '../../test/fake-server.js';
import { checkPort, startStandalone, stopTimeoutMs } from './standalone-process.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lookalike-up-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Starts `source` in place of the real server. */
async function start(source: string, port = 0, signal = new AbortController().signal) {
  const entry = join(folder, 'main.js');
  await writeFile(entry, source);
  const settings = loadSettings({ LOOKALIKE_PORT: String(port) });
  return startStandalone({ settings, env: { GREETING: 'hello' }, signal, log: 'keep', entry, startTimeoutMs: 10_000 });
}

const portOf = (url: string) => Number(new URL(url).port);

describe('starting the standalone server', () => {
  test('is over when the server says that it is ready', async () => {
    const server = await start(
      `process.send({type: 'ready', url: 'http://127.0.0.1:7/' + process.env.GREETING}); setInterval(() => {}, 1e6)`,
    );
    expect(server.url).toBe('http://127.0.0.1:7/hello');
    await server.stop();
    expect(await server.exited).toBe('SIGTERM');
  });

  test('a stop leaves the server the time that its settings give it', () => {
    const { server } = loadSettings({ LOOKALIKE_SHUTDOWN_TIMEOUT_SECONDS: '3600' });
    // Requests first, then the stages, each as long as the setting says.
    expect(stopTimeoutMs({ server })).toBeGreaterThan(2 * 3_600_000);
  });

  test('is over when /health/ready answers, also without a message', async () => {
    const port = await freePort();
    const server = await start(
      `require('node:http').createServer((_, res) => res.end('{}')).listen(${port}, '127.0.0.1')`,
      port,
    );
    expect(server.url).toBe(`http://127.0.0.1:${port}`);
    await server.stop();
  });

  test('shows the last words of a server that ends', async () => {
    await expect(start(`console.log('the model is broken'); process.exitCode = 7`)).rejects.toMatchObject({
      message: 'The server did not start (7).',
      lastWords: ['the model is broken'],
    });
  });

  test('stops the server when it is told to stop', async () => {
    const stop = new AbortController();
    const starting = start(
      `require('node:fs').mkdirSync(__dirname + '/runs'); setInterval(() => {}, 1e6)`,
      0,
      stop.signal,
    );
    const refused = expect(starting).rejects.toThrow('stopped');
    await waitUntil('the server runs', () => existsSync(join(folder, 'runs')));
    stop.abort(new Error('stopped'));
    await refused;
  });
});

describe('a port that is taken', () => {
  test.each([null, 'lk_of somebody else'])(
    'says when lookalike itself has it, which takes the key %j',
    async (apiKey) => {
      const server = await FakeServer.start();
      server.apiKey = apiKey;
      await expect(checkPort('127.0.0.1', portOf(server.url))).rejects.toMatchObject({
        message: `A lookalike server already runs at ${server.url}.`,
        hint: `Use it, or stop it first, or take another port: LOOKALIKE_PORT=${portOf(server.url) + 1}`,
      });
      await server.stop();
    },
  );

  test('says when another program has it', async () => {
    const other = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    await expect(checkPort('127.0.0.1', port)).rejects.toMatchObject({
      message: `Port ${port} is taken by another program.`,
    });
    await new Promise((resolve) => other.close(resolve));
  });
});
