import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { file, sha256Of } from '#testkit';
import { BYTES, failureOf, modelAt, modelStore, OTHER } from '../../test/model-store.js';

const store = modelStore();

describe('a model file that is there', () => {
  test('and is not the model is neither used nor touched', async () => {
    await writeFile(store.path, OTHER);
    const server = await store.serve(file(BYTES));
    const error = await failureOf(store.ensure(modelAt(server.url)));
    expect(error).toMatchObject({ code: 'model-hash-mismatch', facts: { found: sha256Of(OTHER) } });
    expect(OTHER.equals(await readFile(store.path))).toBe(true);
  });

  test('where the user says is verified and used in place', async () => {
    const localPath = join(store.folder, 'mine.bin');
    await writeFile(localPath, BYTES);
    expect(await store.ensure(modelAt(), { localPath })).toBe(localPath);
    expect(await readdir(store.folder)).toEqual(['mine.bin']);
    await writeFile(localPath, OTHER);
    await expect(store.ensure(modelAt(), { localPath })).rejects.toMatchObject({ code: 'model-hash-mismatch' });
    await rm(localPath);
    await expect(store.ensure(modelAt(), { localPath })).rejects.toMatchObject({ code: 'model-missing' });
  });
});
