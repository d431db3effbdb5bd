import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Ledger } from './ledger.js';

/** A member of the ledger's group in a process of its own, which tells what it does. */
export class SpawnedMember {
  /** Codes, in the order in which they were met. */
  readonly faults: string[] = [];
  doneCount = 0;
  readonly #child: ChildProcess;

  constructor(brokers: readonly string[], ledger: Ledger, sessionTimeoutMs: number, env: Record<string, string> = {}) {
    const args = [require.resolve('./member-process.js'), brokers.join(), ledger.topic, `${sessionTimeoutMs}`];
    const child = spawn(process.execPath, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [word, code = ''] = line.split(' ');
      if (word === 'fault') this.faults.push(code);
      else {
        ledger.done.add(line);
        this.doneCount += 1;
      }
    });
    this.#child = child;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Asks it to leave. @returns its exit code. */
  async leave(): Promise<number | null> {
    const exited = once(this.#child, 'exit');
    this.signal('SIGTERM');
    await exited;
    return this.#child.exitCode;
  }
}
