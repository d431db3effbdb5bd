import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { file, status } from '#testkit';
import { type EnsureModelOptions, licenceNote } from '#vision';
import { BYTES, modelAt, modelStore } from '../../test/model-store.js';

const store = modelStore();

describe('the model store downloads', () => {
  test('a missing file, verified, with its licence beside it and progress in bytes', async () => {
    const server = await store.serve(file(BYTES));
    const model = modelAt(`${server.url}/net.onnx`);
    const progress: number[] = [];
    const onProgress: EnsureModelOptions['onProgress'] = ({ receivedBytes, totalBytes }) => {
      expect(totalBytes).toBe(300_000);
      progress.push(receivedBytes);
    };
    expect(await store.ensure(model, { onProgress })).toBe(store.path);
    await store.expectOnlyTheModel();
    expect(await readFile(`${store.path}.LICENCE.txt`, 'utf8')).toBe(licenceNote(model));
    expect(licenceNote(model)).toContain('K. Simonyan and A. Zisserman');
    expect(progress.at(-1)).toBe(300_000);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
  });

  test('nothing when the file is there and right', async () => {
    const server = await store.serve(status(500));
    await writeFile(store.path, BYTES);
    expect(await store.ensure(modelAt(server.url))).toBe(store.path);
    expect(server.asked).toEqual([]);
  });

  test('into a folder that is not there yet', async () => {
    const server = await store.serve(file(BYTES));
    const inner = join(store.folder, 'a/b');
    expect(await store.ensure(modelAt(server.url), { folder: inner })).toBe(join(inner, 'net.onnx'));
  });

  test('after a server that was busy', async () => {
    const server = await store.serve(status(503), status(429), file(BYTES));
    await store.ensure(modelAt(server.url));
    expect(server.asked).toHaveLength(3);
    await store.expectOnlyTheModel();
  });

  test('without compression, so that bytes on the line are bytes of the file', async () => {
    const server = await store.serve(file(BYTES));
    await store.ensure(modelAt(server.url));
    expect(server.requests[0]?.headers['accept-encoding']).toBe('identity');
  });
});
