import { existsSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { apiKeyOf, apiKeySha256, formatApiKeyEntry } from '#core';
import { describeWith } from '#testkit';
import { CHROMIUM, gate, PageBrowser, refusal } from './page-browser.js';
import { QueryServer } from './query-server.js';
import { SAMPLE_NAMES, samplePath, samplePicture } from './sample-pictures.js';
import { Counts } from './status-counts.js';

const keyOf = (byte: number) => apiKeyOf(new Uint8Array(32).fill(byte));
const [KEY, OTHER_KEY] = [keyOf(1), keyOf(2)];
const KEYS = formatApiKeyEntry({ name: 'page', scopes: ['search'], sha256: apiKeySha256(KEY).toString('hex') });

jest.setTimeout(90_000);

describeWith('chromium', existsSync(CHROMIUM))('the page in a browser', () => {
  const browser = new PageBrowser();
  let server: QueryServer;

  beforeAll(async () => {
    server = await new QueryServer().start({}, [Counts]);
    await server.makeLive();
    for (const name of SAMPLE_NAMES) await server.addStored(`holiday/${name}.jpg`, await samplePicture(name));
    await browser.start();
  }, 60_000);
  afterAll(async () => {
    await browser.stop();
    await server?.stop();
  });

  const open = (options: Parameters<PageBrowser['open']>[1] = {}, path = '/') =>
    browser.open(server.url + path, options);
  afterEach(() => browser.close());

  const choose = (name: (typeof SAMPLE_NAMES)[number]) => browser.page.setInputFiles('#file', samplePath(name));

  test('a dropped picture shows what looks like it, with scores, and no complaint', async () => {
    await open();
    await browser.page.getByText('9 pictures · 2 changes on the way · 1 could not be read').waitFor();
    await browser.shoot('start-light');
    await browser.drop('image/jpeg', 'my cat.jpg', await samplePicture('locomotion-house-cat'));
    await browser.settled();
    expect((await browser.names())[0]).toBe('holiday/locomotion-house-cat.jpg');
    expect(await browser.page.locator('.similarity').first().textContent()).toMatch(/^similarity (1\.00|0\.99)$/);
    expect(await browser.page.locator('#summary').textContent()).toMatch(/^8 pictures, in .* 1 copy found$/);
    expect(await browser.page.locator('#untrained').isVisible()).toBe(true);
    expect(await browser.page.locator('#searched-name').textContent()).toBe('my cat.jpg');
    expect(await browser.page.title()).toBe('my cat.jpg – lookalike');
    await browser.shoot('results-light');
    expect(browser.complaints).toEqual([]);
  });

  test('a clicked result is searched by, and Back leads back', async () => {
    await open();
    await choose('nagasaki-boats');
    await browser.settled();
    const before = await browser.names();
    await browser.page.locator('.result').nth(1).focus();
    await browser.page.keyboard.press('Enter');
    await browser.page.locator('#searched-name', { hasText: before[1] ?? '' }).waitFor();
    await browser.settled();
    expect(await browser.names()).not.toContain(before[1]);
    expect(browser.page.url()).toContain('#image=holiday%2F');
    await browser.page.goBack();
    await browser.page.locator('#searched-name', { hasText: 'image.jpg' }).waitFor();
    await browser.settled();
    expect(await browser.names()).toEqual(before);
    expect(browser.complaints).toEqual([]);
  });

  test('an address that names an image is a search by it', async () => {
    await open({}, '/#image=holiday%2Fblack-canyon.jpg');
    await browser.settled();
    expect(await browser.names()).toHaveLength(8);
  });

  test('what the server refuses is said, and the next search clears it', async () => {
    await open();
    await browser.drop('image/png', 'notes.png', Buffer.from('no picture at all'));
    const alert = browser.page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toContain('Picture not recognised');
    await browser.shoot('problem-light');
    await choose('black-canyon');
    await browser.settled();
    expect(await alert.isVisible()).toBe(false);
    // The browser itself notes the 415.
    expect(browser.complaints.filter((it) => !it.includes('415'))).toEqual([]);
  });

  test('it works in the dark, and on a phone without scrolling sideways', async () => {
    await open({ colorScheme: 'dark' });
    await choose('french-alpine-landscape');
    await browser.settled();
    await browser.shoot('results-dark');
    await browser.close();
    await open({ viewport: { width: 375, height: 760 }, deviceScaleFactor: 2 });
    await browser.shoot('start-phone');
    await choose('allium-oreophilum');
    await browser.settled();
    await browser.shoot('results-phone');
    expect(await browser.isWithinItsWidth()).toBe(true);
  });

  describe('of a server with keys', () => {
    let locked: QueryServer;
    let authorized: string[];
    beforeAll(async () => {
      locked = await new QueryServer().start({ LOOKALIKE_API_KEYS: KEYS }, [Counts]);
      await locked.makeLive();
      for (const name of SAMPLE_NAMES) await locked.addStored(`holiday/${name}.jpg`, await samplePicture(name));
    });
    afterAll(() => locked?.stop());

    const openLocked = async (path = '/', options: Parameters<PageBrowser['open']>[1] = {}) => {
      await browser.open(locked.url + path, options);
      authorized = [];
      browser.page.on('request', (request) => {
        if (request.headers().authorization !== undefined) authorized.push(request.url());
      });
    };
    const key = () => browser.page.getByLabel('This server asks for an API key');
    const give = async (text: string) => {
      await key().fill(text);
      await browser.page.keyboard.press('Enter');
    };
    const shownPictures = () =>
      browser.page.evaluate(
        "[...document.querySelectorAll('.result img')].filter((it) => it.complete && it.naturalWidth > 0).length",
      );

    test('asks for a key, and then shows what looks like a picture, thumbnails too', async () => {
      await openLocked();
      await key().waitFor();
      await browser.shoot('key-light');
      expect(await browser.focused()).toBe('key');
      expect(await browser.page.locator('.key-form').count()).toBe(1);
      await give(KEY);
      await browser.page.getByText('9 pictures').waitFor();
      expect(await browser.page.locator('.key-form').count()).toBe(0);
      await choose('locomotion-house-cat');
      await browser.settled();
      expect((await browser.names())[0]).toBe('holiday/locomotion-house-cat.jpg');
      await browser.pictured();
      expect(await shownPictures()).toBe(9);
      await browser.shoot('key-results');
      // The browser itself notes the 401 that made the page ask.
      expect(browser.complaints.filter((it) => !it.includes('401'))).toEqual([]);
    });

    test('keeps the key in this tab alone, and sends it to this server alone, never in an address', async () => {
      await openLocked('/#image=holiday%2Fblack-canyon.jpg');
      await give(KEY);
      await browser.settled();
      expect(await browser.names()).toHaveLength(8);
      expect(await browser.page.evaluate('[localStorage.length, sessionStorage.length, document.cookie]')).toEqual([
        0,
        1,
        '',
      ]);
      expect(authorized.length).toBeGreaterThan(8);
      for (const url of authorized) {
        expect(url).toMatch(new RegExp(`^${locked.url}/v1/`));
        expect(url).not.toContain('lk_');
      }
      await browser.page.reload();
      await browser.settled();
      expect(await browser.names()).toHaveLength(8);
      const another = await browser.page.context().newPage();
      await another.goto(locked.url);
      await another.getByLabel('This server asks for an API key').waitFor();
    });

    test('asks again for thumbnails that the server is too busy for', async () => {
      await openLocked();
      await give(KEY);
      const asked = new Set<string>();
      await browser.page.route('**/thumbnail?version=*', (route) => {
        const url = route.request().url();
        if (asked.has(url)) return route.fallback();
        asked.add(url);
        return route.fulfill(refusal(429, 'rate-limited', 'Too many requests', { 'retry-after': '1' }));
      });
      await choose('locomotion-house-cat');
      await browser.settled();
      await browser.pictured();
      expect(await shownPictures()).toBe(9);
      expect(asked.size).toBe(9);
    });

    test('shows nothing of the result before while the picture of the next one is on its way', async () => {
      await openLocked('/#image=holiday%2Fblack-canyon.jpg');
      await give(KEY);
      await browser.settled();
      await browser.pictured();
      const [first = '', second = ''] = await browser.names();
      const { opened, letGo } = gate();
      await browser.page.route(`**/${encodeURIComponent(second)}/thumbnail*`, async (route) => {
        await opened;
        return route.fallback();
      });
      await browser.page.getByRole('button', { name: `Compare with ${first}` }).click();
      const result = browser.page.getByRole('dialog').locator('figure').last();
      await result.locator('img').waitFor();
      await browser.page.keyboard.press('ArrowRight');
      await result.getByText(second).waitFor();
      expect(await result.locator('img').count()).toBe(0);
      letGo();
      await result.locator('img').waitFor();
    });

    test('says what is wrong with a key, and lets it be changed', async () => {
      await openLocked();
      await give('hunter2');
      await browser.page.getByText('A key begins with lk_').waitFor();
      await give(OTHER_KEY);
      await browser.page.getByText('The server does not take this key.').waitFor();
      expect(await key().inputValue()).toBe('');
      await give(KEY);
      await browser.page.getByText('9 pictures').waitFor();
      await browser.page.getByRole('button', { name: 'Change key' }).click();
      await key().waitFor();
      expect(await browser.page.evaluate('sessionStorage.length')).toBe(0);
      await browser.close();
      await openLocked('/', { viewport: { width: 375, height: 760 } });
      await key().waitFor();
      await browser.shoot('key-phone');
      expect(await browser.isWithinItsWidth()).toBe(true);
    });
  });

  test('its files are asked for again only by their tags, and no other file is served', async () => {
    const first = await fetch(`${server.url}/page/page.js`);
    expect(first.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    const etag = first.headers.get('etag') ?? '';
    expect((await fetch(`${server.url}/page/page.js`, { headers: { 'if-none-match': etag } })).status).toBe(304);
    for (const name of ['tsconfig.json', '..%2F..%2Fpackage.json', '__proto__']) {
      expect((await fetch(`${server.url}/page/${name}`)).status).toBe(404);
    }
  });

  test('its first load is under 200 kB compressed, and it asks nobody else', async () => {
    const files = ['', 'page/page.js', 'page/style.css', 'page/icon.svg'];
    const sizes = await Promise.all(
      files.map(async (it) => gzipSync(await (await fetch(`${server.url}/${it}`)).arrayBuffer()).byteLength),
    );
    expect(sizes.reduce((sum, it) => sum + it, 0)).toBeLessThan(200_000);
    await open();
    await browser.page.waitForLoadState('networkidle');
    expect([...browser.hosts]).toEqual([new URL(server.url).host]);
  });
});
