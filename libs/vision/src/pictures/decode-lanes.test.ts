import { DecodeLanes } from './decode-lanes.js';

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

test('only as many run as there are lanes, in the order they came', async () => {
  const log: string[] = [];
  const lanes = new DecodeLanes(2);
  const [a, b, c] = [task(log, 'a'), task(log, 'b'), task(log, 'c')];
  const all = [a, b, c].map((it) => lanes.run(it.run));
  await settled();
  expect(log).toEqual(['a begins', 'b begins']);
  b.finish();
  await settled();
  expect(log).toEqual(['a begins', 'b begins', 'c begins']);
  a.finish();
  c.finish();
  await Promise.all(all);
});

test('one that runs alone waits for the others, is not overtaken, and frees its lanes when it fails', async () => {
  const log: string[] = [];
  const lanes = new DecodeLanes(2);
  const [a, c] = [task(log, 'a'), task(log, 'c')];
  const first = lanes.run(a.run);
  const alone = lanes.runAlone(async () => {
    log.push('alone begins');
    throw new Error('broken');
  });
  const last = lanes.run(c.run);
  await settled();
  expect(log).toEqual(['a begins']);
  a.finish();
  await expect(alone).rejects.toThrow('broken');
  await settled();
  expect(log).toEqual(['a begins', 'alone begins', 'c begins']);
  c.finish();
  await Promise.all([first, last]);
});
