import {
  DEAD_LETTER_ACTIONS_TOPIC,
  type DeadLetterAction,
  type DeadLetterId,
  deadLetterId,
  decodeDeadLetterAction,
  type EventLog,
  type LogRecord,
  LookalikeError,
  nullIfOutcome,
  partitionOf,
} from '#core';
import { recordAt } from '../record-at.js';

/**
 * `open`: set aside, nothing came of it yet. `redriving`: somebody has sent it again. `redriven`: that put the event
 * through. `superseded`: its image has a later state, so it has no effect any more. `discarded`: somebody wants no more of it.
 */
export const LETTER_STATES = ['open', 'redriving', 'redriven', 'superseded', 'discarded'] as const;
export type LetterState = (typeof LETTER_STATES)[number];

/** Of a letter that was erased nothing is shown, wherever its bytes still are. */
export type KnownLetterState = LetterState | 'erased';

/** How many letters on which somebody has acted are in each state. */
export type ClosedCounts = Readonly<Record<Exclude<KnownLetterState, 'open'>, number>>;

/** What an action makes of a letter. What a redrive came to counts only for who still waits for it. */
export function nextState(state: KnownLetterState, { action }: Pick<DeadLetterAction, 'action'>): KnownLetterState {
  if (action === 'erased' || state === 'erased') return 'erased';
  const isOver = state === 'redriven' || state === 'superseded';
  if (action === 'redrive') return isOver ? state : 'redriving';
  if (action === 'discard') return isOver ? state : 'discarded';
  if (action === 'failed') return state === 'redriving' ? 'open' : state;
  return state === 'discarded' || isOver ? state : action;
}

const BLOCK = 1024;
/** 8 bytes for each letter: 32 MiB. What is forgotten beyond them, oldest first, counts as open. */
const MAX_BLOCKS = 4096;
const MAX_RECORDS_AT_ONCE = 20_000;
const STATES: readonly KnownLetterState[] = [...LETTER_STATES, 'erased'];

/**
 * The states of letters, folded from the actions. Letters on which nobody has acted take no memory; of the others it
 * keeps the state and where their last action stands, as one number.
 */
export class LetterStates {
  readonly #blocks = new Map<string, Float64Array>();
  readonly #counts = { open: 0, redriving: 0, redriven: 0, superseded: 0, discarded: 0, erased: 0 };
  /** The next offset of each partition of the actions. */
  readonly #next = new Map<number, number>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly log: EventLog,
    private readonly maxBlocks = MAX_BLOCKS,
  ) {}

  /**
   * Reads what was done since the last call, a bounded number of records.
   * @returns whether that was all of it.
   */
  catchUp(maxRecords = MAX_RECORDS_AT_ONCE): Promise<boolean> {
    const caughtUp = this.#turn.then(() => this.#catchUp(maxRecords));
    this.#turn = caughtUp.catch(() => {});
    return caughtUp;
  }

  /** @throws `overloaded` while there is more than one call may read. */
  async current(): Promise<this> {
    if (await this.catchUp()) return this;
    throw new LookalikeError('overloaded', 'What was done about dead letters is still being read.');
  }

  stateOf(letter: DeadLetterId): KnownLetterState {
    return stateIn(this.#cell(letter) ?? 0);
  }

  /** @returns `null` when nothing was done about it. */
  async lastAction(letter: DeadLetterId): Promise<DeadLetterAction | null> {
    const cell = this.#cell(letter) ?? 0;
    if (cell === 0) return null;
    const marks = await this.log.watermarks(DEAD_LETTER_ACTIONS_TOPIC);
    const partition = partitionOf(deadLetterId(letter), marks.length);
    const offset = Math.floor(cell / STATES.length) - 1;
    const record = await recordAt(this.log, DEAD_LETTER_ACTIONS_TOPIC, { partition, offset });
    return record === null ? null : readAction(record);
  }

  get counts(): ClosedCounts {
    const { open: _, ...closed } = this.#counts;
    return closed;
  }

  async #catchUp(maxRecords: number): Promise<boolean> {
    let left = maxRecords;
    for (const { partition, low, high } of await this.log.watermarks(DEAD_LETTER_ACTIONS_TOPIC)) {
      const from = Math.max(low, this.#next.get(partition) ?? 0);
      if (from >= high) continue;
      for await (const record of this.log.read({ topic: DEAD_LETTER_ACTIONS_TOPIC, partition, from, to: high })) {
        if (left === 0) return false;
        left -= 1;
        this.#take(record);
        this.#next.set(partition, record.offset + 1);
      }
      this.#next.set(partition, high);
    }
    return true;
  }

  #take(record: LogRecord): void {
    const action = readAction(record);
    if (action === null) return;
    const { letter } = action;
    const before = this.stateOf(letter);
    const after = nextState(before, action);
    this.#counts[before] -= 1;
    this.#counts[after] += 1;
    // The offset plus one, so that 0 is a letter on which nobody has acted.
    this.#block(letter)[letter.offset % BLOCK] = (record.offset + 1) * STATES.length + STATES.indexOf(after);
  }

  #cell(letter: DeadLetterId): number | undefined {
    return this.#blocks.get(blockName(letter))?.[letter.offset % BLOCK];
  }

  #block(letter: DeadLetterId): Float64Array {
    const name = blockName(letter);
    const known = this.#blocks.get(name);
    if (known !== undefined) return known;
    const [oldest] = this.#blocks.keys();
    if (this.#blocks.size >= this.maxBlocks && oldest !== undefined) this.#forget(oldest);
    const block = new Float64Array(BLOCK);
    this.#blocks.set(name, block);
    return block;
  }

  #forget(name: string): void {
    for (const cell of this.#blocks.get(name) ?? []) {
      if (cell === 0) continue;
      this.#counts[stateIn(cell)] -= 1;
      this.#counts.open += 1;
    }
    this.#blocks.delete(name);
  }
}

function stateIn(cell: number): KnownLetterState {
  return STATES[cell % STATES.length] ?? 'open';
}

function blockName({ partition, offset }: DeadLetterId): string {
  return `${partition}-${Math.floor(offset / BLOCK)}`;
}

/** What is no action changes nothing. */
function readAction(record: LogRecord): DeadLetterAction | null {
  return nullIfOutcome(() => decodeDeadLetterAction(record));
}
