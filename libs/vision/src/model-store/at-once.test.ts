import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Answer, file, waitUntil } from '#testkit';
import { BYTES, modelAt, modelStore } from '../../test/model-store.js';

const store = modelStore();

test('two downloads at once in one process both end with the right file', async () => {
  const server = await store.serve(file(BYTES, { cut: store.after(150_000) }), file(BYTES));
  await Promise.all([
    store.ensure(modelAt(server.url)),
    store.ensure(modelAt(server.url)),
    store.ensure(modelAt(server.url)),
  ]);
  await store.expectOnlyTheModel();
});

test('several processes at once, one of them killed, end with the right file', async () => {
  const held: (() => void)[] = [];
  const halfway: Answer = (request, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const range = { 'content-range': `bytes ${start}-299999/300000` };
    response.writeHead(start > 0 ? 206 : 200, start > 0 ? range : {});
    const end = start + (BYTES.length - start) / 2;
    response.write(BYTES.subarray(start, end));
    held.push(() => response.end(BYTES.subarray(end)));
  };
  const server = await store.serve(halfway);
  const script = `
    const { ensureModel } = require(${JSON.stringify(join(__dirname, 'index.js'))});
    ensureModel(${JSON.stringify(modelAt(server.url))}, { folder: ${JSON.stringify(store.folder)} })
      .then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });`;
  const children = [1, 2, 3].map(() => spawn(process.execPath, ['-e', script], { stdio: 'inherit' }));
  const exits = children.map(async (child) => (await once(child, 'exit'))[0]);
  await waitUntil('each process has half of its own file', async () => {
    const files = (await readdir(store.folder)).map((it) => stat(join(store.folder, it)));
    return (await Promise.all(files)).filter(({ size }) => size === BYTES.length / 2).length === 3;
  });
  children[0]?.kill('SIGKILL');
  await exits[0];
  for (const finish of held) finish();
  expect((await Promise.all(exits)).slice(1)).toEqual([0, 0]);
  expect(BYTES.equals(await readFile(store.path))).toBe(true);
});
