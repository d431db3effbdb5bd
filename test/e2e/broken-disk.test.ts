import { closeSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describeWithSmallDisks, eventually, SmallDisk } from '#testkit';
import { Collection, idsOf } from './collection.js';
import { type Photo, pictures } from './photos.js';
import { type ServerProcess, Workplace } from './server-process.js';

jest.setTimeout(120_000);

const FAULT = { status: 503, body: { canRetry: true } };
const BLOB = /^[0-9a-f]{64}$/;

describe('a broken disk', () => {
  describeWithSmallDisks('of the data folder', () => {
    let workplace: Workplace;
    let disk: SmallDisk;
    let server: ServerProcess;
    const collection = new Collection(() => server.url);
    let first: Photo;
    let second: Photo;
    let third: Photo;

    const diskAt = (name: string, size: `${number}k`) => {
      mkdirSync(workplace.path(name), { recursive: true });
      disk = new SmallDisk(workplace.path(name), size);
    };
    beforeAll(async () => {
      [first, second, third] = (await pictures(3)) as [Photo, Photo, Photo];
    });
    beforeEach(() => {
      workplace = new Workplace();
    });
    afterEach(async () => {
      await server.kill();
      disk.remove();
      await workplace.remove();
    });

    test('that is full: 503 and nothing half-written, and when there is room all goes on', async () => {
      diskAt('data', '65536k');
      server = await workplace.start();
      await collection.visible(await collection.add(first.name, first.bytes));

      const filler = join(disk.folder, 'filler');
      fill(filler);
      const refused = await collection.post(['imageId', second.name], ['file', second.bytes]);
      expect(refused).toMatchObject(FAULT);
      expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
      expect((await collection.image(second.name)).status).toBe(404);
      expect(blobFiles().every((name) => BLOB.test(name))).toBe(true);
      const { accepted, refused: lines } = await deletesUntilRefused();
      for (const imageId of lines) expect((await collection.image(imageId)).status).toBe(404);
      expect(idsOf(await collection.search(first.bytes, 1))).toEqual([first.name]);

      rmSync(filler);
      await collection.visible(await collection.add(second.name, second.bytes));
      for (const it of accepted.slice(-20)) expect(await collection.visible(it)).toMatchObject({ state: 'deleted' });
      await eventually(async () => expect(await isReady()).toBe(true), 60_000);
      await server.stop();

      server = await workplace.start();
      await collection.visible(await collection.add(third.name, third.bytes));
      for (const it of [first, second, third]) expect(idsOf(await collection.search(it.bytes, 1))).toEqual([it.name]);
      const { images } = await collection.status();
      expect(images).toEqual({ ready: 3, failed: 0, deleted: accepted.length });
    });

    test('that turns read-only under the pictures: 503, and when it is writable again all goes on', async () => {
      diskAt('data/blobs', '8192k');
      server = await workplace.start();
      await collection.visible(await collection.add(first.name, first.bytes));

      disk.makeReadOnly();
      expect(await collection.post(['imageId', second.name], ['file', second.bytes])).toMatchObject(FAULT);
      expect((await collection.image(second.name)).status).toBe(404);
      expect(idsOf(await collection.search(first.bytes, 1))).toEqual([first.name]);
      // What needs no room there is taken, and its fault is waited out.
      expect(await collection.visible(await collection.delete('other'))).toMatchObject({ state: 'deleted' });

      disk.makeWritable();
      const added = await collection.add(second.name, second.bytes);
      expect(await collection.visible(added)).toMatchObject({ state: 'ready' });
    });

    test('that is read-only at the start: refused, and nothing is lost', async () => {
      diskAt('data', '65536k');
      server = await workplace.start();
      await collection.visible(await collection.add(first.name, first.bytes));
      await server.stop();

      disk.makeReadOnly();
      const { exitCode, stderr } = await workplace.failToStart();
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/^\S+-unavailable: /) });
      disk.makeWritable();
      server = await workplace.start();
      expect(idsOf(await collection.search(first.bytes, 1))).toEqual([first.name]);
    });

    /** Space that the log holds already takes some more events; each line says whether its event is there. */
    async function deletesUntilRefused() {
      const accepted: { imageId: string; version: number }[] = [];
      const refused: string[] = [];
      for (let request = 0; refused.length === 0; request++) {
        if (request === 200) throw new Error('a full disk took 20,000 events');
        const lines = Array.from({ length: 100 }, (_, line) => ({ op: 'delete', imageId: `gone-${request}-${line}` }));
        for (const [at, result] of (await collection.bulk(lines)).entries()) {
          if (result.status === 202) accepted.push(result as never);
          else {
            expect(result).toMatchObject({ status: 503, problem: { canRetry: true } });
            refused.push(lines[at]?.imageId ?? '');
          }
        }
      }
      return { accepted, refused };
    }

    async function isReady(): Promise<boolean> {
      return (await fetch(`${server.url}/health/ready`)).ok;
    }

    function blobFiles(): string[] {
      const entries = readdirSync(workplace.path('data/blobs'), { recursive: true, withFileTypes: true });
      return entries.filter((it) => it.isFile()).map((it) => it.name);
    }
  });
});

/** Takes all the room there is, to the last page. */
function fill(path: string): void {
  const file = openSync(path, 'w');
  const page = Buffer.alloc(4096, 1);
  try {
    for (;;) writeSync(file, page);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(file);
  }
}
