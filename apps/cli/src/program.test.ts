import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '#config';
import { PROJECT_ROOT } from '#testkit';
import { FakeServer, firstTimes, problem } from '../test/fake-server.js';
import { runCommand } from '../test/run-command.js';

let server: FakeServer;
let folder: string;
beforeEach(async () => {
  server = await FakeServer.start();
  folder = await mkdtemp(join(tmpdir(), 'lookalike-cli-'));
});
afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The built command, talking to the fake server. */
function lookalike(args: readonly string[], env: Record<string, string> = {}, onStart?: (child: ChildProcess) => void) {
  return runCommand(args, { LOOKALIKE_URL: server.url, ...env }, onStart);
}

async function put(name: string, content: string): Promise<string> {
  await writeFile(join(folder, name), content);
  return join(folder, name);
}

describe('exit codes', () => {
  test('0: everything was taken', async () => {
    await put('a.jpg', '1');
    const { code, stdout, stderr } = await lookalike(['import', folder]);
    expect(stdout).toMatch(
      /^1 uploaded, 0 already there, 0 refused, 0 failed in \d\.\d s\.\n1 picture is now searchable\.\n$/,
    );
    expect(stderr).toMatch(/Importing: 1 of 1, 100%/);
    expect(code).toBe(0);
  });

  test('1: something was refused', async () => {
    await put('a.txt', 'refuse');
    const { code, stdout } = await lookalike(['import', folder]);
    expect(stdout).toContain('Refused: 1 picture-not-recognised. The file is not a picture.\n    a.txt\n');
    expect(code).toBe(1);
  });

  test('2: a wrong setting is named', async () => {
    const { code, stderr } = await lookalike(['status'], { LOOKALIKE_PROT: '1' });
    expect(stderr).toBe('LOOKALIKE_PROT is not a setting; did you mean LOOKALIKE_PORT?\n');
    expect(code).toBe(2);
  });

  test('3: nobody is there', async () => {
    const { url } = server;
    await server.stop();
    const { code, stderr } = await lookalike(['import', folder], { LOOKALIKE_URL: url });
    server = await FakeServer.start();
    expect(stderr).toContain(
      `No answer from ${url}: nobody listens there.\nIs it running? Start it with: lookalike up\n`,
    );
    expect(code).toBe(3);
  });

  test('130: Ctrl-C ends an import cleanly and says how to go on', async () => {
    for (let i = 0; i < 20; i += 1) await put(`${i}.jpg`, String(i));
    const { code, stdout } = await lookalike(['import', folder, '--concurrency', '1'], {}, (child) => {
      server.interfere = (request, response) => {
        // Busy after the fifth upload, so the command is waiting when the signal comes.
        if (request.method !== 'PUT' || server.uploads().length <= 5) return false;
        problem(response, 503, 'overloaded', 'Too much.', { retryAfter: '20' });
        // More than once, as under npm, where the terminal sends it and npm passes it on: it may meet any moment.
        const press = () => {
          if (child.kill('SIGINT')) setImmediate(press);
        };
        press();
        return true;
      };
    });
    expect(stdout).toContain('5 uploaded');
    expect(stdout).toContain('To go on, run the same command again: what the server has is not sent twice.');
    expect(code).toBe(130);
    server.interfere = () => false;
    const again = await lookalike(['import', folder, '--json']);
    expect(JSON.parse(again.stdout)).toMatchObject({ uploaded: 15, skipped: 5, interrupted: false });
    expect(again.code).toBe(0);
  });
});

describe('search', () => {
  test('by an image that waits says how far behind it is', async () => {
    server.settles = 'never';
    server.accept('a.jpg', '1');
    const { code, stderr } = await lookalike(['search', 'a.jpg']);
    expect(stderr).toMatch(/on its way into the index: 0 before it at the embed stage, its event \d+\.\d s old\.\n/);
    expect(code).toBe(1);
  });

  test('a path that exists is a picture, anything else an id', async () => {
    const path = await put('a.jpg', '1');
    await lookalike(['import', folder]);
    expect((await lookalike(['search', path])).stdout).toContain('1.000  ██████████  a.jpg');
    const { code, stderr } = await lookalike(['search', 'b.jpg']);
    expect(stderr).toContain('There is no image "b.jpg".\n');
    expect(code).toBe(1);
    expect((await lookalike(['search', 'a.jpg'])).stdout).toContain('Nothing found');
    expect(server.requests.filter((it) => it === 'POST /v1/search')).toHaveLength(3);
  });

  test('passes on what is asked for, by a picture, a link and an id', async () => {
    const path = await put('a.jpg', '1');
    await lookalike(['import', folder]);
    const options = ['--limit', '3', '--mode', 'exact', '--min-score', '0.5', '--min-match', 'same-picture'];
    await lookalike(['search', path, ...options, '--region', '0.5,0,0.5,1']);
    await lookalike(['search', 'https://photos.example/a.jpg', ...options]);
    await lookalike([
      'search',
      'https://photos.example/a.jpg',
      '--id',
      '--filter',
      '{"attribute":"album","exists":true}',
    ]);
    const include = ['attributes', 'explanation'];
    expect(server.searches).toEqual([
      {
        limit: '3',
        mode: 'exact',
        minScore: '0.5',
        minMatch: 'same-picture',
        region: '{"left":0.5,"top":0,"width":0.5,"height":1}',
        include: 'attributes,explanation',
        file: expect.anything(),
      },
      {
        link: 'https://photos.example/a.jpg',
        limit: 3,
        mode: 'exact',
        minScore: 0.5,
        minMatch: 'same-picture',
        include,
      },
      { imageId: 'https://photos.example/a.jpg', limit: 10, filter: { attribute: 'album', exists: true }, include },
    ]);
  });

  test.each([
    ['--mode', 'slow'],
    ['--min-score', '2'],
    ['--min-score', ''],
    ['--min-match', 'look-alike'],
    ['--filter', '{'],
    ['--filter', '[]'],
    ['--region', '0,0,1'],
    ['--region', '0,0,1,2'],
    ['--region', '0,0,1,1,1'],
    ['--limit', '0'],
  ])('refuses %s %j', async (option, value) => {
    expect((await lookalike(['search', 'a.jpg', option, value])).code).toBe(2);
    expect(server.searches).toEqual([]);
  });

  test('--json prints the answer and nothing else; an error is JSON on stderr', async () => {
    await put('a.jpg', '1');
    await lookalike(['import', folder]);
    const { stdout, stderr } = await lookalike(['search', join(folder, 'a.jpg'), '--json', '--limit', '3']);
    expect(JSON.parse(stdout)).toMatchObject({ results: [{ imageId: 'a.jpg' }], encoder: { trained: true } });
    expect(stderr).toBe('');
    const refused = await lookalike(['search', 'nobody', '--json']);
    expect(JSON.parse(refused.stderr)).toMatchObject({ error: { code: 'image-unknown' } });
    expect(refused.stdout).toBe('');
  });

  test('says that an untrained encoder finds near-duplicates only', async () => {
    server.encoder = { ...server.encoder, trained: false };
    const path = await put('a.jpg', '1');
    for (const args of [['import', folder], ['search', path], ['status']]) {
      const { stdout } = await lookalike(args);
      expect(stdout).toContain('Note: the encoder is untrained. It finds near-duplicates (crops, copies, edits)');
    }
  });
});

test('nothing but text is written where there is no terminal', async () => {
  const { stdout, stderr } = await lookalike(['status']);
  expect(stdout + stderr).not.toContain('\u001b');
  expect(stdout).toContain('encoder  vgg16-fc2 (trained, 0123456789ab)\n');
});

test('a problem shows what was wrong, field by field', async () => {
  server.interfere = firstTimes(1, 'GET', (response) =>
    problem(response, 400, 'invalid-request', 'One field is wrong.', { errors: [{ field: 'x', rule: 'is odd' }] }),
  );
  expect((await lookalike(['status'])).stderr).toBe('One field is wrong.\n  x is odd\n');
});

test('config says where each setting comes from', async () => {
  const { stdout } = await lookalike(['config'], { LOOKALIKE_PORT: '9999' });
  expect(stdout).toMatch(/^LOOKALIKE_PORT +9999 +environment /m);
  expect(stdout).toMatch(/^LOOKALIKE_HOST +127\.0\.0\.1 +default /m);
});

test('keys new prints a key, and a line with its hash that the settings take', async () => {
  const { code, stdout } = await lookalike(['keys', 'new', '--scopes', 'search,publish,search', '--name', 'web-app']);
  expect(code).toBe(0);
  const key = /^LOOKALIKE_API_KEY=(lk_[\w-]{43})$/m.exec(stdout)?.[1] ?? '';
  const line = /^LOOKALIKE_API_KEYS=(.*)$/m.exec(stdout)?.[1] ?? '';
  const sha256 = createHash('sha256').update(key).digest('hex');
  expect(line).toBe(`web-app:search+publish:${sha256}`);
  const settings = loadSettings({ LOOKALIKE_API_KEYS: line, LOOKALIKE_API_KEY: key });
  expect(settings.access.keys).toEqual([{ name: 'web-app', scopes: ['search', 'publish'], sha256 }]);
  expect(settings.client.apiKey).toBe(key);
});

test('the keys of the how-to are made as it says', async () => {
  const howTo = readFileSync(join(PROJECT_ROOT, 'docs/how-to/secure.md'), 'utf8');
  const commands = [...howTo.matchAll(/\b(keys new .*)$/gm)].map(([, command = '']) => command.split(' '));
  expect(commands.length).toBeGreaterThan(3);
  for (const args of commands) expect((await lookalike(args)).code).toBe(0);
});

test('keys new --json gives the same to programs, and never the same key', async () => {
  const keys = new Set<string>();
  for (let i = 0; i < 2; i++) {
    const { stdout } = await lookalike(['keys', 'new', '--scopes', 'operate', '--name', 'ops', '--json']);
    const made = JSON.parse(stdout);
    expect(made).toEqual({ key: made.key, name: 'ops', scopes: ['operate'], sha256: expect.any(String) });
    keys.add(made.key);
  }
  expect(keys.size).toBe(2);
});

test('a key is shown to the server with each request, and to nobody else', async () => {
  server.apiKey = `lk_${'k'.repeat(43)}`;
  const path = await put('a.jpg', '1');
  const key = { LOOKALIKE_API_KEY: server.apiKey };
  for (const args of [['import', folder], ['search', path], ['search', 'a.jpg'], ['status'], ['config']]) {
    for (const more of [[], ['--json']]) {
      const { code, stdout, stderr } = await lookalike([...args, ...more], key);
      expect(code).toBe(0);
      expect(stdout + stderr).not.toContain('kkk');
    }
  }
  const { code, stderr } = await lookalike(['status']);
  expect(stderr).toContain('Set LOOKALIKE_API_KEY to a key that the server takes.');
  expect(code).toBe(1);
  const wrong = await lookalike(['config'], { LOOKALIKE_API_KEY: `${server.apiKey}\n` });
  const cut = await lookalike(['status'], { LOOKALIKE_API_KEY: server.apiKey.slice(0, -1) });
  expect(cut.code).toBe(2);
  for (const it of [wrong, cut]) expect(it.stdout + it.stderr).not.toContain('kkk');
});

test('an empty folder is fine', async () => {
  await mkdir(join(folder, 'empty'));
  const { code, stdout } = await lookalike(['import', folder]);
  expect(stdout).toContain('0 uploaded');
  expect(code).toBe(0);
});
