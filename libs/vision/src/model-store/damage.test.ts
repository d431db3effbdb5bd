import { readdir } from 'node:fs/promises';
import { file, sha256Of, waitUntil } from '#testkit';
import { BYTES, failureOf, modelAt, modelStore, OTHER } from '../../test/model-store.js';

const store = modelStore();

describe('the model store refuses', () => {
  test('a file with another hash: nothing of it stays, and the error has both hashes', async () => {
    const server = await store.serve(file(OTHER));
    const error = await failureOf(store.ensure(modelAt(server.url)));
    expect(error).toMatchObject({
      code: 'model-hash-mismatch',
      canRetry: false,
      facts: { expected: sha256Of(BYTES), found: sha256Of(OTHER) },
    });
    expect(server.asked).toEqual(['whole']);
    expect(await readdir(store.folder)).toEqual([]);
  });

  test('a wrong file at one address, and takes the right one at the next', async () => {
    const wrong = await store.serve(file(OTHER));
    const right = await store.serve(file(BYTES));
    await store.ensure(modelAt(wrong.url, right.url));
    await store.expectOnlyTheModel();
  });

  test.each([
    ['announces more bytes than the file has', BYTES.length + 1],
    ['announces fewer bytes than the file has', BYTES.length - 1],
  ])('a server that %s, without reading them', async (_, length) => {
    const server = await store.serve((_request, response) => {
      response.writeHead(200, { 'content-length': length }).write(BYTES.subarray(0, 1_000));
    });
    const error = await failureOf(store.ensure(modelAt(server.url)));
    expect(error).toMatchObject({ code: 'model-missing' });
    expect(error.message).toContain(`it has ${length} bytes instead of 300000`);
    expect(server.asked).toHaveLength(1);
    expect(await readdir(store.folder)).toEqual([]);
  });

  test('an announced length that the body never reaches is a cut', async () => {
    const server = await store.serve(file(BYTES, { cut: store.after(299_999) }), file(BYTES));
    await store.ensure(modelAt(server.url));
    expect(server.asked).toEqual(['whole', 'bytes=299999-']);
  });

  test('a body without end, cut off at once', async () => {
    let closed = false;
    const server = await store.serve((_request, response) => {
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
    const error = await failureOf(store.ensure(modelAt(server.url)));
    expect(error.message).toContain('it sends more than 300000 bytes');
    await waitUntil('the server sees the end', () => closed);
    expect(await readdir(store.folder)).toEqual([]);
  });

  test('a short page in place of the file, which a resume would otherwise build upon', async () => {
    const page = await store.serve((_request, response) => {
      response.write('<html>');
      response.end('Please log in');
    });
    const server = await store.serve(file(BYTES));
    await store.ensure(modelAt(page.url, server.url));
    expect(server.asked).toEqual(['whole']);
    await store.expectOnlyTheModel();
  });

  test('file names with a path, and addresses that are not http', async () => {
    await expect(store.ensure({ ...modelAt(), file: '../net.onnx' })).rejects.toMatchObject({ code: 'model-invalid' });
    await expect(store.ensure(modelAt('data:,abc'))).rejects.toMatchObject({ code: 'model-invalid' });
    await expect(store.ensure(modelAt(), { mirrors: ['ftp://u:secret@a'] })).rejects.toMatchObject({
      code: 'invalid-setting',
      message: expect.not.stringContaining('secret'),
    });
  });
});
