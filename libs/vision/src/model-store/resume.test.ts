import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { type Answer, file, sha256Of, status } from '#testkit';
import { BYTES, modelAt, modelStore, OTHER } from '../../test/model-store.js';

const store = modelStore();

describe('a download resumes', () => {
  test('after a cut, where it stopped', async () => {
    const server = await store.serve(
      file(BYTES, { etag: '"1"', cut: store.after(100_000) }),
      file(BYTES, { etag: '"1"' }),
    );
    await store.ensure(modelAt(server.url));
    expect(server.asked).toEqual(['whole', 'bytes=100000- "1"']);
    await store.expectOnlyTheModel();
  });

  test('after a stall', async () => {
    const server = await store.serve(file(BYTES, { stallAfter: 100_000 }), file(BYTES));
    await store.ensure(modelAt(server.url), { timeouts: { stallMs: 200, firstBackoffMs: 1 } });
    expect(server.asked).toEqual(['whole', 'bytes=100000-']);
    await store.expectOnlyTheModel();
  });

  test('after a server that never answered', async () => {
    const server = await store.serve(() => {}, file(BYTES));
    await store.ensure(modelAt(server.url), { timeouts: { stallMs: 200, firstBackoffMs: 1 } });
    await store.expectOnlyTheModel();
  });

  test('at the next address, which finishes what the first began', async () => {
    const first = await store.serve(file(BYTES, { etag: '"1"', cut: store.after(100_000) }), status(404));
    const second = await store.serve(file(BYTES, { etag: '"2"' }));
    await store.ensure(modelAt(first.url, second.url));
    expect(second.asked).toEqual(['bytes=100000-']);
    await store.expectOnlyTheModel();
  });

  test('from the start when the ETag says that the file has changed', async () => {
    const server = await store.serve(
      file(OTHER, { etag: '"old"', cut: store.after(100_000) }),
      file(BYTES, { etag: '"new"' }),
    );
    await store.ensure(modelAt(server.url));
    expect(server.asked).toEqual(['whole', 'bytes=100000- "old"']);
    await store.expectOnlyTheModel();
  });

  test('from the start when the file changed and nothing said so but the hash', async () => {
    const server = await store.serve(file(OTHER, { cut: store.after(100_000) }), file(BYTES));
    await store.ensure(modelAt(server.url));
    expect(server.asked).toEqual(['whole', 'bytes=100000-', 'whole']);
    await store.expectOnlyTheModel();
  });

  test('from the start at a server that ignores ranges', async () => {
    const server = await store.serve(file(BYTES, { cut: store.after(100_000) }), file(BYTES, { ignoresRange: true }));
    await store.ensure(modelAt(server.url));
    await store.expectOnlyTheModel();
  });

  test('a server that answers with another range than asked for is not believed', async () => {
    const wrong: Answer = (_, response) =>
      response.writeHead(206, { 'content-range': `bytes 5-299999/300000` }).end(BYTES.subarray(5));
    const server = await store.serve(file(BYTES, { cut: store.after(100_000) }), wrong, file(BYTES));
    await store.ensure(modelAt(server.url));
    expect(server.asked).toEqual(['whole', 'bytes=100000-', 'whole']);
    await store.expectOnlyTheModel();
  });

  test('after 416, from the start', async () => {
    await writeFile(`${store.path}.part`, BYTES.subarray(0, 100_000));
    const server = await store.serve(status(416), file(BYTES));
    await store.ensure(modelAt(server.url));
    expect(server.asked).toEqual(['bytes=100000-', 'whole']);
    await store.expectOnlyTheModel();
  });

  test('a part that is already complete without asking for a byte', async () => {
    await writeFile(`${store.path}.part`, BYTES);
    const server = await store.serve(file(BYTES));
    await store.ensure(modelAt(server.url));
    expect(server.asked).toEqual([]);
    await store.expectOnlyTheModel();
  });

  test.each([
    ['complete and wrong', OTHER],
    ['too long', Buffer.concat([BYTES, BYTES])],
  ])('a part that is %s is thrown away', async (_, part) => {
    await writeFile(`${store.path}.part`, part);
    const server = await store.serve(file(BYTES));
    await store.ensure(modelAt(server.url));
    expect(server.asked).toEqual(['whole']);
    await store.expectOnlyTheModel();
  });

  test('what a killed process left', async () => {
    const uuid = '00000000-0000-4000-8000-000000000000';
    await writeFile(`${store.path}.part.4194305.${uuid}.1`, BYTES.subarray(0, 200_000));
    await writeFile(`${store.path}.part.${process.pid}.${uuid}.1`, BYTES.subarray(0, 100_000));
    const server = await store.serve(file(BYTES));
    await store.ensure(modelAt(server.url));
    expect(server.asked).toEqual(['bytes=200000-']);
    await store.expectOnlyTheModel();
  });

  test('over a line that keeps breaking, for as long as bytes arrive', async () => {
    const large = randomBytes(4 * 1024 * 1024 + 10);
    const server = await store.serve(file(large, { cut: store.after(600_000) }));
    const model = { ...modelAt(server.url), sizeBytes: large.length, sha256: sha256Of(large) };
    await store.ensure(model, { tries: 2 });
    expect(server.asked.length).toBeGreaterThan(6);
    expect(large.equals(await readFile(store.path))).toBe(true);
  });
});
