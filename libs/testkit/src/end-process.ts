import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Ends a process that a test started, if it has not ended by itself. */
export async function endProcess(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}
