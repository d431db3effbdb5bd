import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PROJECT_ROOT } from '#testkit';

const run = promisify(execFile);

async function violations(...folders: string[]): Promise<string> {
  const arguments_ = ['--config', '.dependency-cruiser.cjs', '--output-type', 'err', ...folders];
  const cruise = run(join(PROJECT_ROOT, 'node_modules/.bin/depcruise'), arguments_, { cwd: PROJECT_ROOT });
  return cruise.then(
    () => '',
    ({ stdout }: { stdout: string }) => stdout,
  );
}

describe('imports', () => {
  test('go one way', async () => {
    expect(await violations('apps', 'libs', 'test')).toBe('');
  }, 60_000);

  const probe = 'libs/pipeline/src/import-probe';
  afterEach(() => rm(join(PROJECT_ROOT, probe), { recursive: true, force: true }));

  test.each([
    ['an adapter from the pipeline', "import '#log-sqlite';", 'pipeline-imports-core'],
    ['a package of an adapter', "import 'better-sqlite3';", 'better-sqlite3-only-in-log-sqlite'],
    ['Nest from the pipeline', "import '@nestjs/common';", 'nest-only-in-nest-and-apps'],
    ['the testkit from the product', "import '#testkit';", 'product-does-not-import-testkit'],
  ])(
    'the rules notice %s',
    async (_what, line, rule) => {
      await mkdir(join(PROJECT_ROOT, probe), { recursive: true });
      await writeFile(join(PROJECT_ROOT, probe, 'probe.ts'), `${line}\n`);
      expect(await violations(probe)).toContain(rule);
    },
    60_000,
  );
});
