import { spawnSync } from 'node:child_process';
import { lstatSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What has to be there before anything of lookalike can run. Plain Node: nothing is installed yet. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

const NODE_NEEDED = [20, 19];
const FINGERPRINT = 'node_modules/.package-lock.json';
const BUILT = 'dist/apps/cli/src/main.js';
const SOURCES = [
  'apps',
  'libs',
  'test',
  'package.json',
  'tsconfig.json',
  '.swcrc',
  'nest-cli.json',
  'scripts/build-page.mjs',
];

/** Progress goes to stderr: stdout is for results. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** Null when it is new enough, else what to do. */
export function nodeProblem(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [needMajor, needMinor] = NODE_NEEDED;
  if (major > needMajor || (major === needMajor && minor >= needMinor)) return null;
  return `lookalike needs Node ${NODE_NEEDED.join('.')} or newer; this is ${version}. Get one from https://nodejs.org or with your version manager.`;
}

export function needsInstall(root = ROOT) {
  const modules = lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false });
  // Linked from elsewhere: `npm ci` would empty somebody else's folder.
  if (modules?.isSymbolicLink()) return false;
  const installed = statSync(join(root, FINGERPRINT), { throwIfNoEntry: false });
  return installed === undefined || statSync(join(root, 'package-lock.json')).mtimeMs > installed.mtimeMs;
}

export function needsBuild(root = ROOT) {
  const built = statSync(join(root, BUILT), { throwIfNoEntry: false });
  return built === undefined || SOURCES.some((it) => newestMs(join(root, it)) > built.mtimeMs);
}

/** True when it went well. */
export function install() {
  say('Installing packages (a minute or two, once)…');
  // Its install script fetches GPU libraries that nothing here uses.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
  return npm(['ci', '--include=dev', '--no-audit', '--no-fund'], env);
}

export function build() {
  return node(['node_modules/@nestjs/cli/bin/nest.js', 'build']) && node(['scripts/build-page.mjs']);
}

/** Runs Node on a file of the project, its output on our stderr. True when it ended with 0. */
export function node(args, options = {}) {
  const result = spawnSync(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 2, 2], ...options });
  return result.status === 0;
}

function npm(args, env) {
  const options = { cwd: ROOT, stdio: ['ignore', 2, 2], env };
  const path = process.env.npm_execpath;
  // Under `npm run` npm names its own file; else the shell knows it (and its .cmd on Windows).
  const result = path?.endsWith('.js')
    ? spawnSync(process.execPath, [path, ...args], options)
    : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
  return result.status === 0;
}

/** A folder changes too when a file in it comes or goes. */
function newestMs(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 0;
  if (!found.isDirectory()) return found.mtimeMs;
  return readdirSync(path).reduce((newest, name) => Math.max(newest, newestMs(join(path, name))), found.mtimeMs);
}
