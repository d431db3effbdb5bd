import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findEncoderManifest, SHIPPED_MANIFESTS } from '#vision';

describe('an encoder', () => {
  test.each(Object.keys(SHIPPED_MANIFESTS))('%s is found by its name', async (name) => {
    expect((await findEncoderManifest(name)).name).toBe(name);
  });

  test("of the user's is found by its manifest's path", async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lookalike-manifest-'));
    try {
      const path = join(folder, 'mine.json');
      await writeFile(path, JSON.stringify({ ...SHIPPED_MANIFESTS['vgg16-fc2'], name: 'mine' }));
      expect((await findEncoderManifest(path)).name).toBe('mine');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('of an unknown name is refused with the names there are', async () => {
    await expect(findEncoderManifest('vgg19')).rejects.toMatchObject({
      code: 'invalid-setting',
      message: expect.stringContaining('vgg16-fc2, vgg16-fc1'),
    });
  });

  test('whose manifest is not there is refused with the path', async () => {
    await expect(findEncoderManifest('./nowhere.json')).rejects.toMatchObject({
      code: 'invalid-setting',
      facts: { path: './nowhere.json' },
    });
  });
});
