import { existsSync } from 'node:fs';
import { apiKeyOf, apiKeySha256, formatApiKeyEntry } from '#core';
import { describeWith } from '#testkit';
import { CHROMIUM, PageBrowser } from './page-browser.js';
import { QueryServer } from './query-server.js';
import { samplePicture } from './sample-pictures.js';

const KEY = apiKeyOf(new Uint8Array(32).fill(1));
const KEYS = formatApiKeyEntry({ name: 'page', scopes: ['search'], sha256: apiKeySha256(KEY).toString('hex') });

jest.setTimeout(90_000);

describeWith('chromium', existsSync(CHROMIUM))('the page of the API in a browser', () => {
  const browser = new PageBrowser();
  let server: QueryServer;

  beforeAll(async () => {
    server = await new QueryServer().start({ LOOKALIKE_API_KEYS: KEYS });
    await server.makeLive();
    await server.addPicture('cat', await samplePicture('locomotion-house-cat'));
    await browser.start();
  });
  afterAll(async () => {
    await browser.stop();
    await server?.stop();
  });
  afterEach(() => browser.close());

  test('shows the endpoints without a key, and asks nobody else for anything', async () => {
    const page = await browser.open(`${server.url}/docs`);
    await page.getByText('Image search over a collection that changes all day.').waitFor();
    await page.locator('#operations-searching-postV1Search').waitFor();
    await browser.shoot('api', false);
    expect(browser.complaints).toEqual([]);
    expect([...browser.hosts].filter((it) => it !== '')).toEqual([new URL(server.url).host]);
  });

  test('sends a request with the key that is given', async () => {
    const page = await browser.open(`${server.url}/docs`);
    const operation = page.locator('#operations-searching-getV1ImagesImageId');
    const send = async () => {
      await operation.locator('input[placeholder=imageId]').fill('cat');
      await operation.getByRole('button', { name: 'Execute' }).click();
    };
    await operation.locator('.opblock-summary-control').click();
    await operation.getByRole('button', { name: 'Try it out' }).click();
    await send();
    await operation.locator('.live-responses-table').getByText('unauthenticated', { exact: false }).first().waitFor();
    await page.getByRole('button', { name: 'Authorize' }).first().click();
    await page.locator('.auth-container input').fill(KEY);
    await page.locator('.auth-btn-wrapper button[type=submit]').click();
    await page.locator('.auth-btn-wrapper .btn-done').click();
    await operation.getByRole('button', { name: 'Execute' }).click();
    await operation.locator('.live-responses-table').getByText('perceptualHash', { exact: false }).first().waitFor();
    // The first one was refused, as it should be.
    expect(browser.complaints.filter((it) => !it.includes('401'))).toEqual([]);
  });

  test('has no other files', async () => {
    expect((await fetch(`${server.url}/docs/package.json`)).status).toBe(404);
  });
});
