import { existsSync } from 'node:fs';
import type { Response } from 'playwright-core';
import sharp from 'sharp';
import { apiKeyOf, apiKeySha256, formatApiKeyEntry } from '#core';
import { describeWith, eventually } from '#testkit';
import { send } from '../ingest/requests.js';
import { CHROMIUM, PageBrowser } from '../query/page-browser.js';
import { samplePicture } from '../query/sample-pictures.js';
import { type Accepted, Collection } from './collection.js';
import { type ServerProcess, Workplace } from './server-process.js';

jest.setTimeout(180_000);

const [REVIEWER, SEARCHER] = [1, 2].map((byte) => apiKeyOf(new Uint8Array(32).fill(byte))) as [string, string];
const sha256 = (key: string) => apiKeySha256(key).toString('hex');
const KEYS = [
  formatApiKeyEntry({ name: 'reviewer', scopes: ['search', 'publish', 'operate'], sha256: sha256(REVIEWER) }),
  formatApiKeyEntry({ name: 'web', scopes: ['search'], sha256: sha256(SEARCHER) }),
].join(',');
const MODES = [
  ['light', {}],
  ['dark', { colorScheme: 'dark' }],
  ['phone', { viewport: { width: 375, height: 760 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true }],
] as const;

const CATS = ['cats/cat.jpg', 'cats/cat again.jpg', 'cats/small cat.jpg'];
const BOATS = ['boats.jpg', 'mirrored boats.jpg'];
const HOMES = ['home.jpg', 'home, pale.jpg'];
const byText = (a: readonly string[], b: readonly string[]) => (a.join() < b.join() ? -1 : 1);

describeWith('chromium', existsSync(CHROMIUM))('reviewing duplicates on the page', () => {
  const workplace = new Workplace();
  const browser = new PageBrowser();
  let server: ServerProcess;
  let collection: Collection;

  beforeAll(async () => {
    server = await workplace.start({ LOOKALIKE_API_KEYS: KEYS });
    collection = new Collection(() => server.url, REVIEWER);
    const [cat, boats, home] = await Promise.all([
      samplePicture('locomotion-house-cat'),
      samplePicture('nagasaki-boats'),
      samplePicture('dust-bowl-home'),
    ]);
    const added: Accepted[] = [];
    const add = async (id: string, picture: Uint8Array) => added.push(await collection.add(id, picture));
    await add('cats/cat.jpg', cat);
    await add('cats/cat again.jpg', cat);
    await add('cats/small cat.jpg', await sharp(cat).resize({ width: 200 }).jpeg().toBuffer());
    await add('boats.jpg', boats);
    await add('mirrored boats.jpg', await sharp(boats).flop().jpeg({ quality: 70 }).toBuffer());
    await add('home.jpg', home);
    await add('home, pale.jpg', await sharp(home).modulate({ brightness: 1.1 }).jpeg({ quality: 80 }).toBuffer());
    await add('canyon.jpg', await samplePicture('black-canyon'));
    for (const it of added) await collection.visible(it);
    await eventually(
      async () => expect((await ask('')).body).toMatchObject({ totals: { groups: 3 }, waiting: 0 }),
      60_000,
    );
    await browser.start();
  });
  afterAll(async () => {
    await browser.stop();
    await workplace.remove();
  });
  afterEach(() => browser.close());

  const authorized = (init: RequestInit = {}) => ({
    ...init,
    headers: { ...(init.headers as Record<string, string>), authorization: `Bearer ${REVIEWER}` },
  });
  const ask = (path: string) => send(`${server.url}/v1/duplicates${path}`, authorized());
  const give = async (key: string) => {
    await browser.page.getByLabel('This server asks for an API key').waitFor();
    // The browser itself notes each of the refusals that made the page ask.
    await browser.page.waitForLoadState('networkidle');
    browser.complaints = [];
    await browser.page.getByLabel('This server asks for an API key').fill(key);
    await press('Enter');
  };
  /** The groups are there, and the focus is in the first one. */
  const open = async (key = REVIEWER, options: Parameters<PageBrowser['open']>[1] = {}) => {
    await browser.open(`${server.url}/#duplicates`, options);
    await give(key);
    await browser.page.locator('.group').first().waitFor();
    await browser.page.waitForLoadState('networkidle');
  };

  const press = async (...keys: readonly string[]) => {
    for (const it of keys) await browser.page.keyboard.press(it);
  };
  const groups = () => browser.page.locator('.group');
  /** The images of each group in the list. */
  const listed = async () => {
    const all = await groups().all();
    return Promise.all(all.map((it) => it.locator('.name').allTextContents()));
  };
  const lists = (...expected: readonly (readonly string[])[]) =>
    eventually(async () => expect((await listed()).toSorted(byText)).toEqual(expected.toSorted(byText)), 30_000);
  /** As a screen reader says what has the focus. */
  const focused = () =>
    browser.page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent");
  const says = (text: string) => browser.page.getByRole('status').getByText(text, { exact: false }).first().waitFor();
  const marks = async () => (await groups().first().locator('.mark').allTextContents()).join(', ');
  const goTo = async (image: string) => {
    for (let step = 0; step < 3 && !String(await focused()).startsWith(image); step++) await press('j');
    expect(await focused()).toContain(image);
  };
  /** What the server has, as it was asked for by `act`. */
  /** The page also asks what a resolution would do, to know whether its key may decide: that decides nothing. */
  const decidedBy = async (act: () => Promise<unknown>) => {
    const isDecision = (response: Response) => {
      if (!response.url().endsWith('/v1/duplicates/decisions') || response.request().method() !== 'POST') return false;
      const { decision, delete: deletes } = response.request().postDataJSON();
      return decision !== 'resolve' || deletes === true;
    };
    const [response] = await Promise.all([browser.page.waitForResponse(isDecision), act()]);
    return { status: response.status(), body: response.request().postDataJSON() };
  };
  const serverLists = (...expected: readonly (readonly string[])[]) =>
    eventually(async () => {
      const { body } = await ask('');
      const found = body.groups.map(({ members }: { members: { imageId: string }[] }) =>
        members.map((it) => it.imageId),
      );
      expect(found.toSorted(byText)).toEqual(expected.toSorted(byText));
      expect(body.waiting).toBe(0);
    }, 60_000);
  /** Without what the browser notes of a refusal that a test wants. */
  const complaintsBut = (status: number) => browser.complaints.filter((it) => !it.includes(`status of ${status}`));

  test.each(MODES)('nothing stands in the way of people: %s', async (name, options) => {
    await open(REVIEWER, options);
    expect(await browser.barriers()).toEqual([]);
    expect(await browser.isWithinItsWidth()).toBe(true);
    await browser.shoot(`page-duplicates-${name}`, false);
    await browser.page.keyboard.press('Enter');
    await browser.page.getByRole('dialog').waitFor();
    expect(await browser.barriers()).toEqual([]);
    await browser.shoot(`page-duplicates-compare-${name}`, false);
    await browser.page.keyboard.press('Enter');
    await browser.page.keyboard.press('d');
    await browser.page.getByRole('dialog').waitFor();
    expect(await browser.barriers()).toEqual([]);
    await browser.shoot(`page-duplicates-delete-${name}`, false);
    await browser.page.keyboard.press('Escape');
    await browser.page.keyboard.press('?');
    await browser.page.getByRole('dialog').waitFor();
    expect(await browser.barriers()).toEqual([]);
    await browser.shoot(`page-duplicates-keys-${name}`, false);
    expect(browser.complaints).toEqual([]);
  });

  test('groups and their images are gone through by keys, and what stays is chosen', async () => {
    await open();
    await browser.page.getByText('3 groups, 7 images, 489 kB would be saved').waitFor();
    expect(await listed()).toContainEqual(CATS);
    expect((await listed())[0]).toEqual(CATS);
    expect(await focused()).toMatch(/^cats\/cat.jpg, Stays, First, 1024 × 510, 270 kB, /);
    expect(await marks()).toBe('Stays, Goes, Goes');
    await press('ArrowRight', 'ArrowRight', 'ArrowRight');
    expect(await focused()).toMatch(/^cats\/small cat.jpg, Goes, Same picture (100|9\d\.\d) %, 200 × 99, /);
    await press('s');
    expect(await marks()).toBe('Goes, Goes, Stays');
    await press('ArrowLeft', 'Space');
    expect(await marks()).toBe('Goes, Stays, Stays');
    await press('x');
    expect(await marks()).toBe('Goes, Left out, Stays');
    await press('2');
    expect(await marks()).toBe('Stays, Left out, Goes');
    await press('x', '3', 'j', 'j', 'k', 'k');
    expect(await focused()).toMatch(/^cats\/cat.jpg, Stays/);
    await press('Enter', 'ArrowRight');
    const dialog = browser.page.getByRole('dialog');
    expect(await dialog.locator('figcaption').last().textContent()).toContain('cats/small cat.jpg');
    await press('Space');
    expect(await marks()).toBe('Stays, Goes, Stays');
    await press('Escape');
    expect(await focused()).toMatch(/^cats\/small cat.jpg, Stays/);
    expect(browser.complaints).toEqual([]);
  });

  test('what is no duplicate does not come back, until that is undone', async () => {
    await open();
    await goTo('boats.jpg');
    const { status, body } = await decidedBy(() => press('n'));
    expect([status, body.decision]).toEqual([200, 'not-a-duplicate']);
    await says('No duplicates: both images with boats.jpg. Undo: u.');
    await lists(CATS, HOMES);
    await serverLists(CATS, HOMES);
    expect(await focused()).toMatch(/^(home|cats\/cat).jpg/);
    await browser.page.getByText('2 groups, 5 images').waitFor();
    await press('u');
    await lists(CATS, HOMES, BOATS);
    expect(await focused()).toMatch(/^boats.jpg/);
    await serverLists(CATS, HOMES, BOATS);
    expect(browser.complaints).toEqual([]);
  });

  test('duplicates that are kept do not come back, until that is undone in the list of decisions', async () => {
    await open();
    await goTo('home.jpg');
    const { body } = await decidedBy(() => press('a'));
    expect(body.decision).toBe('keep');
    await lists(CATS, BOATS);
    await browser.close();
    await open();
    await lists(CATS, BOATS);
    const undo = browser.page.getByRole('button', { name: 'Undo: Kept all: home.jpg and 1 other' });
    await undo.focus();
    await press('Enter');
    await lists(CATS, HOMES, BOATS);
    expect(await browser.page.locator('.last-decisions li').first().textContent()).toMatch(/by reviewer.*Undone/);
    await serverLists(CATS, HOMES, BOATS);
    expect(await browser.barriers()).toEqual([]);
    await browser.shoot('page-duplicates-decisions', false);
    expect(browser.complaints).toEqual([]);
  });

  test('the others are deleted when that is confirmed, and come back when it is undone', async () => {
    await open();
    const sent: unknown[] = [];
    browser.page.on('request', (it) => {
      if (it.method() === 'POST') sent.push(it.postDataJSON());
    });
    await press('d');
    await browser.page.getByRole('dialog', { name: 'Delete 2 images, 276 kB?' }).waitFor();
    await press('Escape', 'd');
    expect(sent).toEqual([]);
    const { status, body } = await decidedBy(() => press('Enter'));
    expect(status).toBe(200);
    expect(body).toMatchObject({ decision: 'resolve', keepImages: ['cats/cat.jpg'], delete: true });
    await says('Kept cats/cat.jpg; 2 images are deleted. Undo: u.');
    await lists(HOMES, BOATS);
    expect(await focused()).toMatch(/^(home|boats).jpg/);
    await browser.shoot('page-duplicates-deleted', false);
    await serverLists(HOMES, BOATS);
    await press('u');
    await lists(CATS, HOMES, BOATS);
    await says('Taken back. 2 images are being added again.');
    await groups().first().locator('img').nth(2).waitFor();
    await serverLists(CATS, HOMES, BOATS);
    expect(browser.complaints).toEqual([]);
  });

  test('an image that is left out is not decided about, and comes in a group of what is left, where what was kept stays', async () => {
    await open();
    await press('x', 'd');
    await browser.page.getByRole('dialog', { name: 'Delete 1 image, 6 kB?' }).waitFor();
    await press('Escape');
    const { body } = await decidedBy(() => press('a'));
    expect(body.images.map((it: { imageId: string }) => it.imageId)).toEqual(CATS.slice(1));
    await lists(HOMES, BOATS);
    await browser.page.getByRole('button', { name: '1 more group has come: show them' }).click();
    await eventually(async () => expect(await listed()).toContainEqual(CATS.slice(0, 2)), 30_000);
    await goTo('cats/cat.jpg, Goes');
    await press('ArrowRight');
    expect(await focused()).toMatch(/^cats\/cat again.jpg, Stays, Identical file, Kept earlier, /);
    await browser.page.locator('.action-bar').getByRole('button', { name: 'Undo' }).click();
    await lists(CATS, HOMES, BOATS);
    await browser.page.getByText('3 groups, 7 images').waitFor();
    await serverLists(CATS, HOMES, BOATS);
    expect(browser.complaints).toEqual([]);
  });

  test('a group that has changed meanwhile comes back with what is wrong', async () => {
    await open();
    await collection.visible(await collection.add('mirrored boats.jpg', await samplePicture('march-pastoral')));
    await goTo('boats.jpg');
    const { status } = await decidedBy(() => press('a'));
    expect(status).toBe(409);
    await browser.page.getByRole('alert').getByText('Not done, the group is back: Some of these images').waitFor();
    await lists(CATS, HOMES, BOATS);
    await browser.page.getByRole('button', { name: 'Show the group' }).focus();
    await press('Enter');
    expect(await focused()).toMatch(/^boats.jpg/);
    await browser.page.getByRole('row').getByText('Look at them again. Changed: mirrored boats.jpg.').waitFor();
    expect(await browser.barriers()).toEqual([]);
    await browser.shoot('page-duplicates-failed', false);
    expect(complaintsBut(409)).toEqual([]);
    const flopped = await sharp(await samplePicture('nagasaki-boats'))
      .flop()
      .jpeg({ quality: 70 })
      .toBuffer();
    await collection.visible(await collection.add('mirrored boats.jpg', flopped));
    await serverLists(CATS, HOMES, BOATS);
    await browser.page.getByRole('row').getByRole('button', { name: 'Look again' }).click();
    await browser.page.getByText('Look at them again.').waitFor({ state: 'detached' });
    await lists(CATS, HOMES, BOATS);
  });

  test('a decision that the server cannot take comes back, and a server that still reads its log is waited for', async () => {
    const problem = { code: 'overloaded', title: 'The server has too much to do', canRetry: true };
    const refuse = { status: 503, contentType: 'application/problem+json', headers: { 'retry-after': '1' } };
    let refused = 0;
    await browser.open(server.url);
    await browser.page.route('**/v1/duplicates?order=images', (route) => {
      if (refused++ > 0) return route.fallback();
      const detail = 'Duplicates are still being read from the log. Try again in a moment.';
      return route.fulfill({ ...refuse, body: JSON.stringify({ ...problem, detail }) });
    });
    await give(REVIEWER);
    await browser.page.getByRole('link', { name: 'Duplicates' }).focus();
    await press('Enter');
    await says('Duplicates are still being read from the log. Try again in a moment. Asking again in 1 s…');
    await lists(CATS, HOMES, BOATS);
    expect(await focused()).toMatch(/^cats\/cat.jpg/);
    await browser.page.route('**/v1/duplicates/decisions', (route) =>
      route.fulfill({ ...refuse, body: JSON.stringify({ ...problem, detail: '' }) }),
    );
    await press('n');
    await lists(HOMES, BOATS);
    await browser.page.getByRole('alert').getByText('Not done, the group is back: The server has').waitFor();
    await lists(CATS, HOMES, BOATS);
    expect(complaintsBut(503)).toEqual([]);
  });

  test('a key without the scope publish shows what there is, and says why nothing can be decided', async () => {
    await open(SEARCHER);
    await browser.page.getByText('Give one with the scope publish: Change key.').first().waitFor();
    for (const name of [/^No duplicates/, /^Keep all/, /^Delete/, /^Undo/]) {
      expect(await browser.page.locator('.action-bar').getByRole('button', { name }).isDisabled()).toBe(true);
    }
    await press('n', 'a', 'd');
    await says('This key may not decide about duplicates.');
    await lists(CATS, HOMES, BOATS);
    expect(await browser.barriers()).toEqual([]);
    await browser.shoot('page-duplicates-scope', false);
    expect(complaintsBut(403)).toEqual([]);
  });

  test('the list goes on as it is gone through, each group once', async () => {
    await browser.open(server.url);
    await browser.page.route('**/v1/duplicates?order=*', (route) =>
      route.continue({ url: `${route.request().url()}&limit=1` }),
    );
    await give(REVIEWER);
    await browser.page.getByRole('link', { name: 'Duplicates' }).click();
    await lists(CATS, HOMES, BOATS);
    await browser.page.getByLabel('Order').selectOption('saved-bytes');
    await lists(CATS, HOMES, BOATS);
    expect(browser.complaints).toEqual([]);
  });

  test('by finger too, to the last group, and then says that there is none', async () => {
    await open(REVIEWER, MODES[2][1]);
    for (let left = 3; left > 0; left--) {
      expect(await groups().count()).toBe(left);
      await browser.page.getByRole('button', { name: 'Keep all' }).tap();
    }
    await browser.page.getByText('Nothing to review.').waitFor();
    await browser.page.getByText('All images have been compared with each other.').waitFor();
    // A frame after the sentence is there.
    await eventually(async () => expect(await focused()).toContain('Nothing to review.'), 10_000);
    expect(await browser.barriers()).toEqual([]);
    expect(await browser.isWithinItsWidth()).toBe(true);
    await browser.shoot('page-duplicates-none-phone', false);
    await browser.page.getByRole('button', { name: 'Undo' }).last().tap();
    await press('u', 'u');
    await lists(CATS, HOMES, BOATS);
    await serverLists(CATS, HOMES, BOATS);
    expect(browser.complaints).toEqual([]);
  });
});
