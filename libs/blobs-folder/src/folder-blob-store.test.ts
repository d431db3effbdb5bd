import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { openFolderBlobs } from '#blobs-folder';
import { giveBack } from '#core';
import { blobStoreContract, describeWithSmallDisks, recordSyncs, SmallDisk } from '#testkit';

const LIMIT = { maxBytes: 10_000_000 };

const newFolder = () => mkdtemp(join(tmpdir(), 'lookalike-blobs-'));

async function filesIn(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

blobStoreContract('folder', async () => {
  const folder = await newFolder();
  return {
    store: await openFolderBlobs({ folder }),
    entries: () => filesIn(folder),
    damage: async (sha256) => {
      const path = (await filesIn(folder)).find((file) => basename(file) === sha256) as string;
      const file = await open(path, 'r+');
      const { buffer } = await file.read(Buffer.alloc(1), 0, 1, 0);
      await file.write(Buffer.from([(buffer[0] ?? 0) ^ 1]), 0, 1, 0);
      await file.close();
    },
    dispose: () => rm(folder, { recursive: true }),
  };
});

describe('a folder of blobs', () => {
  test('that is gone, as that of a disk which is not mounted, does not pass for one without blobs', async () => {
    const blobs = await openFolderBlobs({ folder: join(folder, 'blobs') });
    const { sha256 } = await blobs.put(Buffer.from('picture'), LIMIT);
    await rename(join(folder, 'blobs'), join(folder, 'away'));
    const unavailable = { code: 'storage-unavailable', canRetry: true };
    await expect(blobs.read(sha256, LIMIT)).rejects.toMatchObject(unavailable);
    await expect(blobs.open(sha256)).rejects.toMatchObject(unavailable);
    await expect(blobs.stat(sha256)).rejects.toMatchObject(unavailable);
    await expect(blobs.delete(sha256)).rejects.toMatchObject(unavailable);
    // What is mounted over is not.
    await mkdir(join(folder, 'blobs'));
    await expect(blobs.stat(sha256)).rejects.toMatchObject(unavailable);
    await rm(join(folder, 'blobs'), { recursive: true });
    await rename(join(folder, 'away'), join(folder, 'blobs'));
    expect(await blobs.read(sha256, LIMIT)).toEqual(Buffer.from('picture'));
  });

  let folder: string;
  beforeEach(async () => {
    folder = await newFolder();
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('has a durable name in the folder above before anything is put', async () => {
    const synced = recordSyncs();
    try {
      await openFolderBlobs({ folder: join(folder, 'blobs') });
      expect(synced).toContain(folder);
    } finally {
      jest.restoreAllMocks();
    }
  });

  test('lies in folders by the start of the hash', async () => {
    const store = await openFolderBlobs({ folder });
    const { sha256 } = await store.put(Buffer.from('abc'), LIMIT);
    expect(await filesIn(folder)).toEqual([join(folder, sha256.slice(0, 2), sha256)]);
  });

  test('waits for the disk, but not for what can be made again', async () => {
    const store = await openFolderBlobs({ folder });
    const synced = recordSyncs();
    try {
      await store.put(Buffer.from('derived'), { ...LIMIT, isDerived: true });
      expect(synced.filter((path) => path !== folder)).toEqual([]);
      const { sha256 } = await store.put(Buffer.from('derived'), LIMIT);
      expect(synced).toContain(join(folder, sha256.slice(0, 2)));
    } finally {
      jest.restoreAllMocks();
    }
  });

  test('a durable blob is not replaced by one that was not synced, unless it is damaged', async () => {
    const store = await openFolderBlobs({ folder });
    const { sha256 } = await store.put(Buffer.from('abc'), LIMIT);
    const [path = ''] = await filesIn(folder);
    const before = (await stat(path)).ino;
    await store.put(Buffer.from('abc'), { ...LIMIT, isDerived: true });
    expect((await stat(path)).ino).toBe(before);
    await writeFile(path, 'abd');
    await store.put(Buffer.from('abc'), { ...LIMIT, isDerived: true });
    expect(await store.read(sha256, LIMIT)).toEqual(Buffer.from('abc'));
    expect(await filesIn(folder)).toEqual([path]);
  });

  test('reads into memory that can be given back', async () => {
    const store = await openFolderBlobs({ folder });
    for (const size of [0, 3, 100_000]) {
      const { sha256 } = await store.put(Buffer.alloc(size, 1), LIMIT);
      const bytes = await store.read(sha256, LIMIT);
      expect(bytes).toEqual(Buffer.alloc(size, 1));
      giveBack(bytes);
      expect(bytes).toHaveLength(0);
    }
  });

  test('a blob that lost its end is damaged, read or streamed', async () => {
    const store = await openFolderBlobs({ folder });
    const { sha256 } = await store.put(Buffer.alloc(100_000, 1), LIMIT);
    const [path] = await filesIn(folder);
    await writeFile(path as string, Buffer.alloc(99_999, 1));
    await expect(store.read(sha256, LIMIT)).rejects.toMatchObject({ code: 'blob-damaged' });
    const { stream } = await store.open(sha256);
    await expect(stream.toArray()).rejects.toMatchObject({ code: 'blob-damaged' });
  });

  test('folders that were removed while it ran are made again at the next try', async () => {
    const store = await openFolderBlobs({ folder });
    const { sha256 } = await store.put(Buffer.from('abc'), LIMIT);
    await rm(join(folder, sha256.slice(0, 2)), { recursive: true });
    await expect(store.put(Buffer.from('abc'), LIMIT)).rejects.toMatchObject({ code: 'storage-unavailable' });
    await expect(store.put(Buffer.from('abc'), LIMIT)).resolves.toMatchObject({ sha256 });
  });

  test('a start removes what dead processes left, and nothing of living ones', async () => {
    const store = await openFolderBlobs({ folder });
    const temp = join(folder, 'tmp');
    const uuid = '00000000-0000-4000-8000-000000000000';
    const host = (await nameOfTempFile(folder)).split('_')[0];
    const ofRunning = `${host}_${process.ppid}_${uuid}_1`;
    const ofOtherHost = `elsewhere_1_${uuid}_1`;
    const leftovers = [`${host}_${process.pid}_${uuid}_1`, `${host}_4194305_${uuid}_1`];
    for (const name of [...leftovers, ofRunning, ofOtherHost, 'README']) await writeFile(join(temp, name), 'x');
    await openFolderBlobs({ folder });
    expect((await readdir(temp)).sort()).toEqual(['README', ofOtherHost, ofRunning].sort());
    await store.put(Buffer.from('abc'), LIMIT);
  });

  test('a second store on the folder does not disturb a put under way', async () => {
    const store = await openFolderBlobs({ folder });
    const stream = new Readable({ read() {} });
    stream.push('a');
    const put = store.put(stream, LIMIT);
    while ((await readdir(join(folder, 'tmp'))).length === 0) await new Promise(setImmediate);
    await openFolderBlobs({ folder });
    stream.push('b');
    stream.push(null);
    await expect(put).resolves.toMatchObject({ sizeBytes: 2 });
  });

  test('a path that cannot be a folder is unavailable storage', async () => {
    const path = join(folder, 'file');
    await writeFile(path, '');
    await expect(openFolderBlobs({ folder: path })).rejects.toMatchObject({ code: 'storage-unavailable' });
  });

  test.each([40, 90, 140])('kill -9 after %i puts loses none that resolved and leaves no half ones', async (puts) => {
    const child = startPutting(folder);
    const exit = once(child, 'exit');
    const resolved: string[] = [];
    for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
      resolved.push(line);
      if (resolved.length === puts) child.kill('SIGKILL');
    }
    await exit;
    expect(resolved.length).toBeGreaterThanOrEqual(puts);
    const store = await openFolderBlobs({ folder });
    expect(await readdir(join(folder, 'tmp'))).toEqual([]);
    const kept = (await filesIn(folder)).map((path) => basename(path));
    for (const sha256 of new Set([...resolved, ...kept])) await store.read(sha256, LIMIT);
  });
});

/** The name of a temp file, seen while a put is under way. */
async function nameOfTempFile(folder: string): Promise<string> {
  const store = await openFolderBlobs({ folder });
  const stream = new Readable({ read() {} });
  const put = store.put(stream, LIMIT);
  let names: string[] = [];
  while (names.length === 0) names = await readdir(join(folder, 'tmp'));
  stream.push(null);
  const { sha256 } = await put;
  await store.delete(sha256);
  return names[0] as string;
}

/** A process that puts blobs, four at a time, and prints the hash of each put that resolved. */
function startPutting(folder: string): ChildProcess {
  const script = `
    const { randomBytes } = require('node:crypto');
    const { writeSync } = require('node:fs');
    const { openFolderBlobs } = require(${JSON.stringify(join(__dirname, 'index.js'))});
    openFolderBlobs({ folder: ${JSON.stringify(folder)} }).then((store) => {
      const go = async () => {
        for (;;) writeSync(1, (await store.put(randomBytes(300_000), { maxBytes: 1e6 })).sha256 + '\\n');
      };
      for (let i = 0; i < 4; i += 1) go();
    });`;
  return spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
}

describeWithSmallDisks('a small disk', () => {
  let folder: string;
  let disk: SmallDisk;
  beforeEach(async () => {
    folder = await newFolder();
    disk = new SmallDisk(folder, '1000k');
  });
  afterEach(async () => {
    disk.remove();
    await rm(folder, { recursive: true });
  });

  test('that is full refuses the put, keeps nothing of it, and goes on when there is room', async () => {
    const store = await openFolderBlobs({ folder });
    const first = await store.put(Buffer.alloc(600_000, 1), LIMIT);
    const before = await filesIn(folder);
    await expect(store.put(Buffer.alloc(600_000, 2), LIMIT)).rejects.toMatchObject({
      code: 'storage-unavailable',
      canRetry: true,
      facts: { systemCode: 'ENOSPC' },
    });
    expect(await filesIn(folder)).toEqual(before);
    expect(await store.read(first.sha256, LIMIT)).toHaveLength(600_000);
    await store.delete(first.sha256);
    await expect(store.put(Buffer.alloc(600_000, 2), LIMIT)).resolves.toMatchObject({ sizeBytes: 600_000 });
  });

  test('that turned read-only refuses puts and deletes, and still reads', async () => {
    const store = await openFolderBlobs({ folder });
    const { sha256 } = await store.put(Buffer.from('abc'), LIMIT);
    disk.makeReadOnly();
    const refused = { code: 'storage-unavailable', canRetry: true, facts: { systemCode: 'EROFS' } };
    await expect(store.put(Buffer.from('def'), LIMIT)).rejects.toMatchObject(refused);
    await expect(store.delete(sha256)).rejects.toMatchObject(refused);
    expect(await store.read(sha256, LIMIT)).toHaveLength(3);
  });
});
