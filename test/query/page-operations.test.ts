import { existsSync } from 'node:fs';
import { describeWith } from '#testkit';
import { CHROMIUM, refusal } from './page-browser.js';
import { pageServer } from './page-server.js';

jest.setTimeout(90_000);

/** As `GET /v1/reindex` tells of a generation. */
const generation = (name: string, role: string) => ({
  generation: name,
  role,
  encoder: { name: 'pixel-blocks', fingerprint: '0'.repeat(16) },
  profile: { kind: 'literal' },
  images: { ready: 9, failed: 0 },
  startedAt: '2026-01-31T08:00:00.000Z',
  phase: null,
  done: 9,
  total: 9,
  secondsLeft: null,
  fault: null,
  report: null,
});

describeWith('chromium', existsSync(CHROMIUM))('what an operation comes to on the page', () => {
  const { server, browser } = pageServer();

  test('a refusal stays while the view is asked for anew, until the next action', async () => {
    await browser.open(`${server.url}/#operations`);
    const { page } = browser;
    await page.clock.install();
    let live = 'first';
    let answer: object = refusal(409, 'generation-gone', 'There is no generation to go back to');
    await page.route('**/v1/status', (route) => route.fulfill({ json: { encoder: {}, images: null, stages: [] } }));
    await page.route('**/v1/dead-letters?*', (route) => route.fulfill({ json: { letters: [], next: null } }));
    await page.route('**/v1/reindex', (route) => {
      const previous = generation('zeroth', 'previous');
      return route.fulfill({ json: { live: generation(live, 'live'), next: null, previous, givenUp: null } });
    });
    await page.route('**/v1/reindex/rollback', (route) => route.fulfill(answer));
    const rollBack = async () => {
      await page.getByRole('button', { name: 'Roll back' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Roll back' }).click();
    };
    const alert = page.getByRole('alert');

    await page.reload();
    await page.getByText('Live first').waitFor();
    await rollBack();
    await alert.getByText('Not done: There is no generation to go back to').waitFor();
    expect(await browser.barriers()).toEqual([]);
    live = 'second';
    await page.clock.fastForward(6_000);
    await page.getByText('Live second').waitFor();
    expect(await alert.textContent()).toContain('Not done: There is no generation to go back to');
    answer = { status: 202, json: {} };
    await rollBack();
    await alert.waitFor({ state: 'detached' });
  });

  test('a server that is away is told of at once, not when it was waited for', async () => {
    await browser.open(`${server.url}/#operations`);
    const { page } = browser;
    // Nothing that is waited for comes then.
    await page.clock.install();
    await page.route('**/v1/status', (route) => route.fulfill({ json: { encoder: {}, images: null, stages: [] } }));
    await page.route('**/v1/dead-letters?*', (route) => route.fulfill({ json: { letters: [], next: null } }));
    await page.route('**/v1/reindex', (route) => route.abort());
    await page.reload();
    await page.getByRole('alert').getByText('No answer from the server').waitFor();
  });
});
