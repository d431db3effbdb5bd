import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeServer, firstTimes, problem } from '../../test/fake-server.js';
import { runCommand } from '../../test/run-command.js';
import { ApiClient } from '../api/api-client.js';
import { Evaluation } from '../evaluate/evaluation.js';
import { drawImages } from '../evaluate/queries.js';

const IMAGES = 150;

let server: FakeServer;
let folder: string;
beforeEach(async () => {
  server = await FakeServer.start();
  for (let at = 0; at < IMAGES; at += 1) server.accept(`image-${at}`, 'a picture');
  folder = await mkdtemp(join(tmpdir(), 'lookalike-evaluate-'));
});
afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

function evaluate(args: readonly string[], onStart?: (child: ChildProcess) => void) {
  return runCommand(['evaluate', ...args], { LOOKALIKE_URL: server.url }, onStart);
}

const modesOf = (stdout: string) => JSON.parse(stdout).modes as { mode: string; oneClient: { n: number } | null }[];

describe('evaluate', () => {
  test('asks every mode the same, and asks again under load', async () => {
    const { code, stdout, stderr } = await evaluate(['--json', '--sample', '20']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      encoder: { name: 'vgg16-fc2', trained: true },
      generation: 'g1',
      images: IMAGES,
      queries: { by: 'image', drawn: 20, from: IMAGES },
      clients: 8,
      edits: [],
      room: { memoryBytesPerImage: null, diskBytesPerImage: null, residentBytes: null },
      refused: [],
      ended: null,
    });
    expect(modesOf(stdout)).toEqual(
      ['fast', 'balanced', 'exact'].map((mode) =>
        expect.objectContaining({
          mode,
          recallAt10: mode === 'exact' ? null : expect.objectContaining({ share: 1, n: 20 }),
          precisionAt5: null,
          oneClient: expect.objectContaining({ n: 20 }),
          manyClients: expect.objectContaining({ n: 20, perSecond: expect.any(Number) }),
        }),
      ),
    );
    for (const mode of ['fast', 'balanced', 'exact']) {
      expect(server.searches.filter((it) => it.mode === mode)).toHaveLength(40);
    }
    const firsts = server.searches.slice(0, 9).map(({ mode }) => mode);
    expect(firsts).toEqual(['fast', 'balanced', 'exact', 'balanced', 'exact', 'fast', 'exact', 'fast', 'balanced']);
    expect(stderr).toContain('Comparing modes: 20 of 20');
  });

  test('says why it does not know what an operator may know', async () => {
    const { notes } = JSON.parse((await evaluate(['--json', '--sample', '1'])).stdout);
    expect(notes).toContain('Memory and disk per image are not known: There is no such route.');
  });

  test('counts a query that is refused, goes on, and ends with 1', async () => {
    const refuse = firstTimes(1, 'POST', (response) => problem(response, 404, 'image-unknown', 'It is gone.'));
    server.interfere = (request, response) => request.url === '/v1/search' && refuse(request, response);
    const { code, stdout } = await evaluate(['--json', '--sample', '5']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout).refused).toEqual([expect.objectContaining({ code: 'image-unknown', count: 1 })]);
    expect(modesOf(stdout).map(({ oneClient }) => oneClient?.n)).toEqual([4, 4, 4]);
  });

  test('keeps to Retry-After, and tells of it', async () => {
    let refusedAt = 0;
    let searches = 0;
    let cameBackAfterMs = 0;
    server.interfere = ({ url }, response) => {
      if (url !== '/v1/search') return false;
      searches += 1;
      if (searches === 2) cameBackAfterMs = performance.now() - refusedAt;
      if (searches > 1) return false;
      refusedAt = performance.now();
      problem(response, 429, 'rate-limited', 'Too many.', { retryAfter: '1' });
      return true;
    };
    const { code, stdout } = await evaluate(['--sample', '2']);
    expect(code).toBe(0);
    expect(stdout).toContain('1 request was sent again');
    expect(cameBackAfterMs).toBeGreaterThanOrEqual(990);
  });

  test('ends at Ctrl-C with what was measured until then', async () => {
    let child: ChildProcess | null = null;
    server.interfere = ({ url }) => {
      // The third query, in the middle of it.
      if (url !== '/v1/search' || server.searches.length < 7) return false;
      child?.kill('SIGINT');
      return true;
    };
    const html = join(folder, 'report.html');
    const { code, stdout, stderr } = await evaluate(['--json', '--html', html], (it) => {
      child = it;
    });
    expect({ code, stderr: stderr.match(/^\s+at /m) }).toEqual({ code: 130, stderr: null });
    expect(JSON.parse(stdout).ended).toEqual({ code: 'interrupted', message: 'Stopped by Ctrl-C.' });
    expect(modesOf(stdout)).toEqual([
      expect.objectContaining({ recallAt10: expect.objectContaining({ n: 2 }), manyClients: null }),
      expect.objectContaining({ recallAt10: expect.objectContaining({ n: 2 }), manyClients: null }),
      expect.objectContaining({ manyClients: null }),
    ]);
    expect(await readFile(html, 'utf8')).toContain('It ended early: Stopped by Ctrl-C.');
  });

  test('has what was measured when the server goes away', async () => {
    const api = new ApiClient(server.url, { retry: { giveUpAfterMs: 0 } });
    server.interfere = ({ url, socket }) => {
      if (url !== '/v1/search' || server.searches.length < 6) return false;
      socket.destroy();
      return true;
    };
    const evaluation = new Evaluation(api, await api.status(), {
      queries: await drawImages(api, 10, () => {}),
      labels: null,
      clients: 2,
      edits: [],
      editedPictures: 0,
      signal: new AbortController().signal,
      onProgress: () => {},
    });
    await expect(evaluation.run()).rejects.toThrow('the connection was cut');
    expect(evaluation.report().modes[0]).toMatchObject({ recallAt10: { n: 2 }, manyClients: null });
  });

  test.each([
    ['no such folder', ['--queries', '/no/such/folder'], '/no/such/folder'],
    ['a file as a folder', ['--queries', __filename], 'is not a folder'],
    ['a report in no folder', ['--html', '/no/such/folder/report.html'], '/no/such/folder'],
    ['no such table', ['--labels', '/no/such.csv'], '/no/such.csv'],
    ['no clients', ['--clients', '0'], 'from 1 to 64'],
    ['too many queries', ['--sample', '10001'], 'from 1 to 10000'],
  ])('asks nothing when it is given %s', async (_, args, what) => {
    const { code, stderr, stdout } = await evaluate(args);
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining(what) });
    expect(server.requests).toEqual([]);
  });

  test('says that there is nothing to ask', async () => {
    server.images.clear();
    expect(await evaluate([])).toMatchObject({ code: 2, stderr: expect.stringContaining('has no image') });
    expect(await evaluate(['--queries', folder])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('There is no picture below'),
    });
  });

  test('edits nothing when the folder is not of the collection, and says so', async () => {
    await writeFile(join(folder, 'elsewhere.jpg'), 'a picture');
    const { code, stdout } = await evaluate(['--json', '--queries', folder]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ queries: { by: 'picture', drawn: 1, from: 1 }, editedPictures: 0 });
    expect(JSON.parse(stdout).notes.join()).toContain('no picture of the folder is in the collection');
  });
});
