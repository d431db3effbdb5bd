import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { VectorIndex } from '#core';
import { openLanceIndex } from '#index-lancedb';
import { idOf, ready, SCHEMA, seededVector } from '#testkit';
import { indexErrors } from './damage.js';

const DAMAGED = {
  code: 'index-damaged',
  canRetry: false,
  message: expect.stringMatching(/is damaged.*stop the server, delete the folder \S+ and start it again.*from the log/),
};

let home: string;
let folder: string;
const opened: VectorIndex[] = [];
async function open(): Promise<VectorIndex> {
  // A graph and an index of ids from 1,000 rows on, so that every kind of file is there.
  const index = await openLanceIndex({ folder, flatFloats: 16_000, onBackgroundError: () => {} });
  opened.push(index);
  return index;
}

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'lance-damage-'));
  folder = join(home, 'whole');
  const index = await open();
  await index.createGeneration('one', SCHEMA);
  await index.makeLive('one');
  for (let part = 0; part < 3; part++) {
    const ids = Array.from({ length: 500 }, (_, at) => `i${part}-${at}`);
    await index.apply(
      'one',
      ids.map((id, at) => ready(id, 1, { seed: part * 500 + at })),
    );
  }
  await index.settle('one');
  await index.apply('one', [ready('i0-1', 2), ready('late', 1)]);
  await index.close();
});
beforeEach(() => {
  folder = join(home, 'index');
  cpSync(join(home, 'whole'), folder, { recursive: true });
});
afterEach(async () => {
  for (const index of opened.splice(0)) await index.close();
  rmSync(folder, { recursive: true, force: true });
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

type Damage = (path: string) => void;
const DAMAGES: Readonly<Record<string, Damage>> = {
  'not there': (path) => rmSync(path),
  empty: (path) => truncateSync(path),
  'cut in half': (path) => truncateSync(path, Math.floor(statSync(path).size / 2)),
  'without its last bytes': (path) => truncateSync(path, statSync(path).size - 8),
  zeros: (path) => writeFileSync(path, Buffer.alloc(statSync(path).size)),
};
const FILES = {
  records: /\.lance\/data\/.*\.lance$/,
  versions: /\.lance\/_versions\/.*\.manifest$/,
  deletions: /\.lance\/_deletions\//,
  graph: /\.lance\/_indices\/.*\/(index|auxiliary)\.idx$/,
  ids: /\.lance\/_indices\/.*\/page_lookup\.lance$/,
};

/** All files of a kind, so that what is not in use any more does not matter. */
function damage(kind: RegExp, act: Damage): void {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((it) => it.isFile());
  const paths = files.map((it) => join(it.parentPath, it.name)).filter((it) => kind.test(relative(home, it)));
  expect(paths.length).toBeGreaterThan(0);
  for (const path of paths) act(path);
}

describe('at the start, an index is refused as damaged', () => {
  const cases = Object.entries(FILES).flatMap(([kind, files]) =>
    Object.entries(DAMAGES).map(([how, act]) => [kind, how, files, act] as const),
  );
  test.each(cases)('whose files of %s are %s', async (_kind, _how, files, act) => {
    damage(files, act);
    await expect(open()).rejects.toMatchObject(DAMAGED);
  });

  test('whose table is not there', async () => {
    const [table = 'none'] = readdirSync(folder).filter((it) => it.endsWith('.lance'));
    rmSync(join(folder, table), { recursive: true });
    await expect(open()).rejects.toMatchObject(DAMAGED);
  });

  test.each([
    ['cut short', (text: string) => text.slice(0, 200)],
    ['empty', () => ''],
    ['of another form', () => '{"format": 1}'],
    ['of another version', (text: string) => text.replace('"format": 1', '"format": 2')],
  ])('whose list of generations is %s', async (_, change) => {
    const path = join(folder, 'generations.json');
    writeFileSync(path, change(readFileSync(path, 'utf8')));
    await expect(open()).rejects.toMatchObject(DAMAGED);
  });

  test('and works again once its folder is deleted, as the message says', async () => {
    damage(FILES.records, DAMAGES['cut in half'] as Damage);
    const { message } = await open().catch((error) => error);
    expect(message).toContain(`delete the folder ${folder} `);
    rmSync(folder, { recursive: true });
    expect(await (await open()).live()).toBeNull();
  });
});

describe('while it is open', () => {
  const search = (exact: boolean) => ({
    stages: [{ vector: 'fc', query: seededVector(1), limit: 10, exact }] as const,
  });

  // What is read once is kept in memory, so that less than a file's half gone may not be felt.
  test.each(['not there', 'empty', 'cut in half'])(
    'records whose files are %s fail every call that needs them',
    async (how) => {
      const index = await open();
      await index.check();
      damage(FILES.records, DAMAGES[how] as Damage);
      await expect(index.fetch([idOf('i1-7')], { withVectors: true })).rejects.toMatchObject(DAMAGED);
      await expect(index.search(search(true))).rejects.toMatchObject(DAMAGED);
      await expect(index.apply('one', [ready('i1-7', 9)])).rejects.toMatchObject(DAMAGED);
      await expect(index.check()).rejects.toMatchObject(DAMAGED);
    },
  );

  test('damage that one call has met is told by every check from then on', async () => {
    const index = await open();
    const kept = join(home, 'kept');
    cpSync(folder, kept, { recursive: true });
    damage(FILES.records, DAMAGES['not there'] as Damage);
    await expect(index.search(search(true))).rejects.toMatchObject(DAMAGED);
    cpSync(kept, folder, { recursive: true });
    rmSync(kept, { recursive: true });
    await index.search(search(true));
    await expect(index.check()).rejects.toMatchObject(DAMAGED);
  });
});

test('a damaged generation that is not live keeps nobody from searching in the one that is', async () => {
  const told: unknown[] = [];
  const index = await open();
  await index.createGeneration('two', SCHEMA);
  await index.apply('two', [ready('a', 1)]);
  await index.makeLive('two');
  await index.close();
  const [table = ''] = readdirSync(folder).filter((name) => name.startsWith('one-'));
  rmSync(join(folder, table, '_versions'), { recursive: true });
  const again = await openLanceIndex({ folder, onBackgroundError: (error) => told.push(error) });
  opened.push(again);
  expect((await again.generations()).map(({ name, live }) => [name, live])).toEqual([['two', true]]);
  expect(await again.count()).toMatchObject({ ready: 1 });
  expect(told).toMatchObject([{ code: 'index-damaged' }]);
  await again.createGeneration('one', SCHEMA);
});

/** As LanceDB 0.37 and Node wrote them, but for the paths. */
test.each([
  'lance error: LanceError(IO): Too many open files (os error 24), lance-io-10.0.0/src/local.rs:134:24',
  'lance error: LanceError(IO): Generic LocalFileSystem error: Unable to open file /x.lance: Permission denied (os error 13)',
  'lance error: LanceError(IO): Generic LocalFileSystem error: No space left on device (os error 28)',
  'lance error: LanceError(IO): Generic LocalFileSystem error: Input/output error (os error 5)',
  'ENOSPC: no space left on device, write',
  'Table one is closed',
])('"%s" is a fault that passes', (message) => {
  const error = indexErrors('/data/index')('The index cannot be read.', new Error(message));
  expect(error).toMatchObject({ code: 'index-unavailable', canRetry: true, message: 'The index cannot be read.' });
});
