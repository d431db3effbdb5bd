import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listModels } from '#vision';
import { BYTES, modelAt, modelStore, OTHER } from '../../test/model-store.js';

const store = modelStore();

test('the models of a folder are listed as they are', async () => {
  const named = (name: string) => ({ ...modelAt(), file: name });
  await writeFile(join(store.folder, 'a.onnx'), BYTES);
  await writeFile(join(store.folder, 'b.onnx'), OTHER);
  await writeFile(join(store.folder, 'c.onnx.part'), BYTES.subarray(0, 1_000));
  const listed = await listModels(store.folder, ['a.onnx', 'b.onnx', 'c.onnx', 'd.onnx'].map(named));
  expect(listed.map(({ state, foundBytes }) => [state, foundBytes])).toEqual([
    ['verified', 300_000],
    ['mismatched', 300_000],
    ['partial', 1_000],
    ['missing', 0],
  ]);
  expect(await listModels(join(store.folder, 'nowhere'), [modelAt()])).toMatchObject([{ state: 'missing' }]);
});
