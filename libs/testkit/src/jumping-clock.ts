import { execFileSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWith } from './requirement.js';

/**
 * A wall clock for processes that are started with its `env`, moved while they run. It is libfaketime, preloaded, and not
 * a `Date` of our own: so Node, its worker threads and native code jump together, as when somebody sets the machine's clock.
 * The monotonic clock goes on as it is, and with it timers.
 */
export class JumpingClock {
  readonly #folder = mkdtempSync(join(tmpdir(), 'lookalike-clock-'));
  readonly #file = join(this.#folder, 'offset');

  constructor() {
    this.set(0);
  }

  get env(): Readonly<Record<string, string>> {
    return {
      LD_PRELOAD: preloaded() ?? '',
      FAKETIME_TIMESTAMP_FILE: this.#file,
      // Else it notices a jump seconds later, and each thread at its own time.
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
  }

  /** How far it is off the true time, from now on. */
  set(offsetMs: number): void {
    const sign = offsetMs < 0 ? '' : '+';
    // Whole or not at all: it is read at any time.
    writeFileSync(`${this.#file}.new`, `${sign}${offsetMs / 1000}\n`);
    renameSync(`${this.#file}.new`, this.#file);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

export function describeWithJumpingClocks(name: string, body: () => void): void {
  describeWith('faketime, of the package of that name', preloaded() !== null)(name, body);
}

/** Where the library is that the command preloads for programs with threads. */
function preloaded(): string | null {
  try {
    return execFileSync('faketime', ['-m', '-f', '+0', 'printenv', 'LD_PRELOAD'], { encoding: 'utf8' }).trim();
  } catch {
    return null;
  }
}
