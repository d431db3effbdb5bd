import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { file, redirectTo, sha256Of, status } from '#testkit';
import { BYTES, failureOf, modelAt, modelStore } from '../../test/model-store.js';

const store = modelStore();

describe('the model store downloads', () => {
  test('over redirects, but to http and https only', async () => {
    const target = await store.serve(file(BYTES));
    const server = await store.serve(redirectTo(`${target.url}/elsewhere`));
    await store.ensure(modelAt(server.url));
    await store.expectOnlyTheModel();
    await rm(store.path);
    const bad = await store.serve(redirectTo('file:///etc/hostname'));
    await expect(store.ensure(modelAt(bad.url), { tries: 1 })).rejects.toMatchObject({ code: 'model-missing' });
  });

  test('from the mirrors first, with the user and password of their address, which no error shows', async () => {
    const own = await store.serve(file(BYTES));
    const mirror = await store.serve(status(404), file(BYTES));
    const address = `${mirror.url.replace('://', '://me:secret@')}/models?token=secret`;
    const options = { mirrors: [address] };
    const refused = await failureOf(store.ensure(modelAt(), options));
    expect(refused.code).toBe('model-missing');
    expect(refused.message).toContain(`${mirror.url}/models/net.onnx: it answers 404`);
    expect(JSON.stringify(refused.facts) + refused.message).not.toContain('secret');
    await store.ensure(modelAt(own.url), options);
    expect(own.asked).toEqual([]);
    expect(mirror.requests[1]?.url).toBe('/models/net.onnx?token=secret');
    expect(mirror.requests[1]?.headers.authorization).toBe(`Basic ${btoa('me:secret')}`);
  });

  test('from the next address when one does not have it', async () => {
    const without = await store.serve(status(404));
    const server = await store.serve(file(BYTES));
    await store.ensure(modelAt(without.url, server.url));
    expect(without.asked).toHaveLength(1);
    await store.expectOnlyTheModel();
  });
});

describe('when nobody can give the model file', () => {
  test('says what to do: where to put it, which settings to set, and the hash', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as { port: number };
    closed.close();
    const without = await store.serve(status(404));
    const error = await failureOf(store.ensure(modelAt(`http://127.0.0.1:${port}/net.onnx`, without.url)));
    expect(error).toMatchObject({ code: 'model-missing', canRetry: false });
    for (const part of [
      store.path,
      'LOOKALIKE_MODEL_FILE',
      'LOOKALIKE_MODEL_MIRRORS',
      sha256Of(BYTES),
      'ECONNREFUSED',
      '404',
    ]) {
      expect(error.message).toContain(part);
    }
  });

  test('says that it may work later when a server was there and failed', async () => {
    const server = await store.serve(status(503));
    const error = await failureOf(store.ensure(modelAt(server.url), { tries: 2 }));
    expect(error).toMatchObject({ code: 'model-download-failed', canRetry: true });
    expect(server.asked).toHaveLength(2);
  });

  test('a model without any address is missing', async () => {
    await expect(store.ensure(modelAt())).rejects.toMatchObject({ code: 'model-missing' });
  });
});
