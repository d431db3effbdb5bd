#!/usr/bin/env node
// `npm run verify`: everything a change must pass, cheapest first; stops at the first step that fails.
// Its last line is always `N passed, N failed, N skipped`, of the tests.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build, install, needsInstall, node, nodeProblem, ROOT, say } from './prepare.mjs';

const RESULTS = join(ROOT, '.cache/jest.json');

const STEPS = [
  ['install', () => !needsInstall() || install()],
  [
    'format and lint',
    () =>
      node(['node_modules/@biomejs/biome/bin/biome', 'ci', `--colors=${process.stderr.isTTY ? 'force' : 'off'}`, '.']),
  ],
  ['types', () => tsc('--noEmit') && tsc('-p', 'apps/web') && tsc('-p', 'libs/client')],
  // Imports such as `#core` resolve to the build, so the rules are checked after it.
  ['build', build],
  ['import rules', () => node([bin('dependency-cruiser', 'bin/dependency-cruise.mjs'), ...importArgs()])],
  ['tests', () => node(['node_modules/jest/bin/jest.js', '--json', `--outputFile=${RESULTS}`], testOptions())],
];

process.exitCode = verify();

function verify() {
  const problem = nodeProblem();
  if (problem !== null) {
    say(problem);
    return 1;
  }
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  rmSync(RESULTS, { force: true });
  const startedAt = Date.now();
  const failed = STEPS.find(([name, run]) => !timed(name, run));
  say(`\n${failed === undefined ? 'All steps passed' : `Failed: ${failed[0]}`} in ${seconds(startedAt)}.`);
  const counts = countTests(failed !== undefined);
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  return failed === undefined && counts.failed === 0 && counts.passed > 0 ? 0 : 1;
}

function timed(name, run) {
  say(`\n▶ ${name}`);
  const startedAt = Date.now();
  const isFine = run();
  say(`${isFine ? '✔' : '✘'} ${name} (${seconds(startedAt)})`);
  return isFine;
}

/** A suite that could not even load, or a step that failed before the tests, counts as one failure. */
function countTests(hasFailed) {
  try {
    const result = JSON.parse(readFileSync(RESULTS, 'utf8'));
    const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
    return {
      passed: result.numPassedTests,
      failed: hasFailed ? Math.max(1, failed) : failed,
      skipped: result.numPendingTests + result.numTodoTests,
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

function importArgs() {
  return ['--config', '.dependency-cruiser.cjs', 'apps', 'libs', 'test'];
}

/** Jest's --json report also goes to stdout; the file is enough. */
function testOptions() {
  return { stdio: ['ignore', 'ignore', 2] };
}

function tsc(...args) {
  return node(['node_modules/typescript/bin/tsc', ...args]);
}

function bin(name, path) {
  return `node_modules/${name}/${path}`;
}

function seconds(since) {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}
