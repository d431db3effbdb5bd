import { existsSync } from 'node:fs';
import { describeWith } from '#testkit';
import { CHROMIUM, gate } from './page-browser.js';
import { pageServer } from './page-server.js';
import { SAMPLE_NAMES, samplePicture } from './sample-pictures.js';

jest.setTimeout(90_000);

/** With the others more than a page. */
const FAILED = 45;
const ALL = SAMPLE_NAMES.length + FAILED + 1;

describeWith('chromium', existsSync(CHROMIUM))('the collection on the page', () => {
  const { server, browser } = pageServer(async (it) => {
    for (const name of SAMPLE_NAMES) await it.addStored(`${name}.jpg`, await samplePicture(name));
    for (let at = 0; at < FAILED; at++) await it.addFailed(`torn ${at}.jpg`);
    await it.addDeleted('gone.jpg');
  });

  const listed = () => browser.page.locator('.collection[aria-busy=false]').waitFor();
  const open = async () => {
    await browser.open(`${server.url}/#collection`);
    await browser.page.locator('.card').first().waitFor();
    await listed();
  };
  const tab = (name: string) => browser.page.getByRole('navigation', { name: 'State' }).getByRole('link', { name });
  const more = () => browser.page.getByRole('button', { name: 'More images' });
  /** Lists that `isHeld` waits for are answered when they are let go. */
  const hold = async (isHeld: (url: string) => boolean) => {
    const { opened, letGo } = gate();
    await browser.page.route('**/v1/images?*', async (route) => {
      if (isHeld(route.request().url())) await opened;
      return route.fallback();
    });
    return letGo;
  };

  test('has images of every state under All, page by page, each once', async () => {
    await open();
    await more().click();
    await more().waitFor({ state: 'detached' });
    const names = await browser.names();
    expect(names).toHaveLength(ALL);
    expect(new Set(names).size).toBe(ALL);
    expect(await browser.page.locator('.card', { hasText: 'gone.jpg' }).locator('.badge').textContent()).toBe(
      'Deleted',
    );
    await tab('Deleted').click();
    await browser.page.locator('.card.failed').first().waitFor({ state: 'detached' });
    await listed();
    expect(await browser.names()).toEqual(['gone.jpg']);
    expect(browser.complaints).toEqual([]);
  });

  test('takes nothing of a page of another state that was still on its way', async () => {
    await open();
    const letGo = await hold((url) => url.includes('cursor='));
    const isPage = (request: { url(): string }) => request.url().includes('cursor=');
    const ended = Promise.race([
      browser.page.waitForEvent('requestfailed', isPage),
      browser.page.waitForEvent('requestfinished', isPage),
    ]);
    await more().click();
    await tab('Failed').click();
    await browser.page.locator('.card.ready').first().waitFor({ state: 'detached' });
    await browser.page
      .locator('.card.failed')
      .nth(FAILED - 1)
      .waitFor();
    letGo();
    await ended;
    await browser.page.waitForLoadState('networkidle');
    expect(await browser.page.locator('.card').count()).toBe(FAILED);
    expect(await browser.page.locator('.card.failed').count()).toBe(FAILED);
    expect(await more().count()).toBe(0);
  });

  test('offers no further page of the state before while the next one is asked for', async () => {
    await open();
    await more().waitFor();
    const letGo = await hold((url) => url.includes('state=deleted'));
    await tab('Deleted').click();
    await browser.page.locator('.card').first().waitFor({ state: 'detached' });
    expect(await browser.page.locator('.end').count()).toBe(0);
    letGo();
    await browser.page.getByText('gone.jpg').waitFor();
  });

  test('asks again for a next page that failed, and keeps what is there', async () => {
    await open();
    const before = await browser.names();
    await browser.page.context().setOffline(true);
    await more().click();
    await browser.page.getByText('This device has no network.').waitFor();
    await browser.page.context().setOffline(false);
    await browser.page.getByRole('button', { name: 'Try again' }).click();
    await more().waitFor({ state: 'detached' });
    const after = await browser.names();
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after).toHaveLength(ALL);
    expect(await browser.page.getByRole('alert').count()).toBe(0);
  });
});
