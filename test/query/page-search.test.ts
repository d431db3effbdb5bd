import { existsSync } from 'node:fs';
import type { Request } from 'playwright-core';
import { LookalikeError } from '#core';
import { describeWith } from '#testkit';
import { CHROMIUM, PageBrowser, refusal } from './page-browser.js';
import { QueryServer } from './query-server.js';
import { SAMPLE_NAMES, samplePath, samplePicture } from './sample-pictures.js';
import { Counts } from './status-counts.js';

jest.setTimeout(90_000);

const MODES = [
  ['light', {}],
  ['dark', { colorScheme: 'dark' }],
  ['phone', { viewport: { width: 375, height: 760 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true }],
] as const;

describeWith('chromium', existsSync(CHROMIUM))('searching on the page', () => {
  const browser = new PageBrowser();
  let server: QueryServer;

  beforeAll(async () => {
    server = await new QueryServer().start({}, [Counts]);
    await server.makeLive();
    for (const [at, name] of SAMPLE_NAMES.entries()) {
      const album = at % 3 === 0 ? 'pets' : 'trips';
      await server.addStored(`${name}.jpg`, await samplePicture(name), { album });
    }
    // As many as make further pages.
    for (let copy = 1; copy <= 3; copy++) {
      for (const name of SAMPLE_NAMES) await server.addStored(`copies/${name} ${copy}.jpg`, await samplePicture(name));
    }
    await server.addFailed('torn.jpg');
    await browser.start();
  }, 60_000);
  afterAll(async () => {
    await browser.stop();
    await server?.stop();
  });
  afterEach(() => browser.close());

  const CAT = '#image=locomotion-house-cat.jpg';
  const open = async (hash = CAT, options: Parameters<PageBrowser['open']>[1] = {}) => {
    await browser.open(`${server.url}/${hash}`, options);
    if (hash.startsWith('#image')) await browser.settled();
  };
  const button = (name: string | RegExp) => browser.page.getByRole('button', { name, exact: typeof name === 'string' });
  /** The body of the search that `act` makes the page ask for. */
  const searchedBy = async (act: () => Promise<unknown>) => {
    // Next pages of the search before may still be asked for.
    const isFirst = (request: Request) =>
      request.url().endsWith('/v1/search') && request.postDataJSON().cursor === undefined;
    const [request] = await Promise.all([browser.page.waitForRequest(isFirst), act()]);
    await browser.settled();
    return request.postDataJSON() as Record<string, unknown>;
  };

  test.each(MODES)('nothing stands in the way of people: %s', async (name, options) => {
    await open('', options);
    await browser.page.getByText('Find pictures that look like yours').waitFor();
    expect(await browser.barriers()).toEqual([]);
    await browser.shoot(`page-start-${name}`);
    await browser.close();
    await open(CAT, options);
    expect(await browser.barriers()).toEqual([]);
    expect(await browser.isWithinItsWidth()).toBe(true);
    await browser.shoot(`page-results-${name}`);
    await button('Compare with copies/locomotion-house-cat 1.jpg').click();
    await browser.page.getByRole('dialog').waitFor();
    await browser.page.waitForLoadState('networkidle');
    expect(await browser.barriers()).toEqual([]);
    await browser.shoot(`page-compare-${name}`, false);
    expect(browser.complaints).toEqual([]);
  });

  test('a result says that it is the same file, in words and as a badge, and a stranger has neither', async () => {
    await open();
    const first = browser.page.locator('.card').first();
    expect(await first.locator('.badge').textContent()).toBe('Identical file');
    expect(await first.locator('.sure').textContent()).toBe('The same bytes');
    const last = browser.page.locator('.card').last();
    expect(await last.locator('.badge, .sure').count()).toBe(0);
    expect(await last.locator('.similarity').textContent()).toMatch(/^similarity 0\.\d\d$/);
  });

  test('a rectangle is dragged by mouse, and its part is searched by', async () => {
    await open();
    const box = await browser.page.locator('.searched-frame').boundingBox();
    if (box === null) throw new Error('No picture is shown.');
    const { mouse } = browser.page;
    const body = await searchedBy(async () => {
      await mouse.move(box.x + box.width * 0.25, box.y + box.height * 0.25);
      await mouse.down();
      await mouse.move(box.x + box.width * 0.75, box.y + box.height * 0.75, { steps: 4 });
      await mouse.up();
    });
    const { left, width } = body.region as { left: number; width: number };
    expect(left).toBeCloseTo(0.25, 1);
    expect(width).toBeCloseTo(0.5, 1);
    expect(browser.page.url()).toContain('region=');
    await browser.shoot('page-region');
    const whole = await searchedBy(() => button('Search by the whole picture').click());
    expect(whole.region).toBeUndefined();
    expect(browser.complaints).toEqual([]);
  });

  test('a rectangle is made by keyboard', async () => {
    await open();
    await browser.page.locator('.searched-frame').focus();
    const body = await searchedBy(async () => {
      for (const key of ['Enter', 'ArrowLeft', 'Shift+ArrowDown', 'Enter']) await browser.page.keyboard.press(key);
    });
    expect(body.region).toEqual({ left: 0.2, top: 0.25, width: 0.5, height: 0.55 });
  });

  test('a rectangle is drawn by finger', async () => {
    await open(CAT, MODES[2][1]);
    const box = await browser.page.locator('.searched-frame').boundingBox();
    if (box === null) throw new Error('No picture is shown.');
    const touch = await browser.page.context().newCDPSession(browser.page);
    const at = (share: number) => [{ x: box.x + box.width * share, y: box.y + box.height * share }];
    const body = await searchedBy(async () => {
      await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: at(0.1) });
      await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: at(0.4) });
      await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: at(0.6) });
      await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    });
    expect((body.region as { width: number }).width).toBeCloseTo(0.5, 1);
  });

  test('further examples are added, shown as chips and removed', async () => {
    await open();
    const like = await searchedBy(() => button('More like airplane-from-above.jpg').click());
    expect(like.positives).toEqual([{ imageId: 'airplane-from-above.jpg' }]);
    const last = (await browser.names()).at(-1) ?? '';
    const unlike = await searchedBy(() => button(`Less like ${last}`).click());
    expect(unlike.negatives).toEqual([{ imageId: last }]);
    expect(await browser.page.locator('.chip').count()).toBe(2);
    expect(await browser.page.getByLabel('Only copies of this picture').isDisabled()).toBe(true);
    expect(await browser.barriers()).toEqual([]);
    await browser.shoot('page-examples');
    const rest = await searchedBy(() => button(`Remove the example ${last}`).click());
    expect(rest.negatives).toBeUndefined();
    expect(browser.complaints).toEqual([]);
  });

  test('the mode is chosen, and copies alone are asked for', async () => {
    await open();
    expect((await searchedBy(() => browser.page.getByLabel('Mode').selectOption('exact'))).mode).toBe('exact');
    const copies = await searchedBy(() => browser.page.getByLabel('Only copies of this picture').check());
    expect(copies).toMatchObject({ minMatch: 'same-picture', mode: 'exact' });
    for (const name of await browser.names()) expect(name).toContain('locomotion-house-cat');
    expect(browser.page.url()).toContain('copies=1');
  });

  test('a picture is pasted, and a camera is asked for on a phone', async () => {
    await open('');
    await browser.page.evaluate(
      (base64) => {
        const bytes = Uint8Array.from(atob(base64), (it) => it.charCodeAt(0));
        const { DataTransfer, ClipboardEvent, dispatchEvent } = globalThis as unknown as {
          DataTransfer: new () => { items: { add(file: File): void } };
          ClipboardEvent: new (name: string, init: object) => Event;
          dispatchEvent(event: Event): void;
        };
        const clipboardData = new DataTransfer();
        clipboardData.items.add(new File([bytes], 'image.png', { type: 'image/jpeg' }));
        dispatchEvent(new ClipboardEvent('paste', { clipboardData }));
      },
      (await samplePicture('nagasaki-boats')).toString('base64'),
    );
    await browser.settled();
    expect((await browser.names()).slice(0, 4).every((it) => it.includes('nagasaki-boats'))).toBe(true);
    expect(await browser.page.locator('#camera').getAttribute('capture')).toBe('environment');
  });

  test('a link that this server does not fetch is refused in words', async () => {
    await open('');
    await button('Use a link').click();
    await browser.page.getByLabel('Link to a picture').fill('http://127.0.0.1/cat.jpg');
    await button('Search').click();
    await browser.page.getByRole('alert').waitFor();
    expect(browser.page.url()).toContain('link=');
    expect([...browser.hosts]).toEqual([new URL(server.url).host]);
  });

  test('a link that this server fetches is searched by, and no other host is asked by the page', async () => {
    const link = 'https://photos.example/cat.jpg';
    server.fetchLink = async (uri) => {
      if (uri !== link) throw new LookalikeError('link-gone', 'The server answered 404.');
      return { bytes: await samplePicture('locomotion-house-cat'), mediaType: 'image/jpeg' };
    };
    await open('');
    await button('Use a link').click();
    await browser.page.getByLabel('Link to a picture').fill(link);
    expect((await searchedBy(() => button('Search').click())).link).toBe(link);
    expect(await browser.page.locator('#searched-name').textContent()).toBe(link);
    const names = await browser.names();
    expect(names).toHaveLength(24);
    expect(names.slice(0, 4).every((it) => it.includes('locomotion-house-cat'))).toBe(true);
    expect([...browser.hosts]).toEqual([new URL(server.url).host]);
    expect(browser.complaints).toEqual([]);
  });

  test('results go on as the page is scrolled, each once', async () => {
    await open();
    await browser.page.locator('.end').scrollIntoViewIfNeeded();
    await browser.page.locator('.end').waitFor({ state: 'detached' });
    const names = await browser.names();
    expect(names).toHaveLength(35);
    expect(new Set(names).size).toBe(35);
    expect(browser.complaints).toEqual([]);
  });

  test('filters offer what the server declares, stand in the address, and Back takes them away', async () => {
    await open();
    const filters = () => browser.page.locator('.filters');
    const body = await searchedBy(() => filters().getByLabel('pets').check());
    expect(body.filter).toEqual({ all: [{ attribute: 'album', in: ['pets'] }] });
    expect(await browser.names()).toHaveLength(2);
    expect(await browser.barriers()).toEqual([]);
    await browser.shoot('page-filters');
    const address = browser.page.url();
    await browser.page.goBack();
    await browser.page.locator('.card').nth(5).waitFor();
    await browser.close();
    await browser.open(address);
    await browser.settled();
    expect(await browser.names()).toHaveLength(2);
    expect(await filters().getByLabel('pets').isChecked()).toBe(true);
    expect(browser.complaints).toEqual([]);
  });

  test('a result is compared, told why, and the next one is an arrow away', async () => {
    await open();
    await button('Compare with copies/locomotion-house-cat 1.jpg').click();
    const dialog = browser.page.getByRole('dialog');
    expect(await dialog.textContent()).toContain('Cosine 1.0000');
    const before = await dialog.locator('figcaption').last().textContent();
    await browser.page.keyboard.press('ArrowRight');
    expect(await dialog.locator('figcaption').last().textContent()).not.toBe(before);
    await browser.page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(browser.complaints).toEqual([]);
  });

  test('a busy server is asked again when it says, and a lost network is told of', async () => {
    await open('');
    let refusals = 0;
    await browser.page.route('**/v1/search', async (route) => {
      if (refusals++ > 0) return route.fallback();
      return route.fulfill(refusal(429, 'rate-limited', 'Too many requests', { 'retry-after': '2' }));
    });
    await browser.page.setInputFiles('#file', samplePath('black-canyon'));
    await browser.page.getByText('Too many requests. Asking again in 2 s').waitFor();
    await browser.settled();
    expect(await browser.names()).not.toHaveLength(0);
    await browser.page.context().setOffline(true);
    await browser.page.getByText('Offline.').waitFor();
    await browser.page.getByLabel('Mode').selectOption('fast');
    await browser.page.getByText('This device has no network.').waitFor();
    await browser.shoot('page-offline');
    await browser.page.context().setOffline(false);
    await button('Try again').click();
    await browser.settled();
    expect(await browser.names()).not.toHaveLength(0);
  });

  test.each(MODES)('the collection shows images with their states and reasons: %s', async (name, options) => {
    await open('#collection', options);
    await browser.page.locator('.collection[aria-busy=false]').waitFor();
    await browser.page.getByRole('link', { name: 'Failed' }).click();
    await browser.page.locator('.card.failed').waitFor();
    await browser.page.getByText('The picture is damaged.').waitFor();
    expect(await browser.page.locator('.card').count()).toBe(1);
    expect(await browser.barriers()).toEqual([]);
    await browser.page.getByRole('link', { name: 'All' }).click();
    await browser.page.locator('.card').nth(20).waitFor();
    await browser.page.waitForLoadState('networkidle');
    expect(await browser.isWithinItsWidth()).toBe(true);
    await browser.shoot(`page-collection-${name}`);
    expect(browser.complaints).toEqual([]);
  });
});
