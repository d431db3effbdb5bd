import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeServer, problem } from '../test/fake-server.js';
import { runCommand } from '../test/run-command.js';
import { EXIT, EXIT_HELP } from './exit-codes.js';

/** As docs/reference/cli.md has them. */
const { fine, refused, usage, unreachable } = EXIT;

let folder: string;
let server: FakeServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lookalike-codes-'));
  for (const name of ['pictures', 'refused', 'damaged', 'empty']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'pictures/a.jpg'), '1');
  writeFileSync(join(folder, 'refused/a.txt'), 'refuse');
  writeFileSync(join(folder, 'damaged/a.jpg'), 'damaged');
  writeFileSync(join(folder, 'large.jpg'), '');
  truncateSync(join(folder, 'large.jpg'), 2 ** 30);
  server = await FakeServer.start();
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(() => {
  server.interfere = () => false;
});

/** `@` stands for the folder above, `NOBODY` for an address where nobody listens, `TAKEN` for the fake server's port. */
type Situation = readonly [code: number, args: string, env?: Readonly<Record<string, string>>];

async function run(args: string, env: Readonly<Record<string, string>> = {}) {
  const fill = (it: string) => it.replaceAll('@', folder).replaceAll('TAKEN', new URL(server.url).port);
  const filled = Object.entries(env).map(([name, value]) => [name, fill(value)] as const);
  const settings = { LOOKALIKE_URL: server.url, LOOKALIKE_DATA_DIR: join(folder, 'data'), LOOKALIKE_PORT: '0' };
  const words = args === '' ? [] : args.split(' ').map((it) => fill(it === "''" ? '' : it));
  return runCommand(words, { ...settings, ...Object.fromEntries(filled) });
}

describe('exit codes', () => {
  const said: readonly Situation[] = [
    [fine, '--help'],
    [fine, 'help import'],
    [fine, 'import @/pictures'],
    [fine, 'import @/empty'],
    [fine, 'search @/pictures/a.jpg'],
    [fine, 'status'],
    [fine, 'models'],
    [fine, 'config'],
    [fine, 'keys new --scopes publish,search --name app'],
    [refused, 'import @/refused'],
    [refused, 'import @/damaged'],
    [refused, 'search nobody'],
    [refused, 'dead-letters show 0-1'],
    [usage, ''],
    [usage, 'fly'],
    [usage, '--fly'],
    [usage, 'up extra'],
    [usage, 'up --json'],
    [usage, 'import'],
    [usage, "import ''"],
    [usage, 'import a b'],
    [usage, 'import @/nothing'],
    [usage, 'import @/large.jpg'],
    [usage, 'import --concurrency 0 @/pictures'],
    [usage, 'import --concurrency many @/pictures'],
    [usage, 'import --concurrency'],
    [usage, 'import --wait -1 @/pictures'],
    [usage, 'import --give-up-after 1.5 @/pictures'],
    [usage, 'import --url ftp://x @/pictures'],
    [usage, 'import --url http://127.0.0.1:99999 @/pictures'],
    [usage, 'search'],
    [usage, "search ''"],
    [usage, 'search a\nb'],
    [usage, `search ${'x'.repeat(257)}`],
    [usage, 'search a b'],
    [usage, 'search @/pictures'],
    [usage, 'search @/large.jpg'],
    [usage, 'search --limit 101 a'],
    [usage, 'search --colour a'],
    [usage, 'status extra'],
    [usage, 'status', { LOOKALIKE_URL: 'ftp://x' }],
    [usage, 'status', { LOOKALIKE_PROT: '1' }],
    [usage, 'config', { LOOKALIKE_PORT: 'x' }],
    [usage, 'dead-letters'],
    [usage, 'dead-letters burn'],
    [usage, 'dead-letters list extra'],
    [usage, 'dead-letters list --state lost'],
    [usage, 'dead-letters list --limit 0'],
    [usage, 'dead-letters show'],
    [usage, 'dead-letters redrive'],
    [usage, 'dead-letters redrive --reason picture-damaged'],
    [usage, 'dead-letters redrive 0-1 --reason picture-damaged'],
    [usage, 'dead-letters discard --image a --yes'],
    [usage, 'models extra'],
    [usage, 'models fetch'],
    [usage, 'keys'],
    [usage, 'keys new'],
    [usage, 'keys new --name app'],
    [usage, 'keys new --name app --scopes read'],
    [usage, 'keys new --name App --scopes search'],
    [usage, 'log'],
    [usage, 'log export'],
    [usage, 'log export @/new.gz'],
    [usage, 'log export @/large.jpg'],
    [usage, 'log export @/new.gz --profile laptop'],
    [usage, 'log export @/new.gz --without-vectors --encoder abc'],
    [usage, 'log import @/no-such-file'],
    [usage, 'log import @/pictures/a.jpg', { LOOKALIKE_DATA_DIR: '@/large.jpg' }],
    [refused, 'log import @/pictures/a.jpg', { LOOKALIKE_DATA_DIR: '@/other' }],
    [refused, 'log import @/pictures/a.jpg --profile cluster', { LOOKALIKE_KAFKA_BROKERS: '127.0.0.1:9' }],
    [usage, 'status', { LOOKALIKE_API_KEY: 'hunter2' }],
    [usage, 'models fetch no-such-model'],
    [usage, 'models fetch vgg16-seeded-fc2', { LOOKALIKE_MODELS_DIR: '@/large.jpg' }],
    [unreachable, 'import @/pictures', { LOOKALIKE_URL: 'http://no-such-host.invalid' }],
    [unreachable, 'search a', { LOOKALIKE_URL: 'http://no-such-host.invalid' }],
    [unreachable, 'dead-letters list', { LOOKALIKE_URL: 'http://no-such-host.invalid' }],
    [unreachable, 'status --json', { LOOKALIKE_URL: 'http://no-such-host.invalid' }],
  ];
  // A row of two would get Jest's `done` as its third.
  test.each(said.map(([code, args, env = {}]) => [code, args, env] as const))('%d: %j %j', async (code, args, env) => {
    const ended = await run(args, env);
    expect(ended).toMatchObject({ code });
    expect(ended.stderr).not.toMatch(/^\s+at /m);
    // Whoever is told no is told why.
    if (code !== fine) expect(ended.stderr + ended.stdout).not.toBe('');
    if (code === usage) expect(ended.stdout).toBe('');
  });

  test.each([
    ['a server that fails', 500, refused],
    ['a server that stays busy', 503, refused],
    ['a server that too many ask', 429, refused],
  ])('of %s', async (_, status, code) => {
    server.interfere = (_request, response) => {
      problem(response, status, 'some-code', 'No.');
      return true;
    };
    expect(await run('status')).toMatchObject({ code, stderr: expect.stringContaining('No.') });
  });

  test('of an address where something else answers', async () => {
    const other = createServer((_, response) => response.end('<html>'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    expect(await run(`status --url ${url}`)).toMatchObject({ code: refused, stderr: expect.stringContaining(url) });
    other.close();
  });

  const starts: readonly (readonly [
    code: number,
    args: string,
    env: Readonly<Record<string, string>>,
    says: string,
  ])[] = [
    [usage, 'up', { LOOKALIKE_DATA_DIR: '@/large.jpg' }, 'LOOKALIKE_DATA_DIR is'],
    [usage, 'up', { LOOKALIKE_DATA_DIR: '@/large.jpg/data' }, 'LOOKALIKE_DATA_DIR is'],
    [usage, 'up', { LOOKALIKE_DATA_DIR: '/proc/nothing' }, 'LOOKALIKE_DATA_DIR is "/proc/nothing"'],
    [usage, 'up', { LOOKALIKE_ENCODER: 'vgg17' }, 'There is no encoder vgg17'],
    [usage, 'up', { LOOKALIKE_MODEL_FILE: '@/nothing' }, 'which LOOKALIKE_MODEL_FILE names'],
    [usage, 'up', { LOOKALIKE_MODEL_FILE: '@' }, 'LOOKALIKE_MODEL_FILE is'],
    [usage, 'up', { LOOKALIKE_MODELS_DIR: '@/large.jpg' }, 'LOOKALIKE_MODELS_DIR is'],
    [usage, 'up', { LOOKALIKE_PORT: '70000' }, 'LOOKALIKE_PORT is "70000"'],
    [usage, 'up', { LOOKALIKE_PORT: 'TAKEN' }, 'A lookalike server already runs'],
    [usage, 'up', { LOOKALIKE_PORT: 'TAKEN', LOOKALIKE_HOST: 'no-such-host.invalid' }, 'Check LOOKALIKE_HOST'],
  ];
  test.each(starts)('%d: %s %j ends at once, with the reason', async (code, args, env, says) => {
    const startedAt = Date.now();
    expect(await run(args, env)).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(says) });
    // The longest that a start may take is three minutes; a refused one is over in about a second.
    expect(Date.now() - startedAt).toBeLessThan(20_000);
  });

  test('0: Ctrl-C ends `up`, also before the server is ready', async () => {
    // Its model never arrives.
    let asked = () => {};
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const mirror = createServer(() => asked());
    await new Promise<void>((resolve) => mirror.listen(0, '127.0.0.1', resolve));
    const env = { LOOKALIKE_MODEL_MIRRORS: `http://127.0.0.1:${(mirror.address() as AddressInfo).port}` };
    const ended = await runCommand(
      ['up'],
      { ...env, LOOKALIKE_PORT: '0', LOOKALIKE_DATA_DIR: join(folder, 'never') },
      (child) => void isAsked.then(() => child.kill('SIGINT')),
    );
    mirror.closeAllConnections();
    mirror.close();
    expect(ended).toMatchObject({ code: fine, stdout: '' });
  });

  test('are all in the help', () => {
    for (const code of Object.values(EXIT)) expect(EXIT_HELP).toMatch(new RegExp(`^ {2}${code} `, 'm'));
  });
});
