import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWithSmallDisks, SmallDisk } from '#testkit';
import { ensureEncoderFile, SHIPPED_MANIFESTS } from '#vision';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lookalike-encoder-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a models folder that cannot be made is unavailable storage', async () => {
  await writeFile(join(folder, 'file'), '');
  const making = ensureEncoderFile(SHIPPED_MANIFESTS['vgg16-seeded-fc2'], { folder: join(folder, 'file', 'models') });
  await expect(making).rejects.toMatchObject({ code: 'storage-unavailable', facts: { systemCode: 'ENOTDIR' } });
});

describeWithSmallDisks('a small disk', () => {
  test('that has no room for the seeded model is unavailable storage, and keeps no part of it', async () => {
    const disk = new SmallDisk(folder, '200k');
    try {
      const making = ensureEncoderFile(SHIPPED_MANIFESTS['vgg16-seeded-fc2'], { folder: disk.folder });
      await expect(making).rejects.toMatchObject({ code: 'storage-unavailable', facts: { systemCode: 'ENOSPC' } });
      expect(await readdir(disk.folder)).toEqual([]);
    } finally {
      disk.remove();
    }
  });
});
