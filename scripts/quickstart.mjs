#!/usr/bin/env node
// `npm run quickstart [-- FOLDER] [--once] [--json]`: from a fresh clone to a searched collection.
import { spawn } from 'node:child_process';
import { build, install, needsBuild, needsInstall, nodeProblem, ROOT, say } from './prepare.mjs';

const startedAt = Date.now();
const problem = nodeProblem();
if (problem !== null) fail(problem);
if (needsInstall() && !install()) {
  fail('The packages could not be installed; npm says why above. Check the network, then run this again.');
}
if (needsBuild()) {
  say('Building…');
  if (!build()) fail('The build failed; the reason is above. Was a file changed? `git status` tells.');
}

const env = { ...process.env, QUICKSTART_STARTED_AT: String(startedAt) };
const args = [`${ROOT}/dist/apps/cli/src/quickstart/main.js`, ...process.argv.slice(2)];
const child = spawn(process.execPath, args, { stdio: 'inherit', env });
// The child stops in its own time and we end with it. It may get Ctrl-C twice, from the terminal too: it knows.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));

function fail(text) {
  say(text);
  process.exit(1);
}
