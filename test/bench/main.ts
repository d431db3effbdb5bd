import { describeMachine } from './machine.js';
import { type BenchResult, printMachine, printResult } from './report.js';

/** By name; `false` runs only when it is asked for. Loaded one by one, so that none pays for another's libraries. */
const BENCHES: Readonly<
  Record<string, readonly [load: () => Promise<{ run(): Promise<BenchResult> }>, always: boolean]>
> = {
  import: [() => import('./import.js'), true],
  'large-pictures': [() => import('./large-pictures.js'), false],
  'int8-vs-float32': [() => import('./int8-vs-float32.js'), true],
  search: [() => import('./search.js'), true],
  lean: [() => import('./lean.js'), false],
  'second-look': [() => import('./second-look.js'), false],
  match: [() => import('./match.js'), false],
  duplicates: [() => import('./duplicates.js'), false],
  page: [() => import('./page.js'), false],
  rebuild: [() => import('./rebuild.js'), false],
  events: [() => import('./events.js'), true],
  audit: [() => import('./audit.js'), true],
  kafka: [() => import('./kafka.js'), false],
  'fresh-clone': [() => import('./fresh-clone.js'), false],
};

async function main(args: readonly string[]): Promise<void> {
  const asked = args.filter((it) => it !== '--json');
  const unknown = asked.filter((it) => !(it in BENCHES));
  if (unknown.length > 0)
    throw new Error(`No benchmark is called ${unknown.join(', ')}: ${Object.keys(BENCHES).join(', ')}`);
  const json = args.includes('--json');
  const machine = describeMachine(args);
  if (!json) printMachine(machine);
  const results: BenchResult[] = [];
  for (const [name, [load, always]] of Object.entries(BENCHES)) {
    if (asked.length > 0 ? !asked.includes(name) : !always) continue;
    const result = await (await load()).run();
    results.push(result);
    if (!json) printResult(result);
  }
  if (json) console.log(JSON.stringify({ machine, results }));
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
