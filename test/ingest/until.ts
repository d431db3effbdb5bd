/** Waits for a condition, ten seconds at most. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`It did not come true: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
