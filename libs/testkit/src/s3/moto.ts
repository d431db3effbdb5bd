import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TEST_CACHE_FOLDER } from '../requirement.js';

const VERSION = '5.2.5';
const PACKAGES = [`moto[s3]==${VERSION}`, 'flask==3.1.3', 'flask-cors==6.0.5'];
const LIMIT_MS = 240_000;

/**
 * The Python that has moto's server, installed once by pip into an environment in the test cache (140 MB). Several
 * processes may ask at once. The environment is moved after it is made, so only `python -m …` works in it.
 */
export async function motoPython(): Promise<string> {
  const folder = join(TEST_CACHE_FOLDER, `moto-${VERSION}`);
  const python = join(folder, 'bin/python');
  if (existsSync(folder)) return python;
  const making = `${folder}.${process.pid}.tmp`;
  await mkdir(TEST_CACHE_FOLDER, { recursive: true });
  const run = promisify(execFile);
  try {
    await run('python3', ['-m', 'venv', making], { timeout: LIMIT_MS });
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PACKAGES];
    await run(join(making, 'bin/python'), install, { timeout: LIMIT_MS });
    await rename(making, folder);
  } catch (error) {
    // Unless somebody else was faster.
    if (!existsSync(folder)) throw error;
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return python;
}
