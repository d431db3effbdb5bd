import { existsSync } from 'node:fs';
import { describeWith } from '#testkit';
import { CHROMIUM, gate } from './page-browser.js';
import { pageServer } from './page-server.js';
import { SAMPLE_NAMES, samplePicture } from './sample-pictures.js';

jest.setTimeout(90_000);

const CAT = 'locomotion-house-cat.jpg';

describeWith('chromium', existsSync(CHROMIUM))('steps on the page', () => {
  const { server, browser } = pageServer(async (it) => {
    for (const [at, name] of SAMPLE_NAMES.entries()) {
      const album = at % 3 === 0 ? 'pets' : 'trips';
      await it.addStored(`${name}.jpg`, await samplePicture(name), { album });
    }
  });

  const open = async (hash: string) => {
    await browser.open(`${server.url}/${hash}`);
    if (hash.startsWith('#image')) await browser.settled();
  };
  const button = (name: string) => browser.page.getByRole('button', { name, exact: true });
  const dialog = () => browser.page.getByRole('dialog');
  const searchedBy = (name: string) => browser.page.getByRole('heading', { name, exact: true, level: 1 }).waitFor();
  const result = (at: number) => browser.page.locator('.result').nth(at);
  /** Searches by a result, or with it. @returns what has the focus then. */
  const focusedAfter = async (act: () => Promise<unknown>) => {
    await Promise.all([browser.page.waitForResponse('**/v1/search'), act()]);
    await browser.settled();
    return browser.focused();
  };

  test('Back leads to the search that was there, also past a reload and a search after it', async () => {
    await open(`#image=${CAT}`);
    const names = await browser.names();
    const [first = '', second = ''] = names;
    for (const name of [first, second]) {
      await browser.page.getByRole('button', { name: new RegExp(`^${name}, `) }).click();
      await searchedBy(name);
      await browser.settled();
    }
    await browser.page.reload();
    await searchedBy(second);
    await browser.drop('image/jpeg', 'later.jpg', await samplePicture('dust-bowl-home'));
    await searchedBy('later.jpg');
    await browser.settled();
    for (const name of [second, first, CAT]) {
      await browser.page.goBack();
      await searchedBy(name);
    }
    await browser.settled();
    expect(await browser.names()).toEqual(names);
    expect(browser.complaints).toEqual([]);
  });

  test('Back closes a comparison at once, and it does not open by itself later', async () => {
    await open('#collection');
    await browser.page.getByRole('link', { name: `Search by ${CAT}` }).click();
    await searchedBy(CAT);
    await browser.settled();
    await button('Compare with black-canyon.jpg').click();
    await dialog().waitFor();
    await browser.page.goBack();
    await browser.page.getByRole('heading', { name: 'Collection' }).waitFor();
    expect(await dialog().count()).toBe(0);
    await browser.page.goForward();
    await searchedBy(CAT);
    await browser.settled();
    expect(await dialog().count()).toBe(0);
    await button('More like dust-bowl-home.jpg').click();
    await browser.page.locator('.chip').waitFor();
    await browser.settled();
    await button('Compare with black-canyon.jpg').click();
    await dialog().waitFor();
    const { opened, letGo } = gate();
    await browser.page.route('**/v1/search', async (route) => {
      await opened;
      return route.fallback();
    });
    await browser.page.goBack();
    await dialog().waitFor({ state: 'detached' });
    expect(await browser.focused()).toBe('searched-name');
    letGo();
    await browser.settled();
    expect(await browser.names()).toContain('black-canyon.jpg');
    expect(await dialog().count()).toBe(0);
    expect(browser.complaints).toEqual([]);
  });

  test('the focus goes from what a search takes away to the name of what is searched by', async () => {
    await open(`#image=${CAT}`);
    const press = (name: string) => async () => {
      await button(name).focus();
      await browser.page.keyboard.press('Enter');
    };
    await result(2).focus();
    expect(await focusedAfter(() => browser.page.keyboard.press('Enter'))).toBe('searched-name');
    const [like = '', unlike = '', , compared = ''] = await browser.names();
    expect(await focusedAfter(press(`More like ${like}`))).toBe('searched-name');
    expect(await focusedAfter(press(`Less like ${unlike}`))).toBe('searched-name');
    expect(await focusedAfter(press(`Remove the example ${like}`))).toBe('searched-name');
    await press(`Compare with ${compared}`)();
    await dialog().waitFor();
    expect(await focusedAfter(press('Search by this result'))).toBe('searched-name');
    await searchedBy(compared);
    expect(await browser.barriers()).toEqual([]);
    expect(browser.complaints).toEqual([]);
  });

  test('the focus stays at what stays', async () => {
    await open(`#image=${CAT}`);
    const mode = browser.page.getByLabel('Mode');
    await mode.focus();
    await focusedAfter(() => mode.selectOption('exact'));
    expect(await browser.page.evaluate('document.activeElement.tagName')).toBe('SELECT');
    const album = browser.page.getByLabel('pets');
    await album.focus();
    await focusedAfter(() => browser.page.keyboard.press('Space'));
    expect(await album.evaluate((it) => it === it.ownerDocument.activeElement)).toBe(true);
  });

  test('what is wrong in an address is left out, and the rest is searched by', async () => {
    const of = { attribute: 'album' };
    const right = { of, values: ['pets', 'trips'] };
    const wrong = [{}, null, 7, { of }, { of: 'album', values: ['pets'] }, { of, values: [{}] }, { of, least: [] }];
    const hash = new URLSearchParams({ image: CAT, region: '{"left": 0}' });
    hash.set('filter', JSON.stringify([...wrong, right]));
    await open('');
    const [request] = await Promise.all([
      browser.page.waitForRequest('**/v1/search'),
      browser.page.goto(`${server.url}/#${hash}`),
    ]);
    await browser.page.getByLabel('pets').waitFor();
    await browser.settled();
    expect(request.postDataJSON().filter).toEqual({ all: [{ ...of, in: right.values }] });
    expect(request.postDataJSON().region).toBeUndefined();
    expect(await browser.names()).toHaveLength(8);
    expect(browser.complaints).toEqual([]);
  });
});
