// Makes the package of libs/client, lookalike-client-VERSION.tgz, in the folder that is named or else in the working one.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ROOT } from './prepare.mjs';

const destination = resolve(process.argv[2] ?? '.');
process.chdir(ROOT);
const folder = mkdtempSync(join(tmpdir(), 'lookalike-client-'));
try {
  const run = (command, ...args) => execFileSync(command, args, { stdio: 'inherit' });
  run('node_modules/.bin/tsc', '-p', 'libs/client/tsconfig.package.json', '--outDir', join(folder, 'dist'));
  for (const name of ['package.json', 'README.md']) copyFileSync(join('libs/client', name), join(folder, name));
  copyFileSync('LICENSE', join(folder, 'LICENSE'));
  run('npm', 'pack', folder, '--pack-destination', destination, '--loglevel', 'error');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
