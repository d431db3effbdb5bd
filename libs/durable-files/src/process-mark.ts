import { randomUUID } from 'node:crypto';

/** A process id is used again after a restart (in a container it is often 1), so each process adds its own mark. */
export const PROCESS_MARK = randomUUID();

/** Whether this machine has a process of that id. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
