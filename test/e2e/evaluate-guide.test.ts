import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describeWith } from '#testkit';
import { CHROMIUM, PageBrowser } from '../query/page-browser.js';
import { guideCommands, typed } from '../rebuild/guide.js';
import { pictures } from './photos.js';
import { type ServerProcess, Workplace } from './server-process.js';

const PICTURES = 12;

jest.setTimeout(300_000);

describe('the guide to measuring, on one process', () => {
  const workplace = new Workplace();
  const folder = workplace.path('pictures');
  const report = workplace.path('report.html');
  const commands = guideCommands('evaluate');
  let server: ServerProcess;

  beforeAll(async () => {
    server = await workplace.start();
    mkdirSync(folder);
    const all = await pictures(PICTURES);
    for (const { name, bytes } of all) writeFileSync(join(folder, name), bytes);
    const rows = all.map(({ name }) => `${name},${name.startsWith('painted') ? 'painted' : 'photo'}`);
    writeFileSync(workplace.path('labels.csv'), ['file,label', ...rows].join('\n'));
    await typed('lookalike import pictures', { LOOKALIKE_URL: server.url }, { pictures: folder });
  });
  afterAll(() => workplace.remove());

  /** One picture is edited in place of fifty, or of ten. */
  const section = async (heading: string): Promise<string[]> => {
    const printed: string[] = [];
    for (const command of commands.get(heading) ?? []) {
      const own = {
        pictures: folder,
        'report.html': report,
        'labels.csv': workplace.path('labels.csv'),
        '50': '1',
      };
      const edits = command.includes('--queries') && !command.includes('--edits') ? ' --edits 0' : '';
      printed.push(await typed(`${command}${edits}`, { LOOKALIKE_URL: server.url }, own));
    }
    return printed;
  };

  test('its commands are all of those sections that are followed here', () => {
    expect([...commands.keys()]).toEqual([
      'See what a mode misses',
      'Search by pictures of your own',
      'Measure by label',
    ]);
  });

  test('modes are compared with exact, and timed', async () => {
    const [printed = '', sixteen = ''] = await section('See what a mode misses');
    expect(printed).toMatch(/^Encoder vgg16-seeded-fc2 \(untrained, /);
    expect(printed).toContain(
      ', profile literal, 12 images.\n12 queries, drawn by lot from 12 images of the collection.',
    );
    // So few images are compared one by one in every mode.
    expect(printed).toMatch(/\nfast {6}100\.0% \(75\.8 to 100\.0, n 12\)\nbalanced {2}100\.0% /);
    expect(printed).toMatch(/\nbalanced {2}8 +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+ +12\n/);
    expect(printed).toMatch(/memory of the index +[\d.]+ KiB for an image/);
    expect(printed).toMatch(/memory of the process that answers, all of it +\d+ [MG]iB/);
    expect(printed).toMatch(/near-duplicates/);
    expect(sixteen).toMatch(/\nbalanced {2}16 /);
  });

  test('originals are looked for by edited pictures', async () => {
    const [, plain = '', edited = ''] = await section('Search by pictures of your own');
    expect(plain).toContain('12 queries, drawn by lot from 12 files of the folder.');
    expect(plain).not.toContain('Edited pictures');
    expect(edited).toMatch(/\nJPEG 30 +easy +100\.0% \(20\.7 to 100\.0\) +100\.0% [^\n]*1\n/);
    expect(edited).toMatch(/\nall easy edits +easy +/);
    expect(existsSync(report)).toBe(true);
  });

  test('labels give precision', async () => {
    const [printed = ''] = await section('Measure by label');
    expect(printed).toMatch(/Precision by label.*\nbalanced +\d+\.\d% \(.*, n 12\) +\d+\.\d% \(/s);
    expect(printed).toContain('12 of 12 queries have a label');
  });

  describeWith('chromium', existsSync(CHROMIUM))('its report in a browser', () => {
    const browser = new PageBrowser();
    beforeEach(() => browser.start());
    afterEach(() => browser.stop());

    test.each([
      ['light', 1280],
      ['dark', 1280],
      ['light', 390],
    ] as const)('is whole by itself, %s and %d pixels wide', async (colorScheme, width) => {
      expect(readFileSync(report, 'utf8')).not.toMatch(/<script|https?:/);
      const page = await browser.open(pathToFileURL(report).href, { colorScheme, viewport: { width, height: 900 } });
      await browser.shoot(`evaluation-${colorScheme}-${width}`);
      expect([await page.getByRole('img').count(), await page.getByRole('table').count()]).toEqual([3, 4]);
      expect(await browser.isWithinItsWidth()).toBe(true);
      expect([...browser.hosts].filter((it) => it !== '')).toEqual([]);
      expect(browser.complaints).toEqual([]);
    });
  });
});
