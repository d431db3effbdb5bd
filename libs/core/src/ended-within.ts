/** Resolves when the work has ended, well or badly, at the latest after the limit; what hangs keeps nobody for ever. */
export function endedWithin(work: Promise<unknown>, limitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const limit = setTimeout(resolve, limitMs);
    // Nor does it keep the process.
    limit.unref();
    const end = () => {
      clearTimeout(limit);
      resolve();
    };
    work.then(end, end);
  });
}
