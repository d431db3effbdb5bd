import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { eventually } from '#testkit';
import type { Env } from './server-process.js';

/** A shell that runs what a page tells its reader to type, and ends at the first command that fails. */
export class ShellProcess {
  readonly #child: ChildProcess;
  /** Its exit code; `null` where a signal ended it. */
  readonly exited: Promise<number | null>;
  #output = '';

  constructor(script: string, folder: string, env: Env) {
    // In a group of its own, so that what it has started is ended with it.
    this.#child = spawn('sh', ['-ec', script], { cwd: folder, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    this.exited = once(this.#child, 'close').then(([code]) => code);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    }
  }

  /** What it has printed so far. */
  get output(): string {
    return this.#output;
  }

  /** Waits until it has printed this. */
  async says(pattern: RegExp, limitMs = 60_000): Promise<RegExpExecArray> {
    let found: RegExpExecArray | null = null;
    await eventually(async () => {
      found = pattern.exec(this.#output);
      if (found === null) throw new Error(`it has not said ${pattern}, but:\n${this.#output}`);
    }, limitMs);
    return found as unknown as RegExpExecArray;
  }

  /** As Ctrl-C does; resolves when all that it had started has ended. */
  async interrupt(limitMs = 60_000): Promise<void> {
    this.#signal('SIGINT');
    const late = setTimeout(() => this.#signal('SIGKILL'), limitMs);
    await this.exited.finally(() => clearTimeout(late));
  }

  /** All that it has started, at once. */
  async kill(): Promise<void> {
    this.#signal('SIGKILL');
    await this.exited;
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, signal);
  }
}
