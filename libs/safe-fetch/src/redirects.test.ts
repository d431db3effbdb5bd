import { fetchWorld, givePicture, MAX, PICTURE, redirect } from '../test/picture-server.js';

const world = fetchWorld();

test('a redirect is followed, also to another host and by a path alone', async () => {
  const target = await world.http((request, response) => {
    if (request.url === '/b') redirect('c?d#e', 307)(request, response);
    else givePicture(request, response);
  });
  const server = await world.http(redirect(`${target.url}/b`, 301));
  expect((await world.fetcher().fetch(`${server.url}/a`, MAX)).bytes).toEqual(PICTURE);
  expect([server.paths, target.paths]).toEqual([['/a'], ['/b', '/c?d']]);
  // The short body of the first redirect was read, so the second request could use its connection.
  expect(target.connections).toBe(1);
});

test.each([
  ['file:///etc/passwd', 'scheme'],
  ['gopher://127.0.0.1/_GET', 'scheme'],
  ['data:image/png;base64,AAAA', 'scheme'],
  ['javascript:alert(1)', 'scheme'],
  ['http://127.0.0.1:22/', 'port'],
  ['https://127.0.0.1:22/', 'port'],
  ['http://me:secret@127.0.0.1/', 'credentials'],
  ['http://[', 'syntax'],
])('a redirect to %s is refused', async (location, reason) => {
  const server = await world.http(redirect(location));
  await expect(world.fetcher().fetch(server.url, MAX)).rejects.toMatchObject({
    code: 'link-refused',
    canRetry: false,
    facts: { reason },
  });
});

describe('a chain of redirects', () => {
  test('may be as long as the limit', async () => {
    const server = await world.http((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left > 0) redirect(`/${left - 1}`)(request, response);
      else givePicture(request, response);
    });
    const fetcher = world.fetcher();
    expect((await fetcher.fetch(`${server.url}/5`, MAX)).bytes).toEqual(PICTURE);
    await expect(fetcher.fetch(`${server.url}/6`, MAX)).rejects.toMatchObject({ facts: { reason: 'redirects' } });
    await expect(fetcher.fetch(`${server.url}/20`, MAX)).rejects.toMatchObject({ facts: { reason: 'redirects' } });
    expect(server.paths).toHaveLength(6 + 6 + 6);
  });

  test('that goes round ends at the limit', async () => {
    const server = await world.http((request, response) => {
      redirect(request.url === '/a' ? '/b' : '/a')(request, response);
    });
    const fetched = world.fetcher({ maxRedirects: 3 }).fetch(`${server.url}/a`, MAX);
    await expect(fetched).rejects.toMatchObject({ code: 'link-refused', facts: { reason: 'redirects' } });
    expect(server.paths).toEqual(['/a', '/b', '/a', '/b']);
  });

  test('is none where redirects are off', async () => {
    const server = await world.http(redirect('/b'));
    const fetched = world.fetcher({ maxRedirects: 0 }).fetch(server.url, MAX);
    await expect(fetched).rejects.toMatchObject({ facts: { reason: 'redirects' } });
    expect(server.paths).toHaveLength(1);
  });

  test('does not read what a redirect has to say at length', async () => {
    let sentBytes = 0;
    const endless = Buffer.alloc(64 * 1024);
    const server = await world.http((request, response) => {
      if (request.url === '/b') return givePicture(request, response);
      response.writeHead(302, { location: '/b' });
      const send = () => {
        while (!response.destroyed && response.write(endless)) sentBytes += endless.length;
      };
      response.on('drain', send);
      send();
    });
    expect((await world.fetcher().fetch(`${server.url}/a`, MAX)).bytes).toEqual(PICTURE);
    expect(sentBytes).toBeLessThan(64 * 1024 * 1024);
    expect(server.connections).toBe(2);
  });
});
