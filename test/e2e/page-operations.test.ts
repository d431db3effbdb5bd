import { existsSync } from 'node:fs';
import { apiKeyOf, apiKeySha256, formatApiKeyEntry } from '#core';
import { describeWith } from '#testkit';
import { CHROMIUM, PageBrowser } from '../query/page-browser.js';
import { samplePicture } from '../query/sample-pictures.js';
import { Collection } from './collection.js';
import { type ServerProcess, Workplace } from './server-process.js';

jest.setTimeout(180_000);

const [OPERATOR, SEARCHER] = [1, 2].map((byte) => apiKeyOf(new Uint8Array(32).fill(byte))) as [string, string];
const sha256 = (key: string) => apiKeySha256(key).toString('hex');
const KEYS = [
  formatApiKeyEntry({ name: 'ops', scopes: ['search', 'publish', 'operate'], sha256: sha256(OPERATOR) }),
  formatApiKeyEntry({ name: 'web', scopes: ['search'], sha256: sha256(SEARCHER) }),
].join(',');

describeWith('chromium', existsSync(CHROMIUM))('operating on the page', () => {
  const workplace = new Workplace();
  const browser = new PageBrowser();
  let server: ServerProcess;

  beforeAll(async () => {
    server = await workplace.start({ LOOKALIKE_API_KEYS: KEYS });
    const collection = new Collection(() => server.url, OPERATOR);
    await collection.visible(await collection.add('boats', await samplePicture('nagasaki-boats')));
    const cat = await samplePicture('locomotion-house-cat');
    for (const name of ['torn', 'ripped'])
      await collection.visible(await collection.add(name, cat.subarray(0, 20_000)));
    await browser.start();
  });
  afterAll(async () => {
    await browser.stop();
    await workplace.remove();
  });
  afterEach(() => browser.close());

  const open = async (key: string, options: Parameters<PageBrowser['open']>[1] = {}) => {
    await browser.open(`${server.url}/#operations`, options);
    await browser.page.getByLabel('This server asks for an API key').waitFor();
    // The browser itself notes each of the refusals that made the page ask.
    await browser.page.waitForLoadState('networkidle');
    browser.complaints = [];
    await browser.page.getByLabel('This server asks for an API key').fill(key);
    await browser.page.keyboard.press('Enter');
  };
  const button = (name: string) => browser.page.getByRole('button', { name, exact: true });
  const confirm = async (name: string, of = '') => {
    await button(`${name} ${of}`.trim()).click();
    await browser.page.getByRole('dialog').getByRole('button', { name, exact: true }).click();
  };

  test('a key that may not operate is told so', async () => {
    await open(SEARCHER);
    await browser.page.getByText('This key may not operate.').waitFor();
  });

  test.each([
    ['light', {}],
    ['dark', { colorScheme: 'dark' }],
    ['phone', { viewport: { width: 375, height: 760 } }],
  ] as const)(
    'stages, generations and dead letters are shown, with nothing in the way of people: %s',
    async (name, options) => {
      await open(OPERATOR, options);
      await browser.page.getByText('Dead letters', { exact: true }).waitFor();
      await browser.page.getByRole('rowheader', { name: 'embed' }).waitFor();
      await browser.page.locator('.letters li').nth(1).waitFor();
      expect(await browser.barriers()).toEqual([]);
      expect(await browser.isWithinItsWidth()).toBe(true);
      await browser.shoot(`page-operations-${name}`);
      expect(browser.complaints).toEqual([]);
    },
  );

  test('a dead letter is discarded when that is confirmed, and one is redriven', async () => {
    await open(OPERATOR);
    await confirm('Discard', 'ripped');
    await button('Redrive ripped').waitFor({ state: 'detached' });
    const [redriven] = await Promise.all([
      browser.page.waitForResponse(`${server.url}/v1/dead-letters/*/redrive`),
      button('Redrive torn').click(),
    ]);
    expect(redriven.status()).toBe(202);
    expect(browser.complaints).toEqual([]);
  });

  test('a reindex is watched, switched to when that is confirmed, and rolled back', async () => {
    await open(OPERATOR);
    await browser.page.locator('.generation').waitFor();
    const started = await fetch(`${server.url}/v1/reindex`, {
      method: 'POST',
      headers: { authorization: `Bearer ${OPERATOR}`, 'content-type': 'application/json' },
      body: '{}',
    });
    expect(started.status).toBe(202);
    await browser.page.getByText('verified', { exact: true }).waitFor({ timeout: 60_000 });
    expect(await browser.barriers()).toEqual([]);
    await browser.shoot('page-reindex');
    const live = () => browser.page.locator('.generation h3').first().textContent();
    const before = await live();
    await confirm('Switch');
    await button('Roll back').waitFor({ timeout: 60_000 });
    expect(await live()).not.toBe(before);
    await confirm('Roll back');
    await browser.page.getByRole('heading', { name: before ?? '', exact: true }).waitFor();
    expect(browser.complaints).toEqual([]);
  });
});
