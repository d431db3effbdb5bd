import { existsSync } from 'node:fs';
import { describeWith, eventually } from '#testkit';
import { CHROMIUM } from './page-browser.js';
import { pageServer } from './page-server.js';
import { SAMPLE_NAMES, samplePicture } from './sample-pictures.js';

jest.setTimeout(90_000);

/** As many as are offered, with two images each; one more has one. */
const ALBUMS = Array.from({ length: 12 }, (_, at) => `album ${String.fromCharCode(97 + at)}`);
const RARE = 'rare';

describeWith('chromium', existsSync(CHROMIUM))('filters on the page', () => {
  const { server, browser } = pageServer(async (it) => {
    const pictures = await Promise.all(SAMPLE_NAMES.slice(0, 2).map(samplePicture));
    for (const album of ALBUMS) {
      for (const [at, picture] of pictures.entries()) await it.addStored(`${album} ${at}.jpg`, picture, { album });
    }
    await it.addStored('rare.jpg', await samplePicture('black-canyon'), { album: RARE });
  });

  const open = async (choices: readonly object[] = []) => {
    const hash = new URLSearchParams({ image: 'rare.jpg', filter: JSON.stringify(choices) });
    await browser.open(`${server.url}/#${hash}`);
    await browser.settled();
  };
  const album = (name: string) => browser.page.getByRole('checkbox', { name });
  /** Of each value of the albums, how many images it says there are. */
  const counts = async () => {
    const values = await browser.page.locator('.facet', { hasText: 'album' }).locator('.value').all();
    const texts = await Promise.all(values.map((it) => it.locator('span').allTextContents()));
    return Object.fromEntries(texts.map(([name = '', images]) => [name, Number(images)]));
  };
  const counted = (expected: Record<string, number>) =>
    eventually(async () => expect(await counts()).toEqual(expected));
  /** What there is of the images that are left has been counted, and they are shown. */
  const narrowedBy = async (act: () => Promise<unknown>) => {
    const isNarrowed = (url: string) => url.includes('/v1/facets') && url.includes('filter=');
    await Promise.all([browser.page.waitForResponse((response) => isNarrowed(response.url())), act()]);
    await browser.settled();
  };
  const ofEach = (names: readonly string[]) => Object.fromEntries(names.map((it) => [it, 2]));

  test('several values of an attribute that has one of them are chosen one after the other', async () => {
    await open();
    await counted(ofEach(ALBUMS));
    await narrowedBy(() => album('album a').check());
    expect((await browser.names()).toSorted()).toEqual(['album a 0.jpg', 'album a 1.jpg']);
    expect(await counts()).toEqual(ofEach(ALBUMS));
    await narrowedBy(() => album('album c').check());
    expect(await browser.names()).toHaveLength(4);
    expect(await counts()).toEqual(ofEach(ALBUMS));
    expect(await album('album a').isChecked()).toBe(true);
    await narrowedBy(() => album('album a').uncheck());
    expect((await browser.names()).toSorted()).toEqual(['album c 0.jpg', 'album c 1.jpg']);
    expect(browser.complaints).toEqual([]);
  });

  test('a chosen value that is too rare to be offered is counted too, and others can be added to it', async () => {
    await open([{ of: { attribute: 'album' }, values: [RARE] }]);
    await counted({ ...ofEach(ALBUMS), [RARE]: 1 });
    expect(await album(RARE).isChecked()).toBe(true);
  });

  test('a chosen attribute is counted as the other choices leave it', async () => {
    await open([
      { of: { attribute: 'album' }, values: ['album a'] },
      { of: { field: 'mediaType' }, values: ['image/png'] },
    ]);
    const asked: string[] = [];
    browser.page.on('request', (request) => {
      if (request.url().includes('/v1/facets')) asked.push(new URL(request.url()).search);
    });
    await browser.page.reload();
    await counted(ofEach(ALBUMS));
    // All of them, and each of both that are chosen.
    expect(asked).toHaveLength(3);
    expect(await browser.barriers()).toEqual([]);
  });
});
