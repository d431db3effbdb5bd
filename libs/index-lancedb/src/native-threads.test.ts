import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

const ASK = `
  require(process.argv[1]);
  const { LANCE_CPU_THREADS, TOKIO_WORKER_THREADS } = process.env;
  console.log(LANCE_CPU_THREADS, TOKIO_WORKER_THREADS);
`;
const asked = (env: NodeJS.ProcessEnv) =>
  execFileSync(process.execPath, ['-e', ASK, require.resolve('#index-lancedb')], { env, encoding: 'utf8' }).trim();

test('LanceDB gets more threads than there are cores, so that searches need not wait for the end of a build', () => {
  expect(asked({})).toBe(`${availableParallelism() + 2} ${availableParallelism() + 4}`);
});

test('as many as an operator says, if one does', () => {
  expect(asked({ LANCE_CPU_THREADS: '7' })).toBe(`7 ${availableParallelism() + 4}`);
});
