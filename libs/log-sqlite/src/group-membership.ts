/** What a join or a leave moves: revoke first, then grant. Members that nothing happens to are absent. */
export interface Reassignment<Member> {
  readonly revoked: ReadonlyMap<Member, readonly number[]>;
  readonly granted: ReadonlyMap<Member, readonly number[]>;
}

/**
 * Who has which partition of one topic in one group. Every partition has one owner while there is a member; shares
 * differ by at most one partition; a partition moves only when its owner leaves or has more than its share.
 */
export class GroupMembership<Member> {
  private readonly members = new Set<Member>();
  private owners = new Map<number, Member>();

  constructor(private readonly partitions: number) {}

  join(member: Member): Reassignment<Member> {
    this.members.add(member);
    return this.reassign();
  }

  leave(member: Member): Reassignment<Member> {
    this.members.delete(member);
    return this.reassign();
  }

  owns(member: Member, partition: number): boolean {
    return this.owners.get(partition) === member;
  }

  isEmpty(): boolean {
    return this.members.size === 0;
  }

  private reassign(): Reassignment<Member> {
    const before = this.owners;
    const after = assign(before, [...this.members], this.partitions);
    this.owners = after;
    const revoked = new Map<Member, number[]>();
    const granted = new Map<Member, number[]>();
    for (let partition = 0; partition < this.partitions; partition++) {
      const [from, to] = [before.get(partition), after.get(partition)];
      if (from === to) continue;
      if (from !== undefined) revoked.set(from, [...(revoked.get(from) ?? []), partition]);
      if (to !== undefined) granted.set(to, [...(granted.get(to) ?? []), partition]);
    }
    return { revoked, granted };
  }
}

/** Owners keep what they have up to their share; what is left over goes to whoever has less than a share. */
function assign<Member>(before: ReadonlyMap<number, Member>, members: readonly Member[], partitions: number) {
  const owners = new Map<number, Member>();
  if (members.length === 0) return owners;
  const share = Math.floor(partitions / members.length);
  let largerShares = partitions % members.length;
  const held = new Map(members.map((member) => [member, 0]));
  const hasRoom = (member: Member) => {
    const count = held.get(member) ?? 0;
    return count < share || (count === share && largerShares > 0);
  };
  const give = (partition: number, member: Member) => {
    const count = held.get(member) ?? 0;
    if (count === share) largerShares -= 1;
    held.set(member, count + 1);
    owners.set(partition, member);
  };
  for (let partition = 0; partition < partitions; partition++) {
    const owner = before.get(partition);
    if (owner !== undefined && held.has(owner) && hasRoom(owner)) give(partition, owner);
  }
  for (let partition = 0; partition < partitions; partition++) {
    if (owners.has(partition)) continue;
    const member = members.find((it) => (held.get(it) ?? 0) < share) ?? members.find(hasRoom);
    if (member !== undefined) give(partition, member);
  }
  return owners;
}
