/** For what a test leaves to chance: `SEED` repeats an earlier run, whose test has it in its name. */
export function testSeed(): number {
  return Number(process.env.SEED ?? Date.now() % 1_000_000);
}

/** Where in the run of a seed the one case lies that fast-check found and made small; `SEED_PATH` is what it calls path. */
export function testSeedPath(): string | null {
  const path = process.env.SEED_PATH ?? '';
  return path === '' ? null : path;
}
