import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LookalikeError } from '#core';
import { type Answer, describeWithSmallDisks, FileServer, file, redirectTo, SmallDisk, status } from '#testkit';
import { type EnsureModelOptions, ensureModel, licenceNote, listModels, type ModelFile } from '#vision';

const BYTES = randomBytes(300_000);
const OTHER = randomBytes(300_000);
const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

function modelAt(...urls: string[]): ModelFile {
  return {
    file: 'net.onnx',
    sizeBytes: BYTES.length,
    sha256: hashOf(BYTES),
    urls,
    licence: 'CC-BY-4.0',
    authors: 'K. Simonyan and A. Zisserman',
    source: 'https://models.example/net',
  };
}

describe('the model store', () => {
  let folder: string;
  let path: string;
  const servers: FileServer[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-models-'));
    path = join(folder, 'net.onnx');
  });
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.stop()));
    await rm(folder, { recursive: true });
  });

  const serve = async (...answers: [Answer, ...Answer[]]): Promise<FileServer> => {
    const server = await FileServer.start(...answers);
    servers.push(server);
    return server;
  };
  const ensure = (model: ModelFile, options: Partial<EnsureModelOptions> = {}) =>
    ensureModel(model, { folder, timeouts: { stallMs: 5_000, firstBackoffMs: 1, maxBackoffMs: 20 }, ...options });
  const failureOf = async (work: Promise<unknown>): Promise<LookalikeError> => {
    const error = await work.then(
      () => null,
      (reason) => reason,
    );
    expect(error).toBeInstanceOf(LookalikeError);
    return error as LookalikeError;
  };
  const expectOnlyTheModel = async () => {
    expect((await readdir(folder)).sort()).toEqual(['net.onnx', 'net.onnx.LICENCE.txt']);
    expect(BYTES.equals(await readFile(path))).toBe(true);
  };

  describe('downloads', () => {
    test('a missing file, verified, with its licence beside it and progress in bytes', async () => {
      const server = await serve(file(BYTES));
      const model = modelAt(`${server.url}/net.onnx`);
      const progress: number[] = [];
      const onProgress: EnsureModelOptions['onProgress'] = ({ receivedBytes, totalBytes }) => {
        expect(totalBytes).toBe(300_000);
        progress.push(receivedBytes);
      };
      expect(await ensure(model, { onProgress })).toBe(path);
      await expectOnlyTheModel();
      expect(await readFile(`${path}.LICENCE.txt`, 'utf8')).toBe(licenceNote(model));
      expect(licenceNote(model)).toContain('K. Simonyan and A. Zisserman');
      expect(progress.at(-1)).toBe(300_000);
      expect(progress).toEqual([...progress].sort((a, b) => a - b));
    });

    test('nothing when the file is there and right', async () => {
      const server = await serve(status(500));
      await writeFile(path, BYTES);
      expect(await ensure(modelAt(server.url))).toBe(path);
      expect(server.asked).toEqual([]);
    });

    test('into a folder that is not there yet', async () => {
      const server = await serve(file(BYTES));
      const inner = join(folder, 'a/b');
      expect(await ensure(modelAt(server.url), { folder: inner })).toBe(join(inner, 'net.onnx'));
    });

    test('over redirects, but to http and https only', async () => {
      const target = await serve(file(BYTES));
      const server = await serve(redirectTo(`${target.url}/elsewhere`));
      await ensure(modelAt(server.url));
      await expectOnlyTheModel();
      await rm(path);
      const bad = await serve(redirectTo('file:///etc/hostname'));
      await expect(ensure(modelAt(bad.url), { tries: 1 })).rejects.toMatchObject({ code: 'model-missing' });
    });

    test('from the mirrors first, with the user and password of their address, which no error shows', async () => {
      const own = await serve(file(BYTES));
      const mirror = await serve(status(404), file(BYTES));
      const address = `${mirror.url.replace('://', '://me:secret@')}/models?token=secret`;
      const options = { mirrors: [address] };
      const refused = await failureOf(ensure(modelAt(), options));
      expect(refused.code).toBe('model-missing');
      expect(refused.message).toContain(`${mirror.url}/models/net.onnx: it answers 404`);
      expect(JSON.stringify(refused.facts) + refused.message).not.toContain('secret');
      await ensure(modelAt(own.url), options);
      expect(own.asked).toEqual([]);
      expect(mirror.requests[1]?.url).toBe('/models/net.onnx?token=secret');
      expect(mirror.requests[1]?.headers.authorization).toBe(`Basic ${btoa('me:secret')}`);
    });

    test('from the next address when one does not have it', async () => {
      const without = await serve(status(404));
      const server = await serve(file(BYTES));
      await ensure(modelAt(without.url, server.url));
      expect(without.asked).toHaveLength(1);
      await expectOnlyTheModel();
    });

    test('after a server that was busy', async () => {
      const server = await serve(status(503), status(429), file(BYTES));
      await ensure(modelAt(server.url));
      expect(server.asked).toHaveLength(3);
      await expectOnlyTheModel();
    });

    test('without compression, so that bytes on the line are bytes of the file', async () => {
      const server = await serve(file(BYTES));
      await ensure(modelAt(server.url));
      expect(server.requests[0]?.headers['accept-encoding']).toBe('identity');
    });
  });

  describe('resumes', () => {
    test('after a cut, where it stopped', async () => {
      const server = await serve(file(BYTES, { etag: '"1"', cutAfter: 100_000 }), file(BYTES, { etag: '"1"' }));
      await ensure(modelAt(server.url));
      expect(server.asked).toEqual(['whole', 'bytes=100000- "1"']);
      await expectOnlyTheModel();
    });

    test('after a stall', async () => {
      const server = await serve(file(BYTES, { stallAfter: 100_000 }), file(BYTES));
      await ensure(modelAt(server.url), { timeouts: { stallMs: 200, firstBackoffMs: 1 } });
      expect(server.asked).toEqual(['whole', 'bytes=100000-']);
      await expectOnlyTheModel();
    });

    test('after a server that never answered', async () => {
      const server = await serve(() => {}, file(BYTES));
      await ensure(modelAt(server.url), { timeouts: { stallMs: 200, firstBackoffMs: 1 } });
      await expectOnlyTheModel();
    });

    test('at the next address, which finishes what the first began', async () => {
      const first = await serve(file(BYTES, { etag: '"1"', cutAfter: 100_000 }), status(404));
      const second = await serve(file(BYTES, { etag: '"2"' }));
      await ensure(modelAt(first.url, second.url));
      expect(second.asked).toEqual(['bytes=100000-']);
      await expectOnlyTheModel();
    });

    test('from the start when the ETag says that the file has changed', async () => {
      const server = await serve(file(OTHER, { etag: '"old"', cutAfter: 100_000 }), file(BYTES, { etag: '"new"' }));
      await ensure(modelAt(server.url));
      expect(server.asked).toEqual(['whole', 'bytes=100000- "old"']);
      await expectOnlyTheModel();
    });

    test('from the start when the file changed and nothing said so but the hash', async () => {
      const server = await serve(file(OTHER, { cutAfter: 100_000 }), file(BYTES));
      await ensure(modelAt(server.url));
      expect(server.asked).toEqual(['whole', 'bytes=100000-', 'whole']);
      await expectOnlyTheModel();
    });

    test('from the start at a server that ignores ranges', async () => {
      const server = await serve(file(BYTES, { cutAfter: 100_000 }), file(BYTES, { ignoresRange: true }));
      await ensure(modelAt(server.url));
      await expectOnlyTheModel();
    });

    test('a server that answers with another range than asked for is not believed', async () => {
      const wrong: Answer = (_, response) =>
        response.writeHead(206, { 'content-range': `bytes 5-299999/300000` }).end(BYTES.subarray(5));
      const server = await serve(file(BYTES, { cutAfter: 100_000 }), wrong, file(BYTES));
      await ensure(modelAt(server.url));
      expect(server.asked).toEqual(['whole', 'bytes=100000-', 'whole']);
      await expectOnlyTheModel();
    });

    test('after 416, from the start', async () => {
      await writeFile(`${path}.part`, BYTES.subarray(0, 100_000));
      const server = await serve(status(416), file(BYTES));
      await ensure(modelAt(server.url));
      expect(server.asked).toEqual(['bytes=100000-', 'whole']);
      await expectOnlyTheModel();
    });

    test('a part that is already complete without asking for a byte', async () => {
      await writeFile(`${path}.part`, BYTES);
      const server = await serve(file(BYTES));
      await ensure(modelAt(server.url));
      expect(server.asked).toEqual([]);
      await expectOnlyTheModel();
    });

    test.each([
      ['complete and wrong', OTHER],
      ['too long', Buffer.concat([BYTES, BYTES])],
    ])('a part that is %s is thrown away', async (_, part) => {
      await writeFile(`${path}.part`, part);
      const server = await serve(file(BYTES));
      await ensure(modelAt(server.url));
      expect(server.asked).toEqual(['whole']);
      await expectOnlyTheModel();
    });

    test('what a killed process left', async () => {
      const uuid = '00000000-0000-4000-8000-000000000000';
      await writeFile(`${path}.part.4194305.${uuid}.1`, BYTES.subarray(0, 200_000));
      await writeFile(`${path}.part.${process.pid}.${uuid}.1`, BYTES.subarray(0, 100_000));
      const server = await serve(file(BYTES));
      await ensure(modelAt(server.url));
      expect(server.asked).toEqual(['bytes=200000-']);
      await expectOnlyTheModel();
    });

    test('over a line that keeps breaking, for as long as bytes arrive', async () => {
      const large = randomBytes(4 * 1024 * 1024 + 10);
      const server = await serve(file(large, { cutAfter: 600_000 }));
      const model = { ...modelAt(server.url), sizeBytes: large.length, sha256: hashOf(large) };
      await ensure(model, { tries: 2 });
      expect(server.asked.length).toBeGreaterThan(6);
      expect(large.equals(await readFile(path))).toBe(true);
    });
  });

  describe('when it is cancelled', () => {
    test('keeps what has arrived, and goes on with it the next time', async () => {
      const server = await serve(file(BYTES, { etag: '"1"', stallAfter: 100_000 }), file(BYTES, { etag: '"1"' }));
      const controller = new AbortController();
      const reason = new Error('the user pressed Ctrl-C');
      const onProgress: EnsureModelOptions['onProgress'] = ({ receivedBytes }) => {
        if (receivedBytes === 100_000) controller.abort(reason);
      };
      const ensuring = ensure(modelAt(server.url), { onProgress, signal: controller.signal });
      await expect(ensuring).rejects.toBe(reason);
      expect((await readdir(folder)).sort()).toEqual(['net.onnx.part', 'net.onnx.part.etag']);
      expect(await listModels(folder, [modelAt()])).toMatchObject([{ state: 'partial', foundBytes: 100_000 }]);
      await ensure(modelAt(server.url));
      expect(server.asked).toEqual(['whole', 'bytes=100000- "1"']);
      await expectOnlyTheModel();
    });

    test('does not sit out the wait between tries', async () => {
      const server = await serve(status(503));
      const controller = new AbortController();
      const ensuring = ensure(modelAt(server.url), {
        signal: controller.signal,
        // Far longer than a test may take.
        timeouts: { firstBackoffMs: 600_000, maxBackoffMs: 600_000 },
        tries: 2,
      });
      const cancelled = expect(ensuring).rejects.toMatchObject({ name: 'AbortError' });
      while (server.asked.length === 0) await new Promise(setImmediate);
      setTimeout(() => controller.abort(), 50);
      await cancelled;
    });
  });

  describe('refuses', () => {
    test('a file with another hash: nothing of it stays, and the error has both hashes', async () => {
      const server = await serve(file(OTHER));
      const error = await failureOf(ensure(modelAt(server.url)));
      expect(error).toMatchObject({
        code: 'model-hash-mismatch',
        canRetry: false,
        facts: { expected: hashOf(BYTES), found: hashOf(OTHER) },
      });
      expect(server.asked).toEqual(['whole']);
      expect(await readdir(folder)).toEqual([]);
    });

    test('a wrong file at one address, and takes the right one at the next', async () => {
      const wrong = await serve(file(OTHER));
      const right = await serve(file(BYTES));
      await ensure(modelAt(wrong.url, right.url));
      await expectOnlyTheModel();
    });

    test.each([
      ['announces more bytes than the file has', BYTES.length + 1],
      ['announces fewer bytes than the file has', BYTES.length - 1],
    ])('a server that %s, without reading them', async (_, length) => {
      const server = await serve((_request, response) => {
        response.writeHead(200, { 'content-length': length }).write(BYTES.subarray(0, 1_000));
      });
      const error = await failureOf(ensure(modelAt(server.url)));
      expect(error).toMatchObject({ code: 'model-missing' });
      expect(error.message).toContain(`it has ${length} bytes instead of 300000`);
      expect(server.asked).toHaveLength(1);
      expect(await readdir(folder)).toEqual([]);
    });

    test('an announced length that the body never reaches is a cut', async () => {
      const server = await serve(file(BYTES, { cutAfter: 299_999 }), file(BYTES));
      await ensure(modelAt(server.url));
      expect(server.asked).toEqual(['whole', 'bytes=299999-']);
    });

    test('a body without end, cut off at once', async () => {
      let closed = false;
      const server = await serve((_request, response) => {
        response.on('close', () => {
          closed = true;
        });
        response.writeHead(200);
        const more = () => {
          while (!response.destroyed && response.write(BYTES)) {}
        };
        response.on('drain', more);
        more();
      });
      const error = await failureOf(ensure(modelAt(server.url)));
      expect(error.message).toContain('it sends more than 300000 bytes');
      while (!closed) await new Promise(setImmediate);
      expect(await readdir(folder)).toEqual([]);
    });

    test('a short page in place of the file, which a resume would otherwise build upon', async () => {
      const page = await serve((_request, response) => {
        response.write('<html>');
        response.end('Please log in');
      });
      const server = await serve(file(BYTES));
      await ensure(modelAt(page.url, server.url));
      expect(server.asked).toEqual(['whole']);
      await expectOnlyTheModel();
    });

    test('file names with a path, and addresses that are not http', async () => {
      await expect(ensure({ ...modelAt(), file: '../net.onnx' })).rejects.toMatchObject({ code: 'model-invalid' });
      await expect(ensure(modelAt('data:,abc'))).rejects.toMatchObject({ code: 'model-invalid' });
      await expect(ensure(modelAt(), { mirrors: ['ftp://u:secret@a'] })).rejects.toMatchObject({
        code: 'invalid-setting',
        message: expect.not.stringContaining('secret'),
      });
    });
  });

  describe('when nobody can give the file', () => {
    test('says what to do: where to put it, which settings to set, and the hash', async () => {
      const closed = createServer().listen(0, '127.0.0.1');
      await once(closed, 'listening');
      const { port } = closed.address() as { port: number };
      closed.close();
      const without = await serve(status(404));
      const error = await failureOf(ensure(modelAt(`http://127.0.0.1:${port}/net.onnx`, without.url)));
      expect(error).toMatchObject({ code: 'model-missing', canRetry: false });
      for (const part of [
        path,
        'LOOKALIKE_MODEL_FILE',
        'LOOKALIKE_MODEL_MIRRORS',
        hashOf(BYTES),
        'ECONNREFUSED',
        '404',
      ]) {
        expect(error.message).toContain(part);
      }
    });

    test('says that it may work later when a server was there and failed', async () => {
      const server = await serve(status(503));
      const error = await failureOf(ensure(modelAt(server.url), { tries: 2 }));
      expect(error).toMatchObject({ code: 'model-download-failed', canRetry: true });
      expect(server.asked).toHaveLength(2);
    });

    test('a model without any address is missing', async () => {
      await expect(ensure(modelAt())).rejects.toMatchObject({ code: 'model-missing' });
    });
  });

  describe('a file that is there', () => {
    test('and is not the model is neither used nor touched', async () => {
      await writeFile(path, OTHER);
      const server = await serve(file(BYTES));
      const error = await failureOf(ensure(modelAt(server.url)));
      expect(error).toMatchObject({ code: 'model-hash-mismatch', facts: { found: hashOf(OTHER) } });
      expect(OTHER.equals(await readFile(path))).toBe(true);
    });

    test('where the user says is verified and used in place', async () => {
      const localPath = join(folder, 'mine.bin');
      await writeFile(localPath, BYTES);
      expect(await ensure(modelAt(), { localPath })).toBe(localPath);
      expect(await readdir(folder)).toEqual(['mine.bin']);
      await writeFile(localPath, OTHER);
      await expect(ensure(modelAt(), { localPath })).rejects.toMatchObject({ code: 'model-hash-mismatch' });
      await rm(localPath);
      await expect(ensure(modelAt(), { localPath })).rejects.toMatchObject({ code: 'model-missing' });
    });
  });

  test('two downloads at once in one process both end with the right file', async () => {
    const server = await serve(file(BYTES, { cutAfter: 150_000 }), file(BYTES));
    await Promise.all([ensure(modelAt(server.url)), ensure(modelAt(server.url)), ensure(modelAt(server.url))]);
    await expectOnlyTheModel();
  });

  test('several processes at once, one of them killed, end with the right file', async () => {
    const slow: Answer = async (request, response) => {
      const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
      const range = { 'content-range': `bytes ${start}-299999/300000` };
      response.writeHead(start > 0 ? 206 : 200, start > 0 ? range : {});
      for (let at = start; at < BYTES.length; at += 10_000) {
        response.write(BYTES.subarray(at, Math.min(at + 10_000, BYTES.length)));
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      response.end();
    };
    const server = await serve(slow);
    const script = `
      const { ensureModel } = require(${JSON.stringify(join(__dirname, 'index.js'))});
      ensureModel(${JSON.stringify(modelAt(server.url))}, { folder: ${JSON.stringify(folder)} })
        .then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });`;
    const children = [1, 2, 3].map(() => spawn(process.execPath, ['-e', script], { stdio: 'inherit' }));
    const exits = children.map(async (child) => (await once(child, 'exit'))[0]);
    while ((await readdir(folder)).length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    children[0]?.kill('SIGKILL');
    expect((await Promise.all(exits)).slice(1)).toEqual([0, 0]);
    expect(BYTES.equals(await readFile(path))).toBe(true);
  });

  test('lists what is there', async () => {
    const named = (name: string) => ({ ...modelAt(), file: name });
    await writeFile(join(folder, 'a.onnx'), BYTES);
    await writeFile(join(folder, 'b.onnx'), OTHER);
    await writeFile(join(folder, 'c.onnx.part'), BYTES.subarray(0, 1_000));
    const listed = await listModels(folder, ['a.onnx', 'b.onnx', 'c.onnx', 'd.onnx'].map(named));
    expect(listed.map(({ state, foundBytes }) => [state, foundBytes])).toEqual([
      ['verified', 300_000],
      ['mismatched', 300_000],
      ['partial', 1_000],
      ['missing', 0],
    ]);
    expect(await listModels(join(folder, 'nowhere'), [modelAt()])).toMatchObject([{ state: 'missing' }]);
  });

  describeWithSmallDisks('a small disk', () => {
    test('that is full is unavailable storage, and the part does not keep it full', async () => {
      await mkdir(join(folder, 'disk'));
      const disk = new SmallDisk(join(folder, 'disk'), '200k');
      try {
        const server = await serve(file(BYTES));
        const error = await failureOf(ensure(modelAt(server.url), { folder: disk.folder }));
        expect(error).toMatchObject({
          code: 'storage-unavailable',
          canRetry: true,
          facts: { systemCode: 'ENOSPC' },
        });
        expect(await readdir(disk.folder)).toEqual([]);
      } finally {
        disk.remove();
      }
    });
  });
});
