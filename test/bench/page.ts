import { join } from 'node:path';
import { SHARED_FOLDER } from '#testkit';
import { PageBrowser } from '../query/page-browser.js';
import { importInto } from './import-run.js';
import { readPhotos, realModel } from './photos.js';
import { type BenchResult, figure, quantile, say } from './report.js';
import { startServer } from './server-child.js';

const STORED = 100;
const LOADS = 10;
const SEARCHES = 30;
const KILOBYTE = 1_000;

/** Waits for the next cards: milliseconds from the last byte of the search's answer to the frame that shows them. */
const SHOWN_AFTER_MS = `new Promise((resolve) => {
  const real = fetch;
  let answeredMs = Infinity;
  globalThis.fetch = async (...args) => {
    const response = await real(...args);
    const bytes = await response.arrayBuffer();
    if (String(args[0]).endsWith('/v1/search')) answeredMs = Math.min(answeredMs, performance.now());
    return new Response(bytes, response);
  };
  const watch = new MutationObserver(() => {
    if (answeredMs === Infinity || document.querySelector('.card') === null) return;
    watch.disconnect();
    requestAnimationFrame(() => resolve(performance.now() - answeredMs));
  });
  watch.observe(document.body, { childList: true, subtree: true });
})`;

/** What came over the network for the page itself, before anything was asked: bytes, and ms until it was loaded. */
const LOADED = `(() => {
  const [page] = performance.getEntriesByType('navigation');
  const files = performance.getEntriesByType('resource').filter((it) => it.name.includes('/page/'));
  return [[page, ...files].reduce((sum, it) => sum + it.encodedBodySize, 0), page.loadEventEnd];
})()`;

/** The page in a real browser, which shares the cores with its server. */
export async function run(): Promise<BenchResult> {
  const photos = await readPhotos();
  const model = await realModel();
  const server = await startServer({ LOOKALIKE_ENCODER: model.manifest, LOOKALIKE_MODEL_FILE: model.file });
  const browser = new PageBrowser();
  try {
    say(`importing ${STORED} photos`);
    await importInto(server.url, photos.slice(0, STORED));
    await browser.start();
    const [bytes, loadedMs] = await firstLoads(browser, server.url);
    say('searching');
    const shownMs = await searches(
      browser,
      server.url,
      photos.slice(0, SEARCHES).map((it) => join(SHARED_FOLDER, 'photos', it.name)),
    );
    return {
      bench: 'page',
      setup: `${STORED} photos stored, int8 VGG16 (fc2); ${LOADS} first loads, then ${SEARCHES} photos searched by, one after the other`,
      figures: [
        figure('first load, as it was sent', Math.max(...bytes) / KILOBYTE, 'kB', '< 200 kB'),
        figure('first load: p50', quantile(loadedMs, 0.5), 'ms'),
        figure('answer to visible results: p50', quantile(shownMs, 0.5), 'ms', '≤ 100 ms'),
        figure('answer to visible results: the longest', Math.max(...shownMs), 'ms', '≤ 100 ms'),
      ],
      notes: ['Browser, server and model share the cores. Visible is the frame after the first card is in the page.'],
    };
  } finally {
    await browser.stop();
    await server.stop();
  }
}

async function firstLoads(browser: PageBrowser, url: string): Promise<[bytes: number[], loadedMs: number[]]> {
  const loads: [number, number][] = [];
  for (let load = 0; load < LOADS; load++) {
    await browser.open(url);
    await browser.page.waitForLoadState('networkidle');
    loads.push((await browser.page.evaluate(LOADED)) as [number, number]);
    await browser.close();
  }
  return [loads.map(([bytes]) => bytes), loads.map(([, ms]) => ms)];
}

/** Each on a page that was just opened, as the first search of a visitor. */
async function searches(browser: PageBrowser, url: string, files: readonly string[]): Promise<number[]> {
  const shownMs: number[] = [];
  for (const file of files) {
    await browser.open(url);
    const shown = browser.page.evaluate(SHOWN_AFTER_MS);
    await browser.page.setInputFiles('#file', file);
    shownMs.push((await shown) as number);
    await browser.close();
  }
  return shownMs;
}
