import { existsSync } from 'node:fs';
import sharp from 'sharp';
import type { Region } from '#core';
import { describeWith } from '#testkit';
import { CHROMIUM, gate, PageBrowser, refusal } from './page-browser.js';
import { QueryServer } from './query-server.js';
import { SAMPLE_NAMES, samplePicture } from './sample-pictures.js';
import { Counts } from './status-counts.js';

jest.setTimeout(90_000);

/** Of the boats, as shares: what is seen of them in the copy that is searched by. */
const CROP: Region = { left: 0.1, top: 0.2, width: 0.7, height: 0.7 };
const BOATS = 'nagasaki-boats.jpg';

interface Asked {
  readonly minMatch?: string;
  readonly filter?: unknown;
}

describeWith('chromium', existsSync(CHROMIUM))('copies on the page', () => {
  const browser = new PageBrowser();
  let server: QueryServer;
  /** A part of the boats, on its side. */
  let turnedCrop: Buffer;

  beforeAll(async () => {
    server = await new QueryServer().start({}, [Counts]);
    await server.makeLive();
    for (const [at, name] of SAMPLE_NAMES.entries()) {
      await server.addStored(`${name}.jpg`, await samplePicture(name), { album: at % 2 === 0 ? 'even' : 'odd' });
    }
    // As many as make further pages.
    for (let copy = 1; copy <= 2; copy++) {
      for (const name of SAMPLE_NAMES.slice(3))
        await server.addStored(`others/${name} ${copy}.jpg`, await samplePicture(name));
    }
    const boats = await samplePicture('nagasaki-boats');
    const { width, height } = await sharp(boats).metadata();
    const [left, top] = [Math.round(CROP.left * width), Math.round(CROP.top * height)];
    const size = { width: Math.round(CROP.width * width), height: Math.round(CROP.height * height) };
    turnedCrop = await sharp(
      await sharp(boats)
        .extract({ left, top, ...size })
        .toBuffer(),
    )
      .rotate(90)
      .jpeg({ quality: 70 })
      .toBuffer();
    await browser.start();
  }, 60_000);
  afterAll(async () => {
    await browser.stop();
    await server?.stop();
  });
  afterEach(() => browser.close());

  const copies = () => browser.page.locator('.copies');
  const line = () => browser.page.locator('.copies-line');
  const searchByCrop = async () => {
    await browser.open(server.url);
    await browser.drop('image/jpeg', 'turned part.jpg', turnedCrop);
  };
  /** Requests for copies wait until they are let go; what they are answered with, where not by the server. */
  const holdCopies = async () => {
    const { opened, letGo } = gate();
    await browser.page.route('**/v1/search', async (route) => {
      if (!route.request().postData()?.includes('same-picture')) return route.fallback();
      const answer = await opened;
      return answer === undefined ? route.fallback() : route.fulfill(answer);
    });
    return letGo;
  };

  /** Where an element lies in another, in shares of it; each side may be off by 5 %. */
  const expectPlace = async (inner: string, outer: string, expected: Region) => {
    for (const it of [inner, outer]) await browser.page.locator(it).first().waitFor();
    const found = (await browser.page.evaluate(
      `(() => {
        const [a, b] = ['${inner}', '${outer}'].map((it) => document.querySelector(it).getBoundingClientRect());
        return { left: (a.left - b.left) / b.width, top: (a.top - b.top) / b.height, width: a.width / b.width, height: a.height / b.height };
      })()`,
    )) as Region;
    for (const side of ['left', 'top', 'width', 'height'] as const)
      expect(Math.abs(found[side] - expected[side])).toBeLessThan(0.05);
  };

  test('stand first with how they are turned, and not again among what looks alike', async () => {
    await searchByCrop();
    await copies().waitFor();
    await browser.settled();
    expect(await copies().locator('h2').textContent()).toBe('The same picture · 1');
    expect(await copies().locator('.name').allTextContents()).toEqual([BOATS]);
    expect(await copies().locator('.badge').textContent()).toBe('Same picture');
    expect(await copies().textContent()).toContain('Turned a quarter to the left, shows more of it');
    const names = await browser.names();
    expect(names[0]).toBe(BOATS);
    expect(names.filter((it) => it === BOATS)).toHaveLength(1);
    expect(await browser.page.locator('#summary').textContent()).toContain('1 copy found');
    expect(await browser.barriers()).toEqual([]);
    expect(browser.complaints).toEqual([]);
  });

  test('come after what looks alike, in the place of the line that says they are looked for', async () => {
    await browser.open(server.url);
    const letGo = await holdCopies();
    await browser.drop('image/jpeg', 'turned part.jpg', turnedCrop);
    await line().waitFor();
    expect(await line().textContent()).toBe('Looking for copies …');
    expect(await browser.page.getByRole('status').last().textContent()).toContain('Looking for copies');
    expect(await browser.page.locator('.card').count()).toBeGreaterThan(9);
    const at = await line().boundingBox();
    letGo();
    await copies().waitFor();
    expect((await copies().boundingBox())?.y).toBe(at?.y);
    expect(await line().count()).toBe(0);
  });

  test('leave results that somebody points at where they are, until they are asked for', async () => {
    await browser.open(server.url);
    const letGo = await holdCopies();
    await browser.drop('image/jpeg', 'turned part.jpg', turnedCrop);
    await line().waitFor();
    const card = browser.page.locator('.card').nth(3);
    await card.hover();
    await browser.page.mouse.move(700, 700, { steps: 2 });
    const before = [await card.boundingBox(), await card.textContent()];
    letGo();
    await browser.page.getByText('1 copy found').last().waitFor();
    expect([await card.boundingBox(), await card.textContent()]).toEqual(before);
    expect(await copies().count()).toBe(0);
    await browser.shoot('page-copies-offered');
    expect(await browser.barriers()).toEqual([]);
    await browser.page.getByRole('button', { name: 'Show them first' }).click();
    expect((await browser.names())[0]).toBe(BOATS);
    expect(await line().count()).toBe(0);
  });

  test('are none of a picture that is not there, and the line says so', async () => {
    await browser.open(server.url);
    await browser.drop(
      'image/png',
      'red.png',
      await sharp({ create: { width: 300, height: 200, channels: 3, background: 'crimson' } })
        .png()
        .toBuffer(),
    );
    await browser.page.getByText('No copies found').first().waitFor();
    expect(await browser.page.locator('.card').count()).toBeGreaterThan(9);
  });

  test('are asked for with the same filters, once, and not with further pages', async () => {
    await browser.open(server.url);
    const asked: Asked[] = [];
    browser.page.on('request', (request) => {
      if (request.url().endsWith('/v1/search')) asked.push(request.postDataJSON() as Asked);
    });
    const filter = encodeURIComponent(JSON.stringify([{ of: { attribute: 'album' }, values: ['even', 'odd'] }]));
    await browser.page.goto(`${server.url}/#image=${BOATS}&filter=${filter}`);
    await browser.settled();
    expect(asked.map(({ minMatch }) => minMatch)).toEqual([undefined, 'same-picture']);
    const expected = { all: [{ attribute: 'album', in: ['even', 'odd'] }] };
    expect(asked.map((it) => it.filter)).toEqual([expected, expected]);
  });

  test('are not asked for by several examples', async () => {
    await browser.open(`${server.url}/#image=${BOATS}&like=black-canyon.jpg`);
    await browser.settled();
    expect(await line().count()).toBe(0);
    expect(await copies().count()).toBe(0);
  });

  test('that could not be looked for hide nothing of what looks alike, and can be looked for again', async () => {
    await browser.open(server.url);
    const letGo = await holdCopies();
    await browser.drop('image/jpeg', 'turned part.jpg', turnedCrop);
    letGo(refusal(500, 'internal', 'Internal error'));
    await browser.page.getByText('Copies could not be looked for: Internal error.').first().waitFor();
    expect(await browser.page.locator('.card').count()).toBeGreaterThan(9);
    expect(await browser.page.getByRole('alert').count()).toBe(0);
    await browser.page.unroute('**/v1/search');
    await browser.page.getByRole('button', { name: 'Look again' }).click();
    await copies().waitFor();
  });

  test('are shown where what looks alike could not be searched for', async () => {
    await browser.open(server.url);
    await browser.page.clock.install();
    await browser.page.route('**/v1/search', (route) =>
      route.request().postData()?.includes('same-picture')
        ? route.fallback()
        : route.fulfill(refusal(503, 'overloaded', 'Too busy')),
    );
    const refused = browser.page.waitForResponse('**/v1/search');
    await browser.drop('image/jpeg', 'turned part.jpg', turnedCrop);
    await refused;
    // What it asks again for.
    await browser.page.clock.fastForward(20_000);
    await copies().waitFor();
    expect(await browser.page.getByRole('alert').textContent()).toContain('Too busy');
    expect(await browser.names()).toEqual([BOATS]);
  });

  test('are told of only where they may be: a stranger has its similarity alone', async () => {
    await browser.open(server.url);
    await browser.page.route('**/v1/search', async (route) => {
      const response = await route.fetch();
      const body = await response.json();
      const match = (at: number) => ({ match: 'look-alike', probability: [0.12, 0.049][at] ?? 0 });
      await route.fulfill({
        response,
        json: { ...body, results: body.results.map((it: object, at: number) => ({ ...it, ...match(at) })) },
      });
    });
    await browser.page.goto(`${server.url}/#image=${BOATS}&like=black-canyon.jpg`);
    await browser.settled();
    const [first, second] = [0, 1].map((at) => browser.page.locator('.card').nth(at));
    expect(await first?.locator('.badge').textContent()).toBe('Perhaps the same picture');
    expect(await first?.locator('.sure').textContent()).toBe('Perhaps a copy (12.0 %)');
    expect(await second?.locator('.badge, .sure').count()).toBe(0);
    expect(await second?.locator('.similarity').textContent()).toMatch(/^similarity −?\d\.\d\d$/);
    expect(await browser.page.locator('.results').textContent()).not.toMatch(/Looks alike|Hardly/);
    expect(await browser.barriers()).toEqual([]);
  });

  test('of a part of a picture are outlined in that picture too', async () => {
    const region = { left: 0.2, top: 0.25, width: 0.6, height: 0.6 };
    const hash = new URLSearchParams({ image: 'black-canyon.jpg', region: JSON.stringify(region) });
    await browser.open(`${server.url}/#${hash}`);
    await copies().waitFor();
    await browser.page.getByRole('button', { name: 'Compare with others/black-canyon 1.jpg' }).click();
    await browser.page.locator('dialog .outline').nth(1).waitFor();
    await browser.page.waitForLoadState('networkidle');
    for (const figure of ['figure:first-child', 'figure:last-child'])
      await expectPlace(`${figure} .outline`, `${figure} .framed`, region);
  });

  test('are compared with the part outlined that both show, and laid over each other', async () => {
    await searchByCrop();
    await copies().waitFor();
    await browser.page.getByRole('button', { name: `Compare with ${BOATS}` }).click();
    const dialog = browser.page.getByRole('dialog');
    await dialog.locator('.outline').waitFor();
    await browser.page.waitForLoadState('networkidle');
    expect(await dialog.locator('.outline').count()).toBe(1);
    await expectPlace('.outline', '.framed:has(.outline)', CROP);
    expect(await browser.barriers()).toEqual([]);
    await browser.shoot('page-compare-outlined', false);
    await browser.page.getByRole('button', { name: 'Lay over each other' }).click();
    await browser.page.waitForLoadState('networkidle');
    await expectPlace('.laid-query img', '.layer:not(.laid-query) img', CROP);
    expect(await browser.barriers()).toEqual([]);
    await browser.shoot('page-compare-laid', false);
    await browser.page.getByLabel('How much of the query shows').fill('1');
    expect(await dialog.locator('.laid-query').evaluate((it) => it.getAttribute('style'))).toContain('opacity: 1');
    expect(browser.complaints).toEqual([]);
  });
});
