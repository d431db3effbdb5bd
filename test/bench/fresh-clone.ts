import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { PROJECT_ROOT } from '#testkit';
import { type BenchResult, figure } from './report.js';

/**
 * What a newcomer waits for: clone, install, build, model, server, sample pictures, one search. What is committed is
 * cloned; packages come through npm as it is set up here.
 */
export async function run(): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'lookalike-bench-'));
  const clone = join(folder, 'lookalike');
  try {
    const startedAt = performance.now();
    await command('git', ['clone', '--quiet', PROJECT_ROOT, clone], folder);
    const clonedAt = performance.now();
    const output = await command('npm', ['run', '--silent', 'quickstart', '--', '--once', '--json'], clone);
    const endedAt = performance.now();
    const answer = JSON.parse(output.trim().split('\n').at(-1) ?? '');
    const encoder = findEncoder(answer);
    return {
      bench: 'fresh-clone',
      setup: 'git clone of this repository, then npm run quickstart -- --once --json',
      figures: [
        figure('clone to first answer', (endedAt - startedAt) / 60_000, 'minutes', '≤ 6 minutes'),
        figure('of it the clone', (clonedAt - startedAt) / 1000, 's'),
      ],
      notes: [
        `Encoder: ${encoder}. Where the model cannot be downloaded, the seeded one is made instead; a download of 138 MB is then not in the time.`,
      ],
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function findEncoder(answer: unknown): string {
  return /"encoder":\s*\{[^}]*"name":\s*"([^"]+)"/.exec(JSON.stringify(answer))?.[1] ?? 'unknown';
}

async function command(name: string, args: readonly string[], cwd: string): Promise<string> {
  // Any free port: the usual one may be taken here.
  const env = { ...process.env, LOOKALIKE_PORT: '0' };
  const child = spawn(name, args, { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const output = await text(child.stdout);
  const [code] = await exited;
  if (code !== 0) throw new Error(`${name} ${args[0]} ended with ${code}`);
  return output;
}
