import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Controller, Get } from '@nestjs/common';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { apiKeyOf, apiKeySha256, formatApiKeyEntry } from '#core';
import { NeedsScope } from '#nest';
import { describeWith, TEST_CACHE_FOLDER } from '#testkit';
import { QueryServer } from './query-server.js';
import { SAMPLE_NAMES, samplePath, samplePicture } from './sample-pictures.js';

const CHROMIUM = '/usr/bin/chromium';
const SCREENSHOTS = join(TEST_CACHE_FOLDER, 'screenshots');
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The page asks the embedder's API for counts; here they are fixed. */
@NeedsScope('search')
@Controller('v1/status')
class Counts {
  @Get()
  counts() {
    return {
      encoder: { name: 'pixel-blocks', fingerprint: '0'.repeat(16), trained: false },
      generation: 'first',
      images: { ready: 9, failed: 1, deleted: 0 },
      stages: [{ name: 'embed', lag: 2 }],
    };
  }
}

const keyOf = (byte: number) => apiKeyOf(new Uint8Array(32).fill(byte));
const [KEY, OTHER_KEY] = [keyOf(1), keyOf(2)];
const KEYS = formatApiKeyEntry({ name: 'page', scopes: ['search'], sha256: apiKeySha256(KEY).toString('hex') });

describeWith('chromium', existsSync(CHROMIUM))('the page in a browser', () => {
  let server: QueryServer;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    server = await new QueryServer().start({}, [Counts]);
    await server.makeLive();
    for (const name of SAMPLE_NAMES) await server.addPicture(`holiday/${name}.jpg`, await samplePicture(name));
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  const open = async (options: BrowserContextOptions = {}, path = '/', url = server.url) => {
    page = await (await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })).newPage();
    complaints = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(url + path);
  };
  afterEach(() => page?.context().close());

  const choose = (name: (typeof SAMPLE_NAMES)[number]) => page.setInputFiles('#file', samplePath(name));
  const drop = async (type: string, name: string, bytes: Buffer) => {
    const transfer = await page.evaluateHandle(
      ([base64, fileName, mediaType]) => {
        const made = new (
          globalThis as unknown as { DataTransfer: new () => { items: { add(file: File): void } } }
        ).DataTransfer();
        const content = Uint8Array.from(atob(base64 ?? ''), (it) => it.charCodeAt(0));
        made.items.add(new File([content], fileName ?? '', { type: mediaType ?? '' }));
        return made;
      },
      [bytes.toString('base64'), name, type],
    );
    await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
  };
  const names = () => page.locator('.result .name').allTextContents();
  const settled = async () => {
    await page.locator('#results[aria-busy=false]').waitFor();
    await page.waitForLoadState('networkidle');
  };
  const shoot = (name: string) => page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });

  test('a dropped picture shows what looks like it, with scores, and no complaint', async () => {
    await open();
    await page.getByText('9 pictures · 2 changes on the way · 1 could not be read').waitFor();
    await shoot('start-light');
    await drop('image/jpeg', 'my cat.jpg', await samplePicture('locomotion-house-cat'));
    await settled();
    expect((await names())[0]).toBe('holiday/locomotion-house-cat.jpg');
    expect(await page.locator('.percent').first().textContent()).toMatch(/^(100|99\.\d) %$/);
    expect(await page.locator('#summary').textContent()).toMatch(/^9 pictures, most alike first, in /);
    expect(await page.locator('#untrained').isVisible()).toBe(true);
    expect(await page.locator('#searched-name').textContent()).toBe('my cat.jpg');
    await shoot('results-light');
    expect(complaints).toEqual([]);
  });

  test('a clicked result is searched by, and Back leads back', async () => {
    await open();
    await choose('nagasaki-boats');
    await settled();
    const before = await names();
    await page.locator('.result').nth(1).focus();
    await page.keyboard.press('Enter');
    await page.locator('#searched-name', { hasText: before[1] ?? '' }).waitFor();
    await settled();
    expect(await names()).not.toContain(before[1]);
    expect(page.url()).toContain('#image=holiday%2F');
    await page.goBack();
    await page.locator('#searched-name', { hasText: 'image.jpg' }).waitFor();
    await settled();
    expect(await names()).toEqual(before);
    expect(complaints).toEqual([]);
  });

  test('an address that names an image is a search by it', async () => {
    await open({}, '/#image=holiday%2Fblack-canyon.jpg');
    await settled();
    expect(await names()).toHaveLength(8);
  });

  test('what the server refuses is said, and the next search clears it', async () => {
    await open();
    await drop('image/png', 'notes.png', Buffer.from('no picture at all'));
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toContain('Picture not recognised');
    await shoot('problem-light');
    await choose('black-canyon');
    await settled();
    expect(await alert.isVisible()).toBe(false);
    // The browser itself notes the 415.
    expect(complaints.filter((it) => !it.includes('415'))).toEqual([]);
  });

  test('it works in the dark, and on a phone without scrolling sideways', async () => {
    await open({ colorScheme: 'dark' });
    await choose('french-alpine-landscape');
    await settled();
    await shoot('results-dark');
    await page.context().close();
    await open({ viewport: { width: 375, height: 760 }, deviceScaleFactor: 2 });
    await shoot('start-phone');
    await choose('allium-oreophilum');
    await settled();
    await shoot('results-phone');
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  });

  describe('of a server with keys', () => {
    let locked: QueryServer;
    let authorized: string[];
    beforeAll(async () => {
      locked = await new QueryServer().start({ LOOKALIKE_API_KEYS: KEYS }, [Counts]);
      await locked.makeLive();
      for (const name of SAMPLE_NAMES) await locked.addPicture(`holiday/${name}.jpg`, await samplePicture(name));
    });
    afterAll(() => locked?.stop());

    const openLocked = async (path = '/', options: BrowserContextOptions = {}) => {
      await open(options, path, locked.url);
      authorized = [];
      page.on('request', (request) => {
        if (request.headers().authorization !== undefined) authorized.push(request.url());
      });
    };
    const key = () => page.getByLabel('This server asks for an API key');
    const give = async (text: string) => {
      await key().fill(text);
      await page.keyboard.press('Enter');
    };
    const shownPictures = () =>
      page.evaluate(
        "[...document.querySelectorAll('.result img')].filter((it) => it.complete && it.naturalWidth > 0).length",
      );

    test('asks for a key, and then shows what looks like a picture, thumbnails too', async () => {
      await openLocked();
      await key().waitFor();
      await shoot('key-light');
      expect(await page.evaluate('document.activeElement.id')).toBe('key');
      await give(KEY);
      await page.getByText('9 pictures').waitFor();
      expect(await page.locator('#key-form').isVisible()).toBe(false);
      await choose('locomotion-house-cat');
      await settled();
      expect((await names())[0]).toBe('holiday/locomotion-house-cat.jpg');
      await page.waitForFunction(
        "document.querySelectorAll('.result img').length === 9 && [...document.querySelectorAll('.result img')].every((it) => it.naturalWidth > 0)",
      );
      expect(await shownPictures()).toBe(9);
      await shoot('key-results');
      // The browser itself notes the 401 that made the page ask.
      expect(complaints.filter((it) => !it.includes('401'))).toEqual([]);
    });

    test('keeps the key in this tab alone, and sends it to this server alone, never in an address', async () => {
      await openLocked('/#image=holiday%2Fblack-canyon.jpg');
      await give(KEY);
      await settled();
      expect(await names()).toHaveLength(8);
      expect(await page.evaluate('[localStorage.length, sessionStorage.length, document.cookie]')).toEqual([0, 1, '']);
      expect(authorized.length).toBeGreaterThan(8);
      for (const url of authorized) {
        expect(url).toMatch(new RegExp(`^${locked.url}/v1/`));
        expect(url).not.toContain('lk_');
      }
      await page.reload();
      await settled();
      expect(await names()).toHaveLength(8);
      const another = await page.context().newPage();
      await another.goto(locked.url);
      await another.getByLabel('This server asks for an API key').waitFor();
    });

    test('says what is wrong with a key, and lets it be changed', async () => {
      await openLocked();
      await give('hunter2');
      await page.getByText('A key begins with lk_').waitFor();
      await give(OTHER_KEY);
      await page.getByText('The server does not take this key.').waitFor();
      expect(await key().inputValue()).toBe('');
      await give(KEY);
      await page.getByText('9 pictures').waitFor();
      await page.getByRole('button', { name: 'Change key' }).click();
      await key().waitFor();
      expect(await page.evaluate('sessionStorage.length')).toBe(0);
      await page.context().close();
      await openLocked('/', { viewport: { width: 375, height: 760 } });
      await key().waitFor();
      await shoot('key-phone');
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    });
  });

  test('its files are asked for again only by their tags, and no other file is served', async () => {
    const first = await fetch(`${server.url}/page/page.mjs`);
    expect(first.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    const etag = first.headers.get('etag') ?? '';
    expect((await fetch(`${server.url}/page/page.mjs`, { headers: { 'if-none-match': etag } })).status).toBe(304);
    for (const name of ['tsconfig.json', '..%2F..%2Fpackage.json', '__proto__']) {
      expect((await fetch(`${server.url}/page/${name}`)).status).toBe(404);
    }
  });
});
