/** Wakes whoever waits. What comes while nobody waits is not remembered: look at the state before waiting. */
export class Signal {
  #waiting = new Set<() => void>();

  wake(): void {
    for (const resume of [...this.#waiting]) resume();
  }

  /** Resolves at the next `wake`, at the latest after `limitMs`, which may be infinite. */
  wait(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const resume = () => {
        clearTimeout(timer);
        this.#waiting.delete(resume);
        resolve();
      };
      const timer = Number.isFinite(limitMs) ? setTimeout(resume, Math.max(0, limitMs)) : undefined;
      this.#waiting.add(resume);
    });
  }
}
