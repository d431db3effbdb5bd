import { existsSync } from 'node:fs';
import { describeWith } from '#testkit';
import { CHROMIUM, PageBrowser } from './page-browser.js';
import { QueryServer } from './query-server.js';
import { SAMPLE_NAMES, samplePath, samplePicture } from './sample-pictures.js';

jest.setTimeout(90_000);

describeWith('chromium', existsSync(CHROMIUM))('the page of a query application alone', () => {
  const browser = new PageBrowser();
  let server: QueryServer;

  beforeAll(async () => {
    server = await new QueryServer().start();
    await server.makeLive();
    for (const name of SAMPLE_NAMES) await server.addStored(`${name}.jpg`, await samplePicture(name));
    await browser.start();
  }, 60_000);
  afterAll(async () => {
    await browser.stop();
    await server?.stop();
  });
  afterEach(() => browser.close());

  /** The browser itself notes what is not served. */
  const others = () => browser.complaints.filter((it) => !it.includes('404'));

  test('searches and lists, and does not complain of what it does not serve', async () => {
    await browser.open(server.url);
    await browser.page.setInputFiles('#file', samplePath('black-canyon'));
    await browser.settled();
    expect((await browser.names())[0]).toBe('black-canyon.jpg');
    await browser.page.getByRole('link', { name: 'Collection' }).click();
    await browser.page.locator('.card').nth(8).waitFor();
    expect(await browser.page.locator('.problem, [role=alert]').count()).toBe(0);
    expect(others()).toEqual([]);
    // Once for the counts, never again.
    expect(browser.complaints).toHaveLength(1);
  });

  test.each(['light', 'dark'] as const)('says where operations are served: %s', async (colorScheme) => {
    await browser.open(`${server.url}/#operations`, { colorScheme });
    await browser.page.getByText('This address answers searches only.').waitFor();
    expect(await browser.page.getByRole('note').textContent()).toContain('served by the embedder, at its own address');
    expect(await browser.page.locator('.problem, [role=alert]').count()).toBe(0);
    expect(await browser.barriers()).toEqual([]);
    await browser.shoot(`page-operations-elsewhere-${colorScheme}`);
    expect(others()).toEqual([]);
  });
});
