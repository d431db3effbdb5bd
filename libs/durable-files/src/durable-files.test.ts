import promises, { type FileHandle, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { makeDurableFolder, replaceFile } from '#durable-files';
import { recordSyncs } from '#testkit';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lookalike-durable-'));
});
afterEach(async () => {
  jest.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

describe('a durable folder', () => {
  test('is synced with its name in every folder above it', async () => {
    const synced = recordSyncs();
    await makeDurableFolder(join(folder, 'a', 'b'));
    expect(synced).toEqual(expect.arrayContaining([join(folder, 'a'), folder, dirname(folder)]));
  });

  test('that an earlier process made is synced all the same: that process may have died before', async () => {
    await promises.mkdir(join(folder, 'a', 'b'), { recursive: true });
    const synced = recordSyncs();
    await makeDurableFolder(join(folder, 'a', 'b'));
    expect(synced).toEqual(expect.arrayContaining([join(folder, 'a'), folder]));
  });

  test('may lie in folders that are not ours to sync', async () => {
    await makeDurableFolder(join(folder, 'a'));
    const open = promises.open;
    jest.spyOn(promises, 'open').mockImplementation((path, ...rest) => {
      if (path === dirname(folder)) return Promise.reject(Object.assign(new Error('denied'), { code: 'EACCES' }));
      return open(path, ...rest);
    });
    await expect(makeDurableFolder(join(folder, 'a', 'b'))).resolves.toBeUndefined();
  });

  test('where none can be made is an error, also where the system denies a folder that is there', async () => {
    await writeFile(join(folder, 'file'), '');
    for (const path of ['file', 'file/a', 'file/a/b']) {
      await expect(makeDurableFolder(join(folder, path))).rejects.toMatchObject({
        code: expect.stringMatching(/^(EEXIST|ENOTDIR)$/),
      });
    }
    // Nothing can be made in /proc, and it says so as if /proc itself were missing.
    if (process.platform === 'linux') {
      await expect(makeDurableFolder('/proc/nothing/a')).rejects.toMatchObject({ code: 'ENOENT' });
    }
  });

  test('that was made and cannot be synced is an error', async () => {
    jest.spyOn(promises, 'open').mockRejectedValue(Object.assign(new Error('denied'), { code: 'EACCES' }));
    await expect(makeDurableFolder(join(folder, 'a'))).rejects.toMatchObject({ code: 'EACCES' });
  });
});

describe('a replaced file', () => {
  const write = (text: string) => (file: FileHandle) => file.writeFile(text);

  test('is synced under its temporary name, and its folder after it', async () => {
    const synced = recordSyncs();
    await replaceFile(join(folder, 'it'), write('new'));
    expect(synced).toEqual([expect.stringMatching(/it\.\d+\.\d+\.tmp$/), folder]);
    expect(await readFile(join(folder, 'it'), 'utf8')).toBe('new');
  });

  test('is the old one when writing fails, and nothing else stays', async () => {
    await writeFile(join(folder, 'it'), 'old');
    const failing = replaceFile(join(folder, 'it'), async (file) => {
      await file.writeFile('ne');
      throw new Error('no more');
    });
    await expect(failing).rejects.toThrow('no more');
    expect(await readFile(join(folder, 'it'), 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['it']);
  });
});
