import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { eventually, TEST_CACHE_FOLDER } from '#testkit';

export const CHROMIUM = '/usr/bin/chromium';
const SCREENSHOTS = join(TEST_CACHE_FOLDER, 'screenshots');
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const AXE = readFileSync(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8');

/** What a server refuses a request with. The page asks again by itself, and offers that, where it is too busy. */
export const refusal = (status: number, code: string, title: string, headers: Record<string, string> = {}) => ({
  status,
  headers,
  contentType: 'application/problem+json',
  body: JSON.stringify({ code, title, detail: 'So it is.', canRetry: [429, 503].includes(status) }),
});

/** What requests wait at until they are let go; what they are answered with, where not by the server. */
export function gate(): { opened: Promise<object | undefined>; letGo: (answer?: object) => void } {
  let letGo = (_answer?: object) => {};
  const opened = new Promise<object | undefined>((resolve) => {
    letGo = resolve;
  });
  return { opened, letGo };
}

/** The page in a real browser: what it complains of, whom it asks, and what stands in the way of people. */
export class PageBrowser {
  page!: Page;
  complaints: string[] = [];
  hosts = new Set<string>();
  #browser: Browser | undefined;

  async start(): Promise<void> {
    mkdirSync(SCREENSHOTS, { recursive: true });
    this.#browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  }

  async stop(): Promise<void> {
    await this.#browser?.close();
  }

  async open(address: string, options: BrowserContextOptions = {}): Promise<Page> {
    if (this.#browser === undefined) throw new Error('The browser is not started.');
    // The policy of the page holds; axe comes from outside it.
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    this.page = await context.newPage();
    [this.complaints, this.hosts] = [[], new Set()];
    this.page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(message.text());
    });
    this.page.on('pageerror', (error) => this.complaints.push(String(error)));
    this.page.on('request', (request) => this.hosts.add(new URL(request.url()).host));
    await this.page.goto(address);
    return this.page;
  }

  async close(): Promise<void> {
    await this.page?.context().close();
  }

  /** The results of the last search are there, copies too, with their pictures. */
  async settled(): Promise<void> {
    await this.page.locator('#results[aria-busy=false]').waitFor();
    await this.page.locator('.copies-line', { hasText: 'Looking' }).waitFor({ state: 'detached' });
    await this.page.waitForLoadState('networkidle');
  }

  /** As a drag from the desktop ends. */
  async drop(mediaType: string, name: string, bytes: Buffer): Promise<void> {
    const transfer = await this.page.evaluateHandle(
      ([base64, fileName, type]) => {
        const made = new (
          globalThis as unknown as { DataTransfer: new () => { items: { add(file: File): void } } }
        ).DataTransfer();
        const content = Uint8Array.from(atob(base64 ?? ''), (it) => it.charCodeAt(0));
        made.items.add(new File([content], fileName ?? '', { type: type ?? '' }));
        return made;
      },
      [bytes.toString('base64'), name, mediaType],
    );
    await this.page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
  }

  /** All pictures of the page have come. Asked again from outside: its policy forbids what Playwright would have it wait by. */
  async pictured(): Promise<void> {
    await eventually(async () => {
      const missing = await this.page.evaluate(
        `document.querySelectorAll('.no-picture:empty').length +
          [...document.images].filter((it) => !it.complete || it.naturalWidth === 0).length`,
      );
      if (missing !== 0) throw new Error(`${missing} pictures have not come.`);
    });
  }

  names(): Promise<string[]> {
    return this.page.locator('.card .name').allTextContents();
  }

  /** The whole page, or what fits into the window. */
  async shoot(name: string, fullPage = true): Promise<void> {
    await this.page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage });
  }

  /** What axe-core finds wrong with the page as it is shown now: the rule, and where. */
  async barriers(): Promise<string[]> {
    const found = await this.page.evaluate(
      `(() => { ${AXE}; return axe.run(document, { resultTypes: ['violations'] }); })()`,
    );
    const { violations } = found as { violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] };
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary}`),
    );
  }

  /** The id of what has the focus. */
  focused(): Promise<unknown> {
    return this.page.evaluate('document.activeElement.id');
  }

  isWithinItsWidth(): Promise<unknown> {
    return this.page.evaluate('document.documentElement.scrollWidth <= innerWidth');
  }
}
