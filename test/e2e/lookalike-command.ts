import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { PROJECT_ROOT } from '#testkit';
import type { Env } from './server-process.js';

const COMMAND = join(PROJECT_ROOT, 'dist/apps/cli/src/main.js');

/** What a command that has ended said. */
export interface CommandAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built command, in a process of its own. */
export async function startCommand(env: Env, ...args: readonly string[]) {
  const child = spawn(process.execPath, [COMMAND, ...args], { env, stdio: 'pipe' });
  await once(child, 'spawn');
  return child;
}

export async function endOfCommand(child: {
  readonly stdout: Readable;
  readonly stderr: Readable;
  once(event: 'close', then: (code: number) => void): unknown;
}): Promise<CommandAnswer> {
  const code = new Promise<number>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, stdout, stderr };
}
