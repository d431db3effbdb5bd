import { once } from 'node:events';
import type { Socket } from 'node:net';
import { waitUntil } from '#testkit';
import { fetchWorld, givePicture, MAX, PICTURE, redirect } from '../test/picture-server.js';
import { checkedConnector } from './checked-connector.js';

const world = fetchWorld();

const refusedBecause = (reason: string) => ({ code: 'link-refused', canRetry: false, facts: { reason } });

describe('no connection is made to an address that is refused', () => {
  test.each([
    ['127.0.0.1', 'dotted'],
    ['127.1', 'short'],
    ['2130706433', 'decimal'],
    ['0x7f000001', 'hex'],
    ['0177.0.0.01', 'octal'],
    ['%31%32%37.0.0.1', 'percent-encoded'],
    ['①②⑦.0.0.1', 'in other digits'],
    ['127。0。0。1', 'with other dots'],
    ['127.0.0.1.', 'with a dot at its end'],
    ['[::ffff:127.0.0.1]', 'IPv4-mapped'],
    ['[::ffff:7f00:1]', 'IPv4-mapped in hex'],
    ['[0:0:0:0:0:ffff:7f00:0001]', 'IPv4-mapped at length'],
    ['0.0.0.0', 'unspecified'],
    ['0', 'unspecified, short'],
  ])('which a link names: %s (%s)', async (host) => {
    const server = await world.http(givePicture, '0.0.0.0');
    const fetcher = world.fetcher({ allowedNetworks: [] });
    await expect(fetcher.fetch(`http://${host}:${server.port}/`, MAX)).rejects.toMatchObject(refusedBecause('address'));
    expect(server.connections).toBe(0);
  });

  test.each([
    ['of loopback', ['127.0.0.1']],
    ['of IPv6', ['::ffff:127.0.0.1']],
    ['that is one of several, the last', ['127.0.0.2', '127.0.0.3', '127.0.0.1']],
    ['that is one of several, the first', ['127.0.0.1', '127.0.0.2']],
    ['that is none', ['localhost']],
  ])('which a name stands for: %s', async (_, addresses) => {
    const server = await world.http(givePicture);
    const fetcher = world.fetcher({
      allowedNetworks: ['127.0.0.2', '127.0.0.3'],
      resolveHost: async () => addresses,
    });
    const fetched = fetcher.fetch(`http://pictures.example:${server.port}/`, MAX);
    await expect(fetched).rejects.toMatchObject(refusedBecause('address'));
    expect(server.connections).toBe(0);
  });

  test('which the name localhost stands for', async () => {
    const server = await world.http(givePicture);
    const fetcher = world.fetcher({ allowedNetworks: [] });
    for (const name of ['localhost', 'LOCALHOST', 'localhost.', 'pictures.localhost']) {
      await expect(fetcher.fetch(`http://${name}:${server.port}/`, MAX)).rejects.toMatchObject(
        refusedBecause('address'),
      );
    }
    expect(server.connections).toBe(0);
  });

  test('which the name stands for only when it is asked for the second time', async () => {
    const good = await world.http(givePicture);
    const victim = await world.http(givePicture, '127.0.0.2', good.port);
    const answers = [['127.0.0.1'], ['127.0.0.2'], ['127.0.0.1'], ['127.0.0.1', '127.0.0.2']];
    let asked = 0;
    const fetcher = world.fetcher({
      maxIdleConnections: 0,
      resolveHost: async () => answers[asked++] ?? [],
    });
    const link = `http://pictures.example:${good.port}/`;
    expect((await fetcher.fetch(link, MAX)).bytes).toEqual(PICTURE);
    // Had a connection asked again, it would have been told the second answer.
    expect(asked).toBe(1);
    await expect(fetcher.fetch(link, MAX)).rejects.toMatchObject(refusedBecause('address'));
    expect((await fetcher.fetch(link, MAX)).bytes).toEqual(PICTURE);
    await expect(fetcher.fetch(link, MAX)).rejects.toMatchObject(refusedBecause('address'));
    expect([good.connections, victim.connections]).toEqual([2, 0]);
  });

  test('which the name stands for when the connection has to be made again', async () => {
    const good = await world.http((_, response) => {
      response.writeHead(200, { connection: 'close', 'content-length': PICTURE.length }).end(PICTURE);
    });
    const victim = await world.http(givePicture, '127.0.0.2', good.port);
    const answers = ['127.0.0.1', '127.0.0.2'];
    const fetcher = world.fetcher({ resolveHost: async () => [answers.shift() ?? ''] });
    const link = `http://pictures.example:${good.port}/`;
    await fetcher.fetch(link, MAX);
    await expect(fetcher.fetch(link, MAX)).rejects.toMatchObject(refusedBecause('address'));
    expect([good.connections, victim.connections]).toEqual([1, 0]);
  });

  test('which a redirect leads to', async () => {
    const victim = await world.http(givePicture, '127.0.0.2');
    const server = await world.http((request, response) => {
      redirect(`http://${request.url?.slice(1)}:${victim.port}/`)(request, response);
    });
    const fetcher = world.fetcher();
    for (const host of ['127.0.0.2', '2130706434', '[::ffff:127.0.0.2]', 'localhost']) {
      await expect(fetcher.fetch(`${server.url}/${host}`, MAX)).rejects.toMatchObject(refusedBecause('address'));
    }
    expect(victim.connections).toBe(0);
  });

  test('which clouds answer their machines from', async () => {
    const server = await world.http((_, response) => response.writeHead(302, { location: target }).end());
    let target = '';
    const fetcher = world.fetcher();
    for (const host of ['169.254.169.254', '100.100.100.200', '[fd00:ec2::254]', '168.63.129.16']) {
      target = `http://${host}/latest/meta-data/`;
      await expect(fetcher.fetch(target, MAX)).rejects.toMatchObject(refusedBecause('address'));
      await expect(fetcher.fetch(server.url, MAX)).rejects.toMatchObject(refusedBecause('address'));
    }
  });
});

test('the other end of a connection is looked at once more before anything is asked', async () => {
  const server = await world.http(givePicture);
  const isRefused = jest.fn().mockReturnValueOnce(false).mockReturnValue(true);
  const connect = checkedConnector({ isRefused }, async () => ['127.0.0.1'], 10_000);
  const target = { hostname: 'pictures.example', protocol: 'http:', port: `${server.port}` };
  let socket: Socket | undefined;
  const error = await new Promise((resolve) => {
    socket = connect(target, (...[failure]) => resolve(failure));
  });
  expect(error).toMatchObject(refusedBecause('address'));
  expect(isRefused.mock.calls).toEqual([['127.0.0.1'], ['127.0.0.1']]);
  if (socket?.closed === false) await once(socket, 'close');
  await waitUntil('the connection is closed', () => server.openConnections === 0);
  expect(server.paths).toEqual([]);
});

test('of several addresses one that answers is enough', async () => {
  const server = await world.http(givePicture);
  const fetcher = world.fetcher({
    allowedNetworks: ['127.0.0.0/8'],
    resolveHost: async () => ['127.0.0.3', '127.0.0.2', '127.0.0.1'],
  });
  expect((await fetcher.fetch(`http://pictures.example:${server.port}/`, MAX)).bytes).toEqual(PICTURE);
});

test('what is said of a refused address names neither it nor where a redirect led', async () => {
  const server = await world.http(redirect('http://intranet.example/secret'));
  const fetcher = world.fetcher({ resolveHost: async () => ['127.11.12.13'] });
  const error = await fetcher.fetch(server.url, MAX).catch((thrown: Error) => thrown);
  expect(error).toMatchObject(refusedBecause('address'));
  const said = JSON.stringify([error, (error as Error).message, (error as Error).cause]);
  for (const secret of ['127.11', 'intranet', 'secret']) expect(said).not.toContain(secret);
});

test('an address that is allowed is fetched from, by its name or as it is', async () => {
  const server = await world.http(givePicture);
  const fetcher = world.fetcher({ resolveHost: async () => ['127.0.0.1'] });
  for (const host of ['127.0.0.1', '2130706433', 'pictures.example']) {
    const { bytes, mediaType } = await fetcher.fetch(`http://${host}:${server.port}/a.jpg?size=2#top`, MAX);
    expect([bytes, mediaType]).toEqual([PICTURE, 'image/jpeg']);
  }
  expect(server.paths).toEqual(Array(3).fill('/a.jpg?size=2'));
  expect(server.headers[2]).toMatchObject({
    host: `pictures.example:${server.port}`,
    'accept-encoding': 'identity',
    'user-agent': 'lookalike',
  });
  for (const name of ['cookie', 'authorization', 'referer']) expect(server.headers[2]).not.toHaveProperty(name);
});

test('a name without an address is a fault: it may have one later', async () => {
  const unknown = world.fetcher({
    resolveHost: () =>
      Promise.reject(Object.assign(new Error('queryA ENOTFOUND pictures.example'), { code: 'ENOTFOUND' })),
  });
  await expect(unknown.fetch('http://pictures.example/', MAX)).rejects.toMatchObject({
    code: 'link-unavailable',
    canRetry: true,
    message: expect.stringContaining('(ENOTFOUND)'),
  });
  const empty = world.fetcher({ resolveHost: async () => [] });
  await expect(empty.fetch('http://pictures.example/', MAX)).rejects.toMatchObject({ code: 'link-unavailable' });
});
