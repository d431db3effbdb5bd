import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { PROJECT_ROOT } from '#testkit';

const run = promisify(execFile);

/** Each is one file of the pipeline, and the rule that it breaks; the last breaks none. */
const PROBES = [
  ['an adapter from the pipeline', "import '#log-sqlite';", 'pipeline-imports-core'],
  ['a package of an adapter', "import 'better-sqlite3';", 'better-sqlite3-only-in-log-sqlite-search'],
  ['a connection past the checks', "import 'undici';", 'undici-only-in-safe-fetch'],
  ['Nest from the pipeline', "import '@nestjs/common';", 'nest-only-in-nest-and-apps'],
  ['the testkit from the product', "import '#testkit';", 'product-does-not-import-testkit'],
  ['nothing in an import of core', "import '#core';", null],
] as const;

const TARGETS = ['core', 'log-sqlite', 'testkit'].map((it) => `dist/libs/${it}/src/index.js`);
const PACKAGES = ['better-sqlite3', 'undici', '@nestjs/common'].map((it) => `node_modules/${it}/index.js`);

// `npm run verify` holds the whole tree against the rules; here the rules themselves are tried, on a tree of their own.
describe('the import rules notice', () => {
  let root: string;
  let violations: { from: string; rule: { name: string } }[];

  beforeAll(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'lookalike-imports-')));
    for (const file of ['.dependency-cruiser.cjs', 'package.json', 'tsconfig.json']) {
      await copyFile(join(PROJECT_ROOT, file), join(root, file));
    }
    const sources = PROBES.map(([, line], at) => [probe(at), line] as const);
    for (const [file, text] of [
      ...sources,
      ...[...TARGETS, ...PACKAGES].map((it) => [it, 'exports.a = 1;'] as const),
    ]) {
      await mkdir(dirname(join(root, file)), { recursive: true });
      await writeFile(join(root, file), `${text}\n`);
    }
    const depcruise = join(PROJECT_ROOT, 'node_modules/.bin/depcruise');
    const options = ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'libs'];
    const { stdout } = await run(depcruise, options, { cwd: root }).catch((error: { stdout: string }) => error);
    violations = JSON.parse(stdout).summary.violations;
  }, 60_000);

  afterAll(() => rm(root, { recursive: true, force: true }));

  test.each(PROBES.map(([what, , rule], at) => [what, at, rule] as const))('%s', (_what, at, rule) => {
    const broken = violations.filter(({ from }) => from === probe(at)).map((it) => it.rule.name);
    expect(broken.includes('no-unresolvable')).toBe(false);
    if (rule === null) expect(broken).toEqual([]);
    else expect(broken).toContain(rule);
  });
});

function probe(at: number): string {
  return `libs/pipeline/src/probe-${at}.ts`;
}
