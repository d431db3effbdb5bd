/** For what a test leaves to chance: `SEED` repeats an earlier run, whose test has it in its name. */
export function testSeed(): number {
  return Number(process.env.SEED ?? Date.now() % 1_000_000);
}
