export interface MemoryUse<T> {
  readonly result: T;
  /** Most resident memory beyond that of the beginning. */
  readonly grownBytes: number;
}

/** Looks every millisecond, so for work on other threads that takes longer than that. */
export async function memoryOf<T>(work: () => Promise<T>): Promise<MemoryUse<T>> {
  const before = process.memoryUsage.rss();
  let most = before;
  const look = () => {
    most = Math.max(most, process.memoryUsage.rss());
  };
  const timer = setInterval(look, 1);
  try {
    const result = await work();
    look();
    return { result, grownBytes: most - before };
  } finally {
    clearInterval(timer);
  }
}
