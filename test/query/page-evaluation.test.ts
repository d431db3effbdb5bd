import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describeWith } from '#testkit';
import { renderEvaluationPage } from '../../apps/cli/src/render/evaluation-page.js';
import { SAMPLE_REPORT } from '../../apps/cli/test/sample-report.js';
import { CHROMIUM, PageBrowser } from './page-browser.js';

jest.setTimeout(60_000);

describeWith('chromium', existsSync(CHROMIUM))('the report of an evaluation in a browser', () => {
  const browser = new PageBrowser();
  const folder = mkdtempSync(join(tmpdir(), 'lookalike-report-'));
  const file = join(folder, 'report.html');

  beforeAll(async () => {
    writeFileSync(file, renderEvaluationPage(SAMPLE_REPORT));
    await browser.start();
  });
  afterAll(async () => {
    await browser.stop();
    rmSync(folder, { recursive: true });
  });
  afterEach(() => browser.close());

  test.each([
    ['light', {}],
    ['dark', { colorScheme: 'dark' }],
    ['phone', { viewport: { width: 375, height: 760 } }],
  ] as const)('has nothing in the way of people, and asks nobody: %s', async (name, options) => {
    await browser.open(pathToFileURL(file).href, options);
    expect(await browser.page.locator('svg').count()).toBe(4);
    expect(await browser.barriers()).toEqual([]);
    expect(await browser.isWithinItsWidth()).toBe(true);
    expect([...browser.hosts].filter((it) => it !== '')).toEqual([]);
    expect(browser.complaints).toEqual([]);
    await browser.shoot(`evaluation-${name}`);
  });
});
