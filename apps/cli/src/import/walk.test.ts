import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { countFiles, type Found, walk } from './walk.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lookalike-walk-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function put(...names: (string | Buffer)[]): Promise<void> {
  for (const name of names) {
    const path = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name)]);
    if (typeof name === 'string') await mkdir(dirname(path.toString()), { recursive: true });
    await writeFile(path, 'x');
  }
}

async function walked(): Promise<Found[]> {
  const all: Found[] = [];
  for await (const found of walk(folder)) all.push(found);
  return all.sort((a, b) => (a.relativePath < b.relativePath ? -1 : 1));
}

const names = (found: Found[]) => found.map(({ kind, relativePath }) => `${kind} ${relativePath}`);

describe('the walk', () => {
  test('finds every file below, whatever its name', async () => {
    await put('a.jpg', 'b c/d "e".jpg', "it's/ü/🐎.png", 'two\nlines.jpg', 'no-extension', 'b c/deep/er/x.gif');
    expect(names(await walked())).toEqual([
      'file a.jpg',
      'file b c/d "e".jpg',
      'file b c/deep/er/x.gif',
      "file it's/ü/🐎.png",
      'file no-extension',
      'file two\nlines.jpg',
    ]);
  });

  test('leaves out hidden files and folders', async () => {
    await put('.hidden.jpg', '.git/x.jpg', 'a/.DS_Store', 'a/b.jpg');
    expect(names(await walked())).toEqual(['file a/b.jpg']);
  });

  test('follows links to files, enters no linked folder, survives loops and dead links', async () => {
    await put('real/a.jpg');
    await symlink('real/a.jpg', join(folder, 'link.jpg'));
    await symlink('..', join(folder, 'real/up'));
    await symlink('nowhere', join(folder, 'dead.jpg'));
    await symlink('self', join(folder, 'self'));
    expect(await walked()).toEqual([
      { kind: 'unreadable', relativePath: 'dead.jpg', reason: 'it is not there' },
      { kind: 'file', path: join(folder, 'link.jpg'), relativePath: 'link.jpg' },
      { kind: 'file', path: join(folder, 'real/a.jpg'), relativePath: 'real/a.jpg' },
      { kind: 'linked-folder', relativePath: 'real/up' },
      { kind: 'unreadable', relativePath: 'self', reason: 'a link that leads back to itself' },
    ]);
  });

  test('does not open pipes', async () => {
    await put('a.jpg');
    execFileSync('mkfifo', [join(folder, 'pipe.jpg')]);
    expect(names(await walked())).toEqual(['file a.jpg']);
  });

  test('says of a folder that is not there that it cannot be read', async () => {
    await rm(folder, { recursive: true });
    expect(await walked()).toEqual([{ kind: 'unreadable', relativePath: '.', reason: 'it is not there' }]);
  });

  test('counts the files, or ends when it is stopped', async () => {
    await put('a.jpg', 'b/c.jpg', '.hidden');
    expect(await countFiles(folder, new AbortController().signal)).toBe(2);
    expect(await countFiles(folder, AbortSignal.abort())).toBeNull();
  });
});
