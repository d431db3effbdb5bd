import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { waitUntil } from '#testkit';
import { FakeServer, firstTimes, ORIGINAL, problem } from '../../test/fake-server.js';
import { ApiClient } from '../api/api-client.js';
import { type ImportOptions, type ImportProgress, importFolder } from './import-folder.js';

let server: FakeServer;
let folder: string;
let stop: AbortController;

beforeEach(async () => {
  server = await FakeServer.start();
  folder = await mkdtemp(join(tmpdir(), 'lookalike-import-'));
  stop = new AbortController();
});
afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

async function put(files: Record<string, string>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}

function run(options: Partial<ImportOptions> = {}, giveUpAfterMs = 3_000) {
  const client = new ApiClient(server.url, {
    signal: stop.signal,
    retry: { giveUpAfterMs, firstDelayMs: 5 },
  });
  return importFolder(client, {
    folder,
    prefix: '',
    force: false,
    concurrency: 3,
    maxUploadBytes: 1000,
    patienceMs: 5_000,
    signal: stop.signal,
    onProgress: () => {},
    ...options,
  });
}

const many = (n: number) =>
  Object.fromEntries(Array.from({ length: n }, (_, i) => [`${i % 3}/${i}.jpg`, `picture ${i}`]));

describe('importing a folder', () => {
  test('names each image by its path and waits until all are searchable', async () => {
    server.settles = 'followed';
    await put({ 'a.jpg': '1', 'b c/"d" ü.jpg': '2' });
    const summary = await run({ prefix: 'trip/' });
    expect(summary).toMatchObject({ uploaded: 2, ready: 2, waiting: 0, skipped: 0, refused: [], failed: [], total: 2 });
    expect([...server.images.keys()].sort()).toEqual(['trip/a.jpg', 'trip/b c/"d" ü.jpg']);
    expect([...server.images.values()].every(({ state }) => state === 'ready')).toBe(true);
  });

  test('does not send an unchanged picture twice, unless it is told to', async () => {
    await put({ 'a.jpg': '1', 'b.jpg': '2' });
    await run();
    await put({ 'b.jpg': 'changed', 'c.jpg': '3' });
    expect(await run()).toMatchObject({ uploaded: 2, skipped: 1 });
    expect(server.uploads().sort()).toEqual(['a.jpg', 'b.jpg', 'b.jpg', 'c.jpg']);
    expect(await run({ force: true })).toMatchObject({ uploaded: 3, skipped: 0 });
  });

  test('keeps the attributes of a picture that changed', async () => {
    await put({ 'a.jpg': 'new' });
    server.accept('a.jpg', 'old', { year: 2024 });
    await run();
    expect(server.attributes.get('a.jpg')).toBe('{"year":2024}');
  });

  test('leaves out what is here under another id, or sends it all the same, and counts it', async () => {
    const copies = Object.fromEntries(Array.from({ length: 7 }, (_, i) => [`copies/${i}.jpg`, `copy ${i}`]));
    await put({ 'a.jpg': '1', ...copies });
    const example = { imageId: expect.stringMatching(/^copies\/\d\.jpg$/), as: ORIGINAL.imageId };
    const { match, probability } = ORIGINAL;
    const alreadyHere = { count: 7, examples: Array.from({ length: 5 }, () => ({ ...example, match, probability })) };
    expect(await run({ check: 'refuse' })).toMatchObject({ uploaded: 1, alreadyHere, refused: [], failed: [] });
    expect([...server.images.keys()]).toEqual(['a.jpg']);
    expect(await run({ check: 'report' })).toMatchObject({ uploaded: 7, ready: 7, skipped: 1, alreadyHere });
    await put({ 'b.jpg': 'copy b' });
    expect(await run()).toMatchObject({ uploaded: 1, alreadyHere: { count: 0, examples: [] } });
  });

  test('collects what is refused and what fails later, by reason', async () => {
    await put({ 'ok.jpg': '1', 'big.jpg': 'x'.repeat(1001), 'two\nlines.jpg': '2', 'bad.jpg': 'damaged 1' });
    await put(Object.fromEntries(Array.from({ length: 7 }, (_, i) => [`notes/${i}.txt`, `refuse ${i}`])));
    const summary = await run();
    expect(summary.uploaded).toBe(2);
    expect(summary.refused).toEqual([
      {
        code: 'picture-not-recognised',
        message: 'The file is not a picture.',
        count: 7,
        names: [0, 1, 2, 3, 4].map(() => expect.stringMatching(/^notes\/\d\.txt$/)),
      },
      {
        code: 'invalid-image-id',
        message: 'imageId must not contain control characters.',
        count: 1,
        names: ['two\nlines.jpg'],
      },
      { code: 'picture-too-large', message: 'Larger than the limit of 1000 bytes.', count: 1, names: ['big.jpg'] },
    ]);
    expect(summary.failed).toEqual([
      { code: 'picture-damaged', message: 'The picture is damaged.', count: 1, names: ['bad.jpg'] },
    ]);
    // The same bytes fail the same way: not sent again, and still reported.
    expect(await run()).toMatchObject({ uploaded: 0, skipped: 1, failed: summary.failed });
  });

  test('loses no file when the server is busy or cuts connections', async () => {
    await put(many(40));
    let n = 0;
    server.interfere = (request, response) => {
      n += 1;
      if (n % 3 !== 0) return false;
      if (request.method === 'PUT' && n % 2 === 0) response.destroy();
      else problem(response, n % 5 === 0 ? 429 : 503, 'overloaded', 'Too much.', { retryAfter: '0' });
      return true;
    };
    expect(await run()).toMatchObject({ uploaded: 40, ready: 40, refused: [], unreachable: null });
    expect(server.images.size).toBe(40);
  });

  test('stops when the server is gone, and goes on where it was', async () => {
    await put(many(30));
    let accepted = 0;
    server.interfere = (request, response) => {
      const isGone = accepted >= 10;
      if (isGone) response.destroy();
      else if (request.method === 'PUT') accepted += 1;
      return isGone;
    };
    const first = await run({}, 100);
    expect(first.unreachable).toBe(`No answer from ${server.url}: the connection was cut.`);
    server.interfere = () => false;
    const held = server.images.size;
    expect(await run()).toMatchObject({ skipped: held, uploaded: 30 - held, refused: [], unreachable: null });
  });

  test('a file that cuts the connection each time stops nobody else', async () => {
    await put({ ...many(5), 'poison.jpg': '1' });
    server.interfere = (request, response) => {
      if (request.url !== '/v1/images/poison.jpg' || request.method !== 'PUT') return false;
      response.destroy();
      return true;
    };
    expect(await run({}, 100)).toMatchObject({
      uploaded: 5,
      unreachable: null,
      refused: [{ code: 'connection-cut', count: 1, names: ['poison.jpg'] }],
    });
  });

  test('sends as many at once as it may, and no more', async () => {
    await put(many(20));
    server.holdUpload = async () => {
      await waitUntil('two are sent at once', () => server.mostUploadsAtOnce >= 2);
      // There and back: time for one more to come.
      await fetch(server.url);
    };
    await run({ concurrency: 2 });
    expect(server.mostUploadsAtOnce).toBe(2);
  });

  test('a stop drops what is under way and leaves the rest for the next time', async () => {
    await put(many(30));
    const onProgress = ({ done }: ImportProgress) => {
      if (done === 5) stop.abort(new Error('stopped'));
    };
    const first = await run({ onProgress });
    expect(first.interrupted).toBe(true);
    expect(first.uploaded).toBeLessThan(30);
    stop = new AbortController();
    const second = await run();
    expect(second).toMatchObject({ interrupted: false, refused: [] });
    expect(server.images.size).toBe(30);
  });

  test('follows pictures that an import before left waiting', async () => {
    await put({ 'a.jpg': '1' });
    server.settles = 'followed';
    expect(await run({ patienceMs: 0 })).toMatchObject({ uploaded: 1, ready: 0, waiting: 1 });
    expect(await run()).toMatchObject({ uploaded: 0, skipped: 1, ready: 1, waiting: 0 });
  });

  test('sends a picture again while other bytes of that name are waiting, and keeps their attributes', async () => {
    await put({ 'a.jpg': '1' });
    await run();
    server.settles = 'never';
    server.accept('a.jpg', 'other', { year: 2024 });
    server.settles = 'at once';
    expect(await run()).toMatchObject({ uploaded: 1, skipped: 0, ready: 1 });
    expect(server.attributes.get('a.jpg')).toBe('{"year":2024}');
  });

  test('does not wait for ever: what is not searchable in time is counted as waiting', async () => {
    await put({ 'a.jpg': '1' });
    server.settles = 'never';
    expect(await run({ patienceMs: 300 })).toMatchObject({ uploaded: 1, ready: 0, waiting: 1, unreachable: null });
  });

  test('reports how far it is, in both phases', async () => {
    server.settles = 'followed';
    await put(many(4));
    const seen: ImportProgress[] = [];
    await run({ onProgress: (it) => seen.push(it) });
    expect(seen.filter(({ phase }) => phase === 'uploading').map(({ done }) => done)).toEqual([1, 2, 3, 4]);
    expect(seen.at(-1)).toEqual({ phase: 'waiting', done: 4, total: 4 });
  });
});

test('a retried upload is one file, not two', async () => {
  await put({ 'a.jpg': '1' });
  server.interfere = firstTimes(1, 'PUT', (response) => response.destroy());
  expect(await run()).toMatchObject({ uploaded: 1, total: 1 });
});
