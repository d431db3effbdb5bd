/**
 * Ends the process once all that was written has been taken, or the reader has left: a slow one would lose the rest. Not by the exit
 * code alone, since timers of aborted waits must not keep a finished command alive.
 */
export async function exitWritten(code: number): Promise<never> {
  process.exitCode = code;
  await Promise.all([process.stdout, process.stderr].map(written));
  process.exit();
}

function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.once('error', () => resolve());
    stream.write('', () => resolve());
  });
}
