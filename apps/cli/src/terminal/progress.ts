import { Presets, SingleBar } from 'cli-progress';
import { duration, grouped } from './text.js';

export interface Snapshot {
  readonly label: string;
  readonly done: number;
  /** Null while it is not known. */
  readonly total: number | null;
  readonly elapsedMs: number;
  /** Writes an amount, e.g. of bytes; plain numbers without it. */
  readonly amount?: (n: number) => string;
}

/** `Uploading: 1,204 of 9,000, 13%, 85/s, 1 min 32 s left` */
export function progressLine({ label, done, total, elapsedMs, amount = grouped }: Snapshot): string {
  const perSecond = elapsedMs > 0 ? (done * 1000) / elapsedMs : 0;
  const parts = [total === null ? `${amount(done)} so far` : `${amount(done)} of ${amount(total)}`];
  if (total !== null && total > 0) parts.push(`${Math.floor((100 * done) / total)}%`);
  if (perSecond > 0) parts.push(`${amount(perSecond < 10 ? Number(perSecond.toFixed(1)) : Math.round(perSecond))}/s`);
  if (total !== null && perSecond > 0 && done < total) {
    parts.push(`${duration(((total - done) / perSecond) * 1000)} left`);
  }
  return `${label}: ${parts.join(', ')}`;
}

export interface Progress {
  update(label: string, done: number, total: number | null): void;
  stop(): void;
}

export interface ProgressOptions {
  readonly amount?: (n: number) => string;
  readonly everyMs?: number;
}

type Stream = NodeJS.WritableStream & { readonly isTTY?: boolean };

/** A bar where a person looks on, else a line every few seconds. */
export function createProgress(stream: Stream, options: ProgressOptions = {}): Progress {
  return stream.isTTY === true ? new Bar(stream, options) : new Lines(stream, options);
}

/** Ends the line or the bar however the work ends: a bar hides the cursor, and an error must not follow on its line. */
export async function withProgress<T>(progress: Progress, work: (progress: Progress) => Promise<T>): Promise<T> {
  try {
    return await work(progress);
  } finally {
    progress.stop();
  }
}

/** While work goes on of which nothing but the seconds is known. */
export function whileWorking<T>(label: string, work: (onWorking: (seconds: number) => void) => Promise<T>): Promise<T> {
  const progress = createProgress(process.stderr, { amount: (seconds) => `${seconds} s` });
  return withProgress(progress, () => work((seconds) => progress.update(label, seconds, null)));
}

export const SILENT: Progress = { update: () => {}, stop: () => {} };

/** A new label begins anew: its own clock, its own bar. */
abstract class Timed implements Progress {
  #label = '';
  #startedAt = 0;

  constructor(
    protected readonly stream: Stream,
    protected readonly options: ProgressOptions,
  ) {}

  update(label: string, done: number, total: number | null): void {
    if (label !== this.#label) {
      this.stop();
      this.#label = label;
      this.#startedAt = performance.now();
    }
    const { amount } = this.options;
    const elapsedMs = Math.round(performance.now() - this.#startedAt);
    this.show({ label, done, total, elapsedMs, ...(amount === undefined ? {} : { amount }) });
  }

  stop(): void {
    this.#label = '';
    this.end();
  }

  protected abstract show(snapshot: Snapshot): void;
  protected abstract end(): void;
}

class Bar extends Timed {
  #bar: SingleBar | null = null;

  protected show(snapshot: Snapshot): void {
    this.#bar ??= this.#start();
    // cli-progress divides by the total; an unknown one shows an empty bar.
    this.#bar.setTotal(Math.max(1, snapshot.total ?? 1));
    this.#bar.update(snapshot.total === null ? 0 : snapshot.done, { snapshot });
  }

  protected end(): void {
    this.#bar?.stop();
    this.#bar = null;
  }

  #start(): SingleBar {
    const bar = new SingleBar(
      {
        stream: this.stream,
        barsize: 24,
        fps: 8,
        hideCursor: true,
        format: ({ barsize = 24 }, { progress }, payload: { snapshot?: Snapshot }) => {
          const full = Math.round(progress * barsize);
          const text = payload.snapshot === undefined ? '' : progressLine(payload.snapshot);
          return `${'█'.repeat(full)}${'░'.repeat(barsize - full)} ${text}`;
        },
      },
      Presets.shades_classic,
    );
    bar.start(1, 0, {});
    return bar;
  }
}

class Lines extends Timed {
  #lastShown = performance.now();
  #pending: Snapshot | null = null;

  protected show(snapshot: Snapshot): void {
    this.#pending = snapshot;
    if (performance.now() - this.#lastShown < (this.options.everyMs ?? 5_000)) return;
    this.#write();
  }

  protected end(): void {
    if (this.#pending !== null) this.#write();
  }

  #write(): void {
    if (this.#pending !== null) this.stream.write(`${progressLine(this.#pending)}\n`);
    this.#pending = null;
    this.#lastShown = performance.now();
  }
}
