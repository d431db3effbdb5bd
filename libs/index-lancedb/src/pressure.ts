/** 1,000 rows of 4096 numbers: comparing them takes about 14 ms on 2 cores. */
export const FLAT_FLOATS = 1_000 * 4096;
/**
 * `optimize()` puts new rows into a graph of their own, and each more graph costs a search about as much as the first
 * (20,000 rows: 23 graphs 27 ms, one 7 ms). So more rows may wait where there are more, and now and then all are
 * built into one graph again: growing to n rows builds about 7n in all.
 */
const FLAT_SHARE = 0.02;
export const GRAPHS = 8;
/** Each commit leaves a manifest and small files; their number makes reads and commits slower. */
const COMMITS = 100;
/** One more commit is allowed per this many bytes of vectors, since tidying up may rewrite what has no graph yet. */
const BYTES_PER_COMMIT = 32 * 2 ** 20;
/**
 * Of a generation that is being filled, nearly all that is tidied up would be again, until `settle`. So it is done when its
 * rows have doubled, which writes each row about twice, and while searching for ids and naming the files is no burden yet.
 */
const FILLING_COMMITS = 1_000;

/** What a table's upkeep is decided by. */
export interface TableState {
  readonly rows: number;
  /** Rows outside the graph; all of them while there is none. */
  readonly unindexed: number;
  /** Of the searched vector that has most. */
  readonly graphs: number;
  /** Since the last `optimize()`. */
  readonly commits: number;
}

/** How much searches need new rows in a graph, or fewer graphs. 1 and more: now. */
export function graphPressure(state: TableState, rowFloats: number, flatFloats = FLAT_FLOATS): number {
  const allowed = Math.max(flatFloats, state.graphs === 0 ? 0 : FLAT_SHARE * state.rows * rowFloats);
  return Math.max((state.unindexed * rowFloats) / allowed, (state.graphs - 1) / GRAPHS);
}

/** How much the files need tidying. 1 and more: now. */
export function filePressure(state: TableState, rowFloats: number): number {
  return state.commits / (COMMITS + (state.rows * rowFloats * 4) / BYTES_PER_COMMIT);
}

/** The same of a generation that is being filled, whose rows were so many when they were last tidied up. */
export function fillingPressure({ rows, commits }: TableState, tidiedRows: number): number {
  return Math.min(commits / FILLING_COMMITS, tidiedRows === 0 ? commits : (rows - tidiedRows) / tidiedRows);
}
