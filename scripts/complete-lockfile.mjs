#!/usr/bin/env node
// Run after a change of dependencies. A registry mirror may lack optional packages of other platforms; npm then leaves
// them out of the lockfile, and `npm ci` refuses it there and on those platforms. This adds an entry for each, with
// the version its parent pins and the platform its name tells. Without a hash: npm checks what it has one for.
import { readFileSync, writeFileSync } from 'node:fs';

const PATH = 'package-lock.json';
const SYSTEMS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'linuxmusl',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const CPUS = ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];

const lock = JSON.parse(readFileSync(PATH, 'utf8'));
const added = [];
for (const [parent, { optionalDependencies = {} }] of Object.entries(lock.packages)) {
  for (const [name, range] of Object.entries(optionalDependencies)) {
    if (isLocked(parent, name) || !/^\d/.test(range)) continue;
    lock.packages[`node_modules/${name}`] = { version: range, ...platformOf(name), optional: true };
    added.push(`${name}@${range}`);
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(PATH, `${JSON.stringify(lock, null, 2)}\n`);
console.log(added.length === 0 ? 'The lockfile was complete.' : `Added:\n${added.join('\n')}`);

/** Where Node would look for it from its parent, outermost last. */
function isLocked(parent, name) {
  for (let folder = parent; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    if (lock.packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`] !== undefined) return true;
    if (folder === '' || !folder.includes('/node_modules/')) break;
  }
  return lock.packages[`node_modules/${name}`] !== undefined;
}

function platformOf(name) {
  const words = name.split(/[/-]/);
  const system = SYSTEMS.find((it) => words.includes(it));
  const cpu = CPUS.find((it) => words.includes(it));
  const libc = words.includes('musl') || system === 'linuxmusl' ? 'musl' : words.includes('gnu') ? 'glibc' : undefined;
  return {
    ...(cpu !== undefined && { cpu: [cpu] }),
    ...(system !== undefined && { os: [system === 'linuxmusl' ? 'linux' : system] }),
    ...(system?.startsWith('linux') && libc !== undefined && { libc: [libc] }),
  };
}
