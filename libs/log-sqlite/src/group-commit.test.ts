import { GroupCommit } from './group-commit.js';

describe('group commit', () => {
  let transactions: number;
  const transact = (work: () => void) => {
    transactions += 1;
    work();
  };
  beforeEach(() => {
    transactions = 0;
  });

  test('writes of one turn share one transaction, in the order they were asked for', async () => {
    const writes = new GroupCommit(transact, 1000);
    const order: number[] = [];
    const results = await Promise.all([1, 2, 3].map((it) => writes.run(10, () => order.push(it))));
    expect(results).toEqual([1, 2, 3]);
    expect(order).toEqual([1, 2, 3]);
    expect(transactions).toBe(1);
  });

  test('a queue that reaches its limit is written at once', async () => {
    const writes = new GroupCommit(transact, 100);
    const all = Promise.all(Array.from({ length: 10 }, () => writes.run(50, () => null)));
    expect(transactions).toBe(5);
    await all;
    expect(transactions).toBe(5);
  });

  test('a transaction that fails fails every write in it, and the next one works', async () => {
    let isBroken = true;
    const writes = new GroupCommit((work) => {
      work();
      if (isBroken) throw new Error('disk full');
    }, 1000);
    const results = await Promise.allSettled([writes.run(1, () => 'a'), writes.run(1, () => 'b')]);
    expect(results.map((it) => it.status)).toEqual(['rejected', 'rejected']);
    isBroken = false;
    expect(await writes.run(1, () => 'c')).toBe('c');
  });
});
