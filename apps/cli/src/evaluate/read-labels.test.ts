import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLabels } from './read-labels.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lookalike-labels-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function read(text: string, prefix = '') {
  const path = join(folder, 'labels.csv');
  await writeFile(path, text);
  return [...(await readLabels(path, prefix))];
}

describe('a table of labels', () => {
  test('names images, among other columns, with quotes and a mark of its encoding', async () => {
    expect(await read('\ufeffyear,imageId,label\r\n1890,"a, ""b"".jpg", boats \r\n1871,c.jpg,canyon\r\n')).toEqual([
      ['a, "b".jpg', 'boats'],
      ['c.jpg', 'canyon'],
    ]);
  });

  test('names files of a folder that was imported with a prefix', async () => {
    expect(await read('file,label\na.jpg,cat\n', 'pets/')).toEqual([['pets/a.jpg', 'cat']]);
  });

  test('passes over rows with an empty cell', async () => {
    expect(await read('file,label\na.jpg,\n,cat\nb.jpg,cat\n', 'pets/')).toEqual([['pets/b.jpg', 'cat']]);
  });

  test.each([
    ['has no column of labels', 'file,name\na.jpg,cat\n', 'lacks columns'],
    ['has no column of images', 'name,label\na.jpg,cat\n', 'lacks columns'],
    ['has a row that is too short', 'file,label\na.jpg\n', 'Invalid Record Length'],
    ['has a quote without an end', 'file,label\n"a.jpg,cat\n', 'Quote Not Closed'],
    ['has a line without an end', `file,label\n${'a'.repeat(200_000)},cat\n`, 'Max Record Size'],
  ])('is refused when it %s', async (_, text, reason) => {
    await expect(read(text)).rejects.toMatchObject({ name: 'UsageError', message: expect.stringContaining(reason) });
  });

  test('is refused when it is not there', async () => {
    await expect(readLabels(join(folder, 'none.csv'), '')).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringContaining('it is not there'),
    });
  });
});
