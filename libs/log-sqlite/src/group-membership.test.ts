import { GroupMembership } from './group-membership.js';

describe('group membership', () => {
  test('the first member gets every partition', () => {
    const group = new GroupMembership<string>(3);
    expect(group.join('a')).toEqual({ revoked: new Map(), granted: new Map([['a', [0, 1, 2]]]) });
    expect(group.owns('a', 1)).toBe(true);
  });

  test('a second member takes its share and no partition moves needlessly', () => {
    const group = new GroupMembership<string>(5);
    group.join('a');
    expect(group.join('b')).toEqual({ revoked: new Map([['a', [3, 4]]]), granted: new Map([['b', [3, 4]]]) });
    expect(group.owns('a', 3)).toBe(false);
    expect(group.owns('b', 3)).toBe(true);
  });

  test('a member that leaves hands everything over', () => {
    const group = new GroupMembership<string>(4);
    group.join('a');
    group.join('b');
    expect(group.leave('a')).toEqual({ revoked: new Map([['a', [0, 1]]]), granted: new Map([['b', [0, 1]]]) });
  });

  test('with more members than partitions some have none', () => {
    const group = new GroupMembership<string>(1);
    group.join('a');
    expect(group.join('b')).toEqual({ revoked: new Map(), granted: new Map() });
    expect(group.leave('a').granted).toEqual(new Map([['b', [0]]]));
  });

  test('the last one out leaves the partitions without an owner', () => {
    const group = new GroupMembership<string>(2);
    group.join('a');
    expect(group.leave('a')).toEqual({ revoked: new Map([['a', [0, 1]]]), granted: new Map() });
    expect(group.isEmpty()).toBe(true);
    expect(group.owns('a', 0)).toBe(false);
  });

  test('after any joins and leaves every partition has one owner and shares differ by at most one', () => {
    const partitions = 7;
    const group = new GroupMembership<number>(partitions);
    const members = new Set<number>();
    for (let step = 0; step < 200; step++) {
      const member = (step * 7919) % 9;
      if (members.has(member)) {
        members.delete(member);
        group.leave(member);
      } else {
        members.add(member);
        group.join(member);
      }
      const counts = [...members].map((it) => [...Array(partitions).keys()].filter((p) => group.owns(it, p)).length);
      if (members.size === 0) continue;
      expect(counts.reduce((sum, it) => sum + it)).toBe(partitions);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }
  });
});
