import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { PROJECT_ROOT } from '#testkit';

jest.setTimeout(180_000);

const DOCUMENT = 'docs/reference/openapi.json';
const CLIENT_TYPES = 'libs/client/src/api-types.ts';
const read = (...path: readonly string[]) => readFileSync(join(...path), 'utf8');

describe('the document of the REST API', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lookalike-openapi-'));
  beforeAll(() => promisify(execFile)(process.execPath, [join(PROJECT_ROOT, 'scripts/write-openapi.mjs'), folder]));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  // When it is not: npm run build && node scripts/write-openapi.mjs
  test.each([DOCUMENT, CLIENT_TYPES])('%s is what scripts/write-openapi.mjs writes from the sources', (file) => {
    expect(read(PROJECT_ROOT, file)).toBe(read(folder, file));
  });

  test('is OpenAPI 3.1 without a fault', async () => {
    expect(JSON.parse(read(PROJECT_ROOT, DOCUMENT)).openapi).toBe('3.1.0');
    expect(await faultsOf(read(PROJECT_ROOT, DOCUMENT))).toEqual([]);
  });

  test('has a linter that notices faults', async () => {
    const { components: _, ...document } = JSON.parse(read(PROJECT_ROOT, DOCUMENT));
    expect(await faultsOf(JSON.stringify(document))).toContain('no-unresolved-refs');
    const nothingSaid = { ...document, paths: { '/v1/x': { get: {} } } };
    expect(await faultsOf(JSON.stringify(nothingSaid))).toContain('operation-operationId');
  });
});

/** By Redocly's recommended rules, warnings too. */
async function faultsOf(source: string): Promise<string[]> {
  const config = await createConfig({ extends: ['recommended'] });
  return (await lintFromString({ source, absoluteRef: join(PROJECT_ROOT, DOCUMENT), config })).map((it) => it.ruleId);
}
