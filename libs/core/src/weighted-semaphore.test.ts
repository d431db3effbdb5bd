import { WeightedSemaphore } from './weighted-semaphore.js';

function task(log: string[], name: string) {
  let finish = (): void => {};
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const run = () => {
    log.push(`${name} begins`);
    return done;
  };
  return { run, finish };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('only what fits runs at once, in the order it came', async () => {
  const log: string[] = [];
  const semaphore = new WeightedSemaphore(2);
  const [a, b, c] = [task(log, 'a'), task(log, 'b'), task(log, 'c')];
  const all = [a, b, c].map((it) => semaphore.run(1, it.run));
  await settled();
  expect(log).toEqual(['a begins', 'b begins']);
  b.finish();
  await settled();
  expect(log).toEqual(['a begins', 'b begins', 'c begins']);
  a.finish();
  c.finish();
  await Promise.all(all);
});

test('what weighs more than the capacity runs alone, is not overtaken, and makes room when it fails', async () => {
  const log: string[] = [];
  const semaphore = new WeightedSemaphore(2);
  const [a, c] = [task(log, 'a'), task(log, 'c')];
  const first = semaphore.run(1, a.run);
  const alone = semaphore.run(3, async () => {
    log.push('alone begins');
    throw new Error('broken');
  });
  const last = semaphore.run(1, c.run);
  await settled();
  expect(log).toEqual(['a begins']);
  a.finish();
  await expect(alone).rejects.toThrow('broken');
  await settled();
  expect(log).toEqual(['a begins', 'alone begins', 'c begins']);
  c.finish();
  await Promise.all([first, last]);
});
