import { existsSync } from 'node:fs';
import { describeWith } from '#testkit';
import { CHROMIUM, gate, refusal } from './page-browser.js';
import { pageServer } from './page-server.js';
import { SAMPLE_NAMES, samplePath, samplePicture } from './sample-pictures.js';

jest.setTimeout(90_000);

/** So low that the end of a first page is out of sight. */
const LOW = { viewport: { width: 600, height: 400 } };
const ALL = 3 * SAMPLE_NAMES.length - 1;

describeWith('chromium', existsSync(CHROMIUM))('waits and troubles on the page', () => {
  const { server, browser } = pageServer(async (it) => {
    // As many as make further pages.
    for (const folder of ['a', 'b', 'c']) {
      for (const name of SAMPLE_NAMES) await it.addStored(`${folder}/${name}.jpg`, await samplePicture(name));
    }
  });

  const openResults = async () => {
    await browser.open(`${server.url}/#image=${encodeURIComponent('a/black-canyon.jpg')}`, LOW);
    await browser.settled();
    expect(await browser.page.locator('.end').count()).toBe(1);
  };
  const goToEnd = () => browser.page.locator('.end').scrollIntoViewIfNeeded();
  const summary = () => browser.page.locator('#summary').textContent();
  const busy = (seconds: number) =>
    refusal(429, 'rate-limited', 'Too many requests', { 'retry-after': String(seconds) });

  test('a next page that failed is asked for again by itself: results and place stay', async () => {
    await openResults();
    const before = await browser.names();
    await browser.page.context().setOffline(true);
    await goToEnd();
    const alert = browser.page.getByRole('alert');
    await alert.getByText('This device has no network.').waitFor();
    expect(await browser.names()).toEqual(before);
    expect((await alert.boundingBox())?.y).toBeGreaterThan(0);
    await browser.page.context().setOffline(false);
    const asked: { cursor?: string }[] = [];
    browser.page.on('request', (request) => {
      if (request.url().endsWith('/v1/search')) asked.push(request.postDataJSON());
    });
    await browser.page.getByRole('button', { name: 'Try again' }).click();
    await browser.page.locator('.end').waitFor({ state: 'detached' });
    expect(asked.map(({ cursor }) => typeof cursor)).toEqual(['string']);
    const after = await browser.names();
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after).toHaveLength(ALL);
    expect(await alert.count()).toBe(0);
  });

  test('a result that comes again with the next page is shown once', async () => {
    await openResults();
    const [first = ''] = (await browser.names()).slice(-1);
    const results = await browser.page.evaluate(async (imageId) => {
      const body = JSON.stringify({ imageId: 'a/black-canyon.jpg', limit: 50 });
      const response = await fetch('/v1/search', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      const answer = (await response.json()) as { results: { imageId: string }[] };
      return answer.results.filter((it) => it.imageId === imageId);
    }, first);
    expect(results).toHaveLength(1);
    await browser.page.route('**/v1/search', async (route) => {
      const response = await route.fetch();
      const body = await response.json();
      return route.fulfill({ response, json: { ...body, results: [...results, ...body.results] } });
    });
    await goToEnd();
    await browser.page.locator('.end').waitFor({ state: 'detached' });
    const names = await browser.names();
    expect(names).toHaveLength(ALL);
    expect(new Set(names).size).toBe(ALL);
  });

  test('what a search waits for is said until it is answered, whatever else is answered meanwhile', async () => {
    await browser.open(server.url);
    const counts = gate();
    await browser.page.route('**/v1/facets?*', async (route) => {
      await counts.opened;
      return route.fallback();
    });
    await browser.page.route('**/v1/search', (route) => route.fulfill(busy(9)));
    await browser.page.setInputFiles('#file', samplePath('black-canyon'));
    await browser.page.getByText('Too many requests. Asking again in 9 s').waitFor();
    counts.letGo();
    await browser.page.locator('.filters').waitFor();
    expect(await summary()).toContain('Too many requests. Asking again in 9 s');
  });

  test('what else the page waits for is not said of a search', async () => {
    await browser.open(server.url);
    const [counts, search] = [gate(), gate()];
    let asked = 0;
    await browser.page.route('**/v1/facets?*', async (route) => {
      if (asked++ === 0) return route.fulfill(busy(1));
      counts.letGo();
      return route.fallback();
    });
    await browser.page.route('**/v1/search', async (route) => {
      await search.opened;
      return route.fallback();
    });
    await browser.page.setInputFiles('#file', samplePath('black-canyon'));
    await browser.page.getByText('Searching…').waitFor();
    await counts.opened;
    expect(await summary()).toMatch(/^(Searching…|Still searching)/);
    search.letGo();
    await browser.settled();
    expect(await browser.names()).not.toHaveLength(0);
  });
});
