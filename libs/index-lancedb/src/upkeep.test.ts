import type { Table } from '@lancedb/lancedb';
import { SCHEMA } from '#testkit';
import { Maintenance } from './maintenance.js';
import { WriterQueue } from './writer-queue.js';

const GRAPH = 'v0';

/** A table of `rows` rows that counts what is done to it, and how much of it at the same time. */
function upkeep({ rows = 10, live = true } = {}) {
  const it = {
    live,
    optimizes: 0,
    /** The columns whose index was asked for. */
    builds: [] as string[],
    graphs: 1,
    atOnce: 0,
    mostAtOnce: 0,
    queued: 0,
    errors: [] as unknown[],
    optimize: async () => {},
    createIndex: async () => {},
  };
  const built = new Set<string>();
  const table = {
    countRows: async () => rows,
    listIndices: async () => [...built].map((column) => ({ columns: [column], numSegments: it.graphs })),
    createIndex: async (column: string) => {
      it.builds.push(column);
      await it.createIndex();
      built.add(column);
      if (column === GRAPH) it.graphs = 1;
    },
    optimize: async () => {
      it.optimizes += 1;
      it.atOnce += 1;
      it.mostAtOnce = Math.max(it.mostAtOnce, it.atOnce);
      try {
        await it.optimize();
      } finally {
        it.atOnce -= 1;
      }
    },
  } as unknown as Table;
  const writer = {
    run: (write: () => Promise<unknown>) => {
      it.queued += 1;
      return write();
    },
  } as unknown as WriterQueue;
  const options = { flatFloats: 16_000, onBackgroundError: (error: unknown) => it.errors.push(error) };
  const maintenance = new Maintenance(table, SCHEMA, writer, () => it.live, options);
  const write = (commits = 120) => {
    for (let commit = 0; commit < commits; commit++) maintenance.written(1);
  };
  return { it, maintenance, write };
}

const turns = () => jest.advanceTimersByTimeAsync(0);
const full = () => Promise.reject(new Error('No space left on device'));

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

describe('upkeep in the background', () => {
  test('goes on by itself after a failure', async () => {
    const { it, write } = upkeep();
    it.optimize = full;
    write();
    await turns();
    expect(it.errors).toHaveLength(1);
    it.optimize = async () => {};
    await jest.advanceTimersByTimeAsync(1_000);
    expect(it.optimizes).toBe(2);
    expect(it.errors).toHaveLength(1);
  });

  test('waits twice as long after each failure, up to five minutes', async () => {
    const { it, write } = upkeep();
    const begun: number[] = [];
    it.optimize = () => {
      begun.push(Date.now());
      return full();
    };
    write();
    await jest.advanceTimersByTimeAsync(1_200_000);
    const waits = begun.slice(1).map((at, before) => (at - (begun[before] ?? 0)) / 1_000);
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    expect(it.errors).toHaveLength(begun.length);
  });

  test('goes on after a failure whose work somebody waited for and had done', async () => {
    const { it, maintenance, write } = upkeep();
    it.optimize = full;
    write();
    await turns();
    it.optimize = async () => {};
    await maintenance.settle();
    await jest.advanceTimersByTimeAsync(10_000);
    const before = it.optimizes;
    write();
    await turns();
    expect(it.optimizes).toBe(before + 1);
  });

  test('goes on after a failure of what is no longer due', async () => {
    const { it, maintenance, write } = upkeep({ rows: 2_000 });
    it.createIndex = full;
    maintenance.written(2_000);
    await turns();
    expect(it.errors).toHaveLength(1);
    it.live = false;
    it.createIndex = async () => {};
    await jest.advanceTimersByTimeAsync(10_000);
    expect(it.optimizes).toBe(0);
    write(1_000);
    await turns();
    expect(it.optimizes).toBeGreaterThan(0);
  });

  test('is never done twice at the same time', async () => {
    const { it, maintenance, write } = upkeep();
    it.optimize = () => new Promise<void>((resolve) => setTimeout(resolve, 10));
    write();
    const settled = Promise.all([maintenance.settle(), maintenance.settle()]);
    await jest.advanceTimersByTimeAsync(1_000);
    await settled;
    expect(it.optimizes).toBeGreaterThan(0);
    expect(it.mostAtOnce).toBe(1);
  });
});

describe('what is worth its while', () => {
  test('after half a minute without writes is what was not before', async () => {
    const [little, more] = [upkeep(), upkeep()];
    little.write(24);
    more.write(25);
    await jest.advanceTimersByTimeAsync(29_000);
    expect(more.it.optimizes).toBe(0);
    more.write(1);
    await jest.advanceTimersByTimeAsync(29_000);
    expect(more.it.optimizes).toBe(0);
    await jest.advanceTimersByTimeAsync(1_000);
    expect([little.it.optimizes, more.it.optimizes]).toEqual([0, 1]);
  });

  test('of a generation that is not live is its files, and its graphs once somebody settles it', async () => {
    const { it, maintenance, write } = upkeep({ rows: 2_000, live: false });
    write(999);
    await turns();
    expect(it.optimizes).toBe(0);
    write(1);
    await turns();
    expect([it.optimizes, it.builds]).toEqual([1, ['id']]);
    await maintenance.settle();
    expect(it.builds).toEqual(['id', GRAPH]);
  });

  test('of a generation that is settled is its files first, so that no graph has to follow them', async () => {
    const { it, maintenance, write } = upkeep({ rows: 2_000, live: false });
    it.createIndex = async () =>
      expect([it.builds.at(-1), it.optimizes]).toEqual(it.optimizes === 0 ? ['id', 0] : [GRAPH, 1]);
    write(100);
    await maintenance.settle();
    expect([it.builds, it.optimizes]).toEqual([['id', GRAPH], 1]);
  });

  test('is a graph of all rows in place of many, when there are many', async () => {
    const { it, maintenance } = upkeep({ rows: 2_000 });
    await maintenance.settle();
    it.graphs = 9;
    await maintenance.start();
    await turns();
    expect([it.builds, it.graphs]).toEqual([[GRAPH, GRAPH], 1]);
    await maintenance.settle();
    expect(it.builds).toHaveLength(2);
  });

  test.each([
    [999, 0],
    [1_000, 1],
  ])('with %d rows is an index of ids %d times', async (rows, times) => {
    const { it, maintenance, write } = upkeep({ rows });
    for (let round = 0; round < 2; round++) {
      write();
      await maintenance.settle();
    }
    expect(it.builds.filter((column) => column === 'id')).toHaveLength(times);
  });
});

describe('a graph that cannot be built', () => {
  test('because merges came in between is built while they wait', async () => {
    const { it, maintenance } = upkeep({ rows: 2_000 });
    it.createIndex = () =>
      it.queued === 0 ? Promise.reject(new Error('Commit conflict for version 7')) : Promise.resolve();
    await maintenance.settle();
    expect([it.builds, it.queued]).toEqual([[GRAPH, GRAPH], 1]);
  });

  test('for any other reason does not keep the writes waiting', async () => {
    const { it, maintenance } = upkeep({ rows: 2_000 });
    it.createIndex = full;
    await expect(maintenance.settle()).rejects.toMatchObject({ code: 'index-unavailable', canRetry: true });
    await maintenance.stop();
    expect(it.queued).toBe(0);
  });
});
