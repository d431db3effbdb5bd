import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describeWith, PROJECT_ROOT } from '#testkit';
import { CHROMIUM, PageBrowser } from '../query/page-browser.js';
import { SAMPLE_NAMES, samplePicture } from '../query/sample-pictures.js';
import { type Accepted, Collection } from './collection.js';
import { type ServerProcess, Workplace } from './server-process.js';

jest.setTimeout(180_000);

const FOLDER = join(PROJECT_ROOT, 'docs/images');
const MAX_BYTES = 150_000;
const GUIDE = 'docs/how-to/search-page.md';
/** Set by `npm run screenshots`; else the pictures that are there are only checked. */
const isWritten = process.env.WRITE_SCREENSHOTS === 'true';

const PICTURES = ['search', 'compare', 'laid-over', 'collection', 'duplicates', 'operations', 'phone-dark'] as const;
type PictureName = (typeof PICTURES)[number];

const ALBUMS: Readonly<Record<(typeof SAMPLE_NAMES)[number], string>> = {
  'locomotion-house-cat': 'animals',
  'allium-oreophilum': 'plants',
  'nagasaki-boats': 'harbours',
  'black-canyon': 'landscapes',
  'french-alpine-landscape': 'landscapes',
  'dust-bowl-home': 'landscapes',
  'airplane-from-above': 'machines',
  'acanthus-mollis': 'plants',
  'march-pastoral': 'animals',
};

/** Public-domain photos, copies of one of them, and a torn file. Searchable when this is done. */
async function fill(collection: Collection): Promise<void> {
  const add = async (name: string, picture: Uint8Array, album: string) =>
    accepted.push(await collection.add(name, picture, { album }));
  const accepted: Accepted[] = [];
  for (const name of SAMPLE_NAMES) await add(`${name}.jpg`, await samplePicture(name), ALBUMS[name]);
  const boats = await samplePicture('nagasaki-boats');
  const faded = await sharp(boats)
    .modulate({ brightness: 1.25, saturation: 0.4 })
    .resize(640)
    .jpeg({ quality: 60 })
    .toBuffer();
  await add('prints/boats, faded.jpg', faded, 'harbours');
  await add('prints/boats, mirrored.jpg', await sharp(boats).flop().resize(800).jpeg().toBuffer(), 'harbours');
  await add('torn.jpg', boats.subarray(0, 20_000), 'harbours');
  await Promise.all(accepted.map((it) => collection.visible(it)));
}

/** A part of the boats, scanned on its side. */
async function scannedPart(): Promise<Buffer> {
  const boats = await samplePicture('nagasaki-boats');
  const { width, height } = await sharp(boats).metadata();
  const part = { left: width * 0.1, top: height * 0.2, width: width * 0.7, height: height * 0.7 };
  const [left, top, across, down] = Object.values(part).map(Math.round) as [number, number, number, number];
  const cut = await sharp(boats).extract({ left, top, width: across, height: down }).toBuffer();
  return sharp(cut).rotate(90).jpeg({ quality: 80 }).toBuffer();
}

describeWith('chromium', existsSync(CHROMIUM))('pictures of the page in the docs', () => {
  const workplace = new Workplace();
  const browser = new PageBrowser();
  let server: ServerProcess;

  beforeAll(async () => {
    server = await workplace.start({ LOOKALIKE_ATTRIBUTES: 'album:string' });
    await fill(new Collection(() => server.url));
    await browser.start();
  });
  afterAll(async () => {
    await browser.stop();
    await workplace.remove();
  });
  afterEach(() => browser.close());

  /** What is in the window, once its pictures have come. */
  const shoot = async (name: PictureName) => {
    await browser.pictured();
    const png = await browser.page.screenshot();
    if (!isWritten) return;
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(join(FOLDER, `${name}.webp`), await sharp(png).webp({ quality: 82, effort: 6 }).toBuffer());
  };
  const searchByPart = async (options: Parameters<PageBrowser['open']>[1] = {}) => {
    await browser.open(server.url, options);
    await browser.drop('image/jpeg', 'scanned print.jpg', await scannedPart());
    await browser.page.locator('.copies').waitFor();
    await browser.settled();
  };

  test('are taken of a search with copies first', async () => {
    await searchByPart();
    expect((await browser.names()).slice(0, 3)).toContain('nagasaki-boats.jpg');
    await shoot('search');
  });

  test('are taken of a copy that is compared, and laid over', async () => {
    await searchByPart({ viewport: { width: 1100, height: 900 } });
    await browser.page.getByRole('button', { name: 'Compare with nagasaki-boats.jpg' }).click();
    await browser.page.locator('dialog .outline').waitFor();
    await shoot('compare');
    await browser.page.getByRole('button', { name: 'Lay over each other' }).click();
    await browser.page.locator('.laid-query img').waitFor();
    await shoot('laid-over');
  });

  test('are taken of the collection and of operations', async () => {
    await browser.open(`${server.url}/#collection`);
    await browser.page.locator('.card').nth(11).waitFor();
    await shoot('collection');
    await browser.page.goto(`${server.url}/#operations`);
    await browser.page.locator('.letters li').waitFor();
    await browser.page.locator('.generation').waitFor();
    await shoot('operations');
  });

  test('are taken of a review of duplicates', async () => {
    await browser.open(`${server.url}/#duplicates`);
    await browser.page.getByText('prints/boats, mirrored.jpg').first().waitFor();
    await shoot('duplicates');
  });

  test('are taken of a phone in the dark', async () => {
    const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
    await searchByPart({ ...phone, colorScheme: 'dark' });
    await shoot('phone-dark');
  });

  test('are all there, small, and shown by the guide', () => {
    const files = PICTURES.map((name) => `${name}.webp`);
    expect(readdirSync(FOLDER).sort()).toEqual([...files].sort());
    for (const file of files) expect(statSync(join(FOLDER, file)).size).toBeLessThanOrEqual(MAX_BYTES);
    const guide = readFileSync(join(PROJECT_ROOT, GUIDE), 'utf8');
    const shown = [...guide.matchAll(/!\[[^\]]{10,}\]\(\.\.\/images\/([^)]+)\)/g)].map(([, file]) => file);
    expect(shown.sort()).toEqual([...files].sort());
  });

  test('are of every view that the page has', async () => {
    await browser.open(server.url);
    const views = await browser.page.getByRole('navigation', { name: 'Views' }).getByRole('link').allTextContents();
    for (const view of views) expect(PICTURES).toContain(view.toLowerCase());
  });
});
