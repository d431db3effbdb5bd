import { GroupFetches } from './group-fetches.js';
import { GroupProgress } from './group-progress.js';
import type { Broker, Cluster, FetchAnswer, FetchedMessage, FetchRequest } from './kafkajs-internals.js';

const NODE = { nodeId: 1 };

describe('a fetch of a member of a group', () => {
  test('is current for as long as the assignment that it was asked under', async () => {
    const { fetches, cluster, answer } = fake();
    fetches.begin();
    const messages = await fetch(cluster, answer([message(7)]));
    expect(fetches.isCurrent(messages)).toBe(true);
    fetches.end();
    expect(fetches.isCurrent(messages)).toBe(false);
    fetches.begin();
    expect(fetches.isCurrent(messages)).toBe(false);
  });

  test('that is answered after the partitions were let go gives nothing', async () => {
    const { fetches, cluster, answer } = fake();
    fetches.begin();
    const broker = await cluster.findBroker(NODE);
    const late = broker.fetch(request(7));
    fetches.end();
    fetches.begin();
    answer([message(7)]);
    expect(await late).toEqual({ responses: [] });
  });

  test('whose offsets were read before the partitions were let go is not even asked', async () => {
    const { fetches, cluster, asked } = fake();
    fetches.begin();
    // As kafkajs does: it reads its offsets, finds the broker, and asks.
    const finding = cluster.findBroker(NODE);
    fetches.end();
    fetches.begin();
    expect(await (await finding).fetch(request(7))).toEqual({ responses: [] });
    expect(asked()).toBe(0);
  });

  test('of a leader that has moved looks for the new one and does not fail', async () => {
    const { fetches, cluster, fail, refreshed } = fake();
    fetches.begin();
    const fetching = (await cluster.findBroker(NODE)).fetch(request(7));
    fail(Object.assign(new Error('moved'), { type: 'NOT_LEADER_FOR_PARTITION' }));
    expect(await fetching).toEqual({ responses: [] });
    expect(refreshed()).toBe(1);
  });

  test('tells what it passed over, and only where there is nothing to hand out', async () => {
    const { fetches, cluster, answer, passed } = fake();
    fetches.begin();
    await fetch(cluster, answer([message(7), message(8, { isControlRecord: true })]));
    expect(passed).toEqual([]);
    await fetch(cluster, answer([message(7, { isControlRecord: true }), message(8, { isControlRecord: true })]));
    expect(passed).toEqual([[0, 7, 9]]);
    // The rest of a batch that begins before: compaction has taken what was asked for.
    await fetch(cluster, answer([message(5)]));
    expect(passed.at(-1)).toEqual([0, 7, 8]);
  });
});

describe('the progress of a partition', () => {
  test('commits what follows the last record and is never handed out', () => {
    const progress = new GroupProgress();
    progress.handOut(0, 10, 20, 22);
    expect(progress.toCommit(0, 15)).toBe(15);
    expect(progress.toCommit(0, 20)).toBe(22);
    progress.commit(0, 22);
    expect(progress.toCommit(0, 20)).toBeNull();
    expect(progress.idle()).toEqual([]);
    progress.pass(0, 22, 30);
    expect(progress.idle()).toEqual([[0, 22]]);
    expect(progress.toCommit(0, 22)).toBe(30);
  });

  test('never passes over what was handed out and is not done', () => {
    const progress = new GroupProgress();
    progress.handOut(0, 10, 20, 20);
    progress.pass(0, 20, 30);
    expect(progress.idle()).toEqual([]);
    expect(progress.toCommit(0, 19)).toBe(19);
    progress.commit(0, 19);
    expect(progress.idle()).toEqual([]);
    expect(progress.toCommit(0, 20)).toBe(30);
  });

  test('passes over nothing that does not follow what it knows of', () => {
    const progress = new GroupProgress();
    progress.handOut(0, 10, 20, 20);
    progress.pass(0, 25, 30);
    expect(progress.toCommit(0, 20)).toBe(20);
  });

  test('knows what was handed out in this assignment', () => {
    const progress = new GroupProgress();
    expect(progress.isHandedOut(0, 1)).toBe(false);
    progress.handOut(0, 10, 20, 20);
    expect(progress.isHandedOut(0, 20)).toBe(true);
    expect(progress.isHandedOut(0, 21)).toBe(false);
    progress.clear();
    expect(progress.isHandedOut(0, 20)).toBe(false);
  });
});

function fake() {
  let settle: { resolve(it: FetchAnswer): void; reject(error: unknown): void } | null = null;
  let prepared: FetchAnswer | null = null;
  let [asked, refreshed] = [0, 0];
  const passed: [partition: number, from: number, end: number][] = [];
  const broker = {
    fetch: () => {
      asked += 1;
      if (prepared !== null) return Promise.resolve(prepared);
      return new Promise<FetchAnswer>((resolve, reject) => {
        settle = { resolve, reject };
      });
    },
  } as unknown as Broker;
  const cluster = {
    findBroker: async () => broker,
    refreshMetadata: async () => {
      refreshed += 1;
    },
  } as unknown as Cluster;
  const fetches = new GroupFetches((...it) => passed.push(it));
  fetches.adapt(cluster);
  const answer = (messages: FetchedMessage[]): FetchAnswer => {
    const partitions = [{ partition: 0, lastStableOffset: '99', abortedTransactions: [], messages, isCut: false }];
    prepared = { responses: [{ topicName: 'topic', partitions }] };
    settle?.resolve(prepared);
    return prepared;
  };
  return {
    fetches,
    cluster,
    passed,
    answer,
    fail: (error: unknown) => settle?.reject(error),
    asked: () => asked,
    refreshed: () => refreshed,
  };
}

async function fetch(cluster: Cluster, _answer: FetchAnswer): Promise<readonly FetchedMessage[]> {
  const { responses } = await (await cluster.findBroker(NODE)).fetch(request(7));
  return responses[0]?.partitions[0]?.messages ?? [];
}

function request(from: number): FetchRequest {
  const partitions = [{ partition: 0, fetchOffset: String(from), maxBytes: 1 }];
  return { isolationLevel: 1, maxWaitTime: 1, minBytes: 1, maxBytes: 1, topics: [{ topic: 'topic', partitions }] };
}

function message(offset: number, more: Partial<FetchedMessage> = {}): FetchedMessage {
  return {
    offset: String(offset),
    timestamp: '0',
    key: null,
    value: null,
    isControlRecord: false,
    batchContext: { producerId: '1', inTransaction: false },
    ...more,
  };
}
