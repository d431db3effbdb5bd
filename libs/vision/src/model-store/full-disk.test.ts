import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describeWithSmallDisks, file, SmallDisk } from '#testkit';
import { BYTES, failureOf, modelAt, modelStore } from '../../test/model-store.js';

const store = modelStore();

describeWithSmallDisks('a small disk', () => {
  test('that is full is unavailable storage, and the part does not keep it full', async () => {
    await mkdir(join(store.folder, 'disk'));
    const disk = new SmallDisk(join(store.folder, 'disk'), '200k');
    try {
      const server = await store.serve(file(BYTES));
      const error = await failureOf(store.ensure(modelAt(server.url), { folder: disk.folder }));
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
