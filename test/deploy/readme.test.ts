import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadSettings } from '#config';
import { PROJECT_ROOT } from '#testkit';

const APPS = ['ingest', 'embedder', 'query'] as const;

const read = (name: string) => readFileSync(join(PROJECT_ROOT, name), 'utf8');

describe('the second section of the README', () => {
  const [, , second = ''] = read('README.md').split(/^## /m);

  test('brings up the three applications on a broker and a Qdrant, and finds a picture', () => {
    for (const app of APPS) expect(second).toMatch(new RegExp(`^LOOKALIKE_PORT=\\d+ npm run start:${app} &$`, 'm'));
    expect(second).toMatch(/^npm run lookalike -- import /m);
    expect(second).toMatch(/^npm run lookalike -- search /m);
  });

  test('has settings that lead to where the applications listen, and scripts that there are', () => {
    const shared = Object.fromEntries(
      [...second.matchAll(/(LOOKALIKE_\w+_(?:BROKERS|URL))=(\S+)/g)].map(([, ...it]) => it),
    );
    const { client, kafka, qdrant } = loadSettings(shared);
    expect([kafka.brokers, qdrant.url]).toEqual([['127.0.0.1:9092'], 'http://127.0.0.1:6333']);
    const listening = APPS.map((app) => {
      const [, port] = new RegExp(`LOOKALIKE_PORT=(\\d+) npm run start:${app}`).exec(second) ?? [];
      return `http://127.0.0.1:${port}`;
    });
    expect([client.ingestUrl, client.embedderUrl, client.url]).toEqual(listening);
    const { scripts } = JSON.parse(read('package.json'));
    for (const [, script = ''] of second.matchAll(/npm run ([\w:]+)/g)) expect(Object.keys(scripts)).toContain(script);
  });
});

test('links of the README and of the guides lead to what there is', () => {
  const guides = readdirSync(join(PROJECT_ROOT, 'docs/how-to')).map((name) => `docs/how-to/${name}`);
  const missing = ['README.md', ...guides].flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
      .map(([, link = '']) => join(PROJECT_ROOT, dirname(page), link))
      .filter((path) => !existsSync(path)),
  );
  expect(missing).toEqual([]);
  for (const guide of guides) expect(read('README.md')).toContain(`(${guide})`);
});
