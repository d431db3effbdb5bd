import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { waitUntil } from '#testkit';
import { fetchWorld, givePicture, MAX, PICTURE } from '../test/picture-server.js';

const world = fetchWorld();

/** A server that answers when it is told to. */
async function heldServer() {
  const held: ServerResponse[] = [];
  const server = await world.http((_, response) => held.push(response));
  return Object.assign(server, { held, answer: () => held.shift()?.end(PICTURE) });
}

const settle = <T>(promise: Promise<T>) => promise.catch((error: unknown) => error);

describe('at one host', () => {
  test('so many are fetched at once, and the others in the order in which they came', async () => {
    const server = await heldServer();
    const fetcher = world.fetcher({ fetchesPerHost: 2 });
    const fetches = [1, 2, 3, 4, 5].map((it) => fetcher.fetch(`${server.url}/${it}`, MAX));
    for (let answered = 0; answered < 5; answered++) {
      await waitUntil('the next is asked for', () => server.paths.length === Math.min(5, answered + 2));
      // What would be asked for too many is asked for by then.
      await nextTurn();
      expect(server.held.length).toBeLessThanOrEqual(2);
      server.answer();
    }
    await Promise.all(fetches);
    expect(server.paths.slice(2)).toEqual(['/3', '/4', '/5']);
    expect(server.connections).toBe(2);
  });

  test('a host that is slow holds up no other', async () => {
    const slow = await heldServer();
    const quick = await world.http(givePicture);
    const fetcher = world.fetcher({ fetchesPerHost: 1 });
    const fetches = [1, 2, 3].map(() => fetcher.fetch(slow.url, MAX));
    expect((await fetcher.fetch(quick.url, MAX)).bytes).toEqual(PICTURE);
    for (let answered = 0; answered < 3; answered++) {
      await waitUntil('one is asked for', () => slow.held.length === 1);
      slow.answer();
    }
    await Promise.all(fetches);
  });

  test('only so many wait, and not for ever; neither is an outcome', async () => {
    const server = await heldServer();
    const fetcher = world.fetcher({ fetchesPerHost: 1, maxWaitingPerHost: 1, queueTimeoutMs: 50 });
    const first = fetcher.fetch(server.url, MAX);
    const second = settle(fetcher.fetch(server.url, MAX));
    await expect(fetcher.fetch(server.url, MAX)).rejects.toMatchObject({ code: 'overloaded', canRetry: true });
    expect(await second).toMatchObject({ code: 'overloaded', canRetry: true });
    await waitUntil('the first is asked for', () => server.held.length === 1);
    server.answer();
    expect((await first).bytes).toEqual(PICTURE);
    expect(server.paths).toHaveLength(1);
  });

  test('a turn that nobody waits for any more goes to the next', async () => {
    const server = await heldServer();
    const fetcher = world.fetcher({ fetchesPerHost: 1 });
    const first = fetcher.fetch(`${server.url}/1`, MAX);
    const controller = new AbortController();
    const second = settle(fetcher.fetch(`${server.url}/2`, { ...MAX, signal: controller.signal }));
    const third = fetcher.fetch(`${server.url}/3`, MAX);
    const reason = new Error('nobody wants it');
    controller.abort(reason);
    expect(await second).toBe(reason);
    for (let answered = 0; answered < 2; answered++) {
      await waitUntil('one is asked for', () => server.held.length === 1);
      server.answer();
    }
    await Promise.all([first, third]);
    expect(server.paths).toEqual(['/1', '/3']);
  });

  test('a failed fetch gives its turn back, whatever failed', async () => {
    const server = await world.http((request, response) => {
      const status = Number(request.url?.slice(1));
      if (status === 0) response.destroy();
      else response.writeHead(status, { location: 'file:///' }).end(PICTURE);
    });
    const fetcher = world.fetcher({ fetchesPerHost: 1, maxWaitingPerHost: 0 });
    for (const status of [404, 500, 302, 0, 204]) {
      await expect(fetcher.fetch(`${server.url}/${status}`, MAX)).rejects.toMatchObject({ name: 'LookalikeError' });
    }
    await expect(fetcher.fetch(`${server.url}/200`, { maxBytes: 3 })).rejects.toMatchObject({ code: 'link-too-large' });
    expect((await fetcher.fetch(`${server.url}/200`, MAX)).bytes).toEqual(PICTURE);
  });
});

test('only so many connections are kept, those that were used last', async () => {
  const servers = [await world.http(givePicture), await world.http(givePicture), await world.http(givePicture)];
  const fetcher = world.fetcher({ maxIdleConnections: 2 });
  for (const { url } of servers) await fetcher.fetch(url, MAX);
  await waitUntil('the first connection is closed', () => servers[0]?.openConnections === 0);
  for (const { url } of servers.slice(1)) await fetcher.fetch(url, MAX);
  expect(servers.map(({ connections }) => connections)).toEqual([1, 1, 1]);
});

describe('a fetch whose caller ends it', () => {
  const reason = new Error('nobody wants it');

  test('before it begins connects to nobody', async () => {
    const server = await world.http(givePicture);
    const fetched = world.fetcher().fetch(server.url, { ...MAX, signal: AbortSignal.abort(reason) });
    await expect(fetched).rejects.toBe(reason);
    expect(server.connections).toBe(0);
  });

  test.each(['headers', 'body'])('while it waits for the %s ends at once, with its connection', async (what) => {
    const server = await world.http((_, response) => {
      if (what === 'body') response.write('abc');
    });
    const controller = new AbortController();
    const fetched = settle(world.fetcher().fetch(server.url, { ...MAX, signal: controller.signal }));
    await waitUntil('it is asked for', () => server.paths.length === 1);
    controller.abort(reason);
    expect(await fetched).toBe(reason);
    await waitUntil('the connection is closed', () => server.openConnections === 0);
  });

  test('while its host is looked up ends at once', async () => {
    const controller = new AbortController();
    let isAsked = false;
    const resolveHost = () => {
      isAsked = true;
      return new Promise<never>(() => {});
    };
    const fetcher = world.fetcher({ resolveHost });
    const fetched = settle(fetcher.fetch('http://pictures.example/', { ...MAX, signal: controller.signal }));
    await waitUntil('the host is looked up', () => isAsked);
    controller.abort(reason);
    expect(await fetched).toBe(reason);
  });

  test('leaves nothing at the signal', async () => {
    const server = await world.http(givePicture);
    const { signal } = new AbortController();
    const added = jest.spyOn(signal, 'addEventListener');
    const removed = jest.spyOn(signal, 'removeEventListener');
    await world.fetcher().fetch(server.url, { ...MAX, signal });
    expect(added.mock.calls.length).toBeGreaterThan(0);
    expect(removed.mock.calls.map(([, listener]) => listener)).toEqual(
      added.mock.calls.map(([, listener]) => listener),
    );
  });
});

describe('a picture that is opened', () => {
  test('comes as a stream, with what the server says of it', async () => {
    const server = await world.http(givePicture);
    const { stream, ...facts } = await world.fetcher().open(server.url, MAX);
    expect(facts).toEqual({ mediaType: 'image/jpeg', sizeBytes: PICTURE.length });
    expect(Buffer.concat(await stream.toArray())).toEqual(PICTURE);
  });

  test('that is not what was declared fails before its end', async () => {
    const server = await world.http(givePicture);
    const { stream } = await world.fetcher().open(server.url, { ...MAX, sha256: '0'.repeat(64) });
    await expect(stream.toArray()).rejects.toMatchObject({ code: 'link-hash-mismatch' });
  });

  test('and never read ends with its time, and ends nothing else', async () => {
    const server = await world.http((_, response) => response.write('abc'));
    const fetcher = world.fetcher({ fetchesPerHost: 1, maxWaitingPerHost: 0, totalTimeoutMs: 50 });
    // Whether its time is over before its headers have come or after that, depends on the machine.
    const neverRead = async () => {
      const { stream } = await fetcher.open(server.url, MAX);
      await waitUntil('it has ended', () => stream.closed);
      await stream.toArray();
    };
    await expect(neverRead()).rejects.toMatchObject({ code: 'link-too-slow' });
    await expect(neverRead()).rejects.toMatchObject({ code: 'link-too-slow' });
  });

  test('and destroyed gives its turn back', async () => {
    const server = await world.http((_, response) => response.write('abc'));
    const fetcher = world.fetcher({ fetchesPerHost: 1 });
    for (let opened = 0; opened < 3; opened++) (await fetcher.open(server.url, MAX)).stream.destroy();
    await waitUntil('its connections are closed', () => server.openConnections === 0);
  });
});

describe('closing', () => {
  test('ends what waits, what is asked for and what is read, with a fault', async () => {
    const held = await heldServer();
    const stalled = await world.http((_, response) => response.write('abc'));
    const fetcher = world.fetcher({ fetchesPerHost: 1 });
    const fetches = [held, held, stalled].map(({ url }) => settle(fetcher.fetch(url, MAX)));
    await waitUntil('both are asked', () => held.paths.length === 1 && stalled.paths.length === 1);
    await fetcher.close();
    for (const failed of await Promise.all(fetches)) {
      expect(failed).toMatchObject({ code: 'link-unavailable', canRetry: true });
    }
    await waitUntil('all connections are closed', () => held.openConnections + stalled.openConnections === 0);
    expect(held.paths).toHaveLength(1);
  });

  test('closes what is kept, may be done twice, and nothing is fetched after it', async () => {
    const server = await world.http(givePicture);
    const fetcher = world.fetcher();
    await fetcher.fetch(server.url, MAX);
    expect(server.openConnections).toBe(1);
    await fetcher.close();
    await fetcher.close();
    await waitUntil('the connection is closed', () => server.openConnections === 0);
    await expect(fetcher.fetch(server.url, MAX)).rejects.toMatchObject({ code: 'link-unavailable', canRetry: true });
    expect(server.connections).toBe(1);
  });
});
