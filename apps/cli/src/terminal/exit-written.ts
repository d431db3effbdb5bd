/**
 * Ends the process once all that was written has been taken: a slow reader would lose the rest. Not by `process.exitCode`, since timers
 * of aborted waits must not keep a finished command alive.
 */
export async function exitWritten(code: number): Promise<never> {
  await Promise.all([process.stdout, process.stderr].map(written));
  process.exit(code);
}

function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}
