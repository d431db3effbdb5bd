export interface MemoryUse<T> {
  readonly result: T;
  /** Most memory, as `nativeBytes` counts it, beyond that of the beginning. */
  readonly grownBytes: number;
}

/** Resident memory in bytes without V8's heap, which grows and shrinks as the garbage collector sees fit. */
export function nativeBytes(): number {
  const { rss, heapTotal } = process.memoryUsage();
  return rss - heapTotal;
}

/** Looks every millisecond, so for work on other threads that takes longer than that. */
export async function memoryOf<T>(work: () => Promise<T>): Promise<MemoryUse<T>> {
  const before = nativeBytes();
  let most = before;
  const look = () => {
    most = Math.max(most, nativeBytes());
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
