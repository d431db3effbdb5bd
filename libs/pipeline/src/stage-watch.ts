import { type EventLog, isLookalikeError } from '#core';
import { CommitRate } from './commit-rate.js';
import { someAtOnce } from './some-at-once.js';
import { type PartitionProgress, type StageProgress, stageProgress } from './stage-progress.js';

export interface PartitionStatus extends PartitionProgress {
  /** Since the log took the oldest record that is not handled; 0 when none waits. */
  readonly lagSeconds: number;
}

export interface StageStatus extends StageProgress {
  readonly partitions: readonly PartitionStatus[];
  /** Of the partition that is furthest behind in time. */
  readonly lagSeconds: number;
  /** Records a second that all members of the group have committed in the last minute; `null` when not known yet. */
  readonly perSecond: number | null;
  /** Until nothing waits, at that rate; `null` when not known, or when nothing moves. */
  readonly secondsLeft: number | null;
}

interface Oldest {
  readonly offset: number;
  readonly timestampMs: number;
}

/** Partitions whose oldest waiting record is read at the same time. */
const READS_AT_ONCE = 8;

/**
 * Tells of one group how far it is, how old what waits is, and how fast it goes. Of a partition that lags one record is
 * read, and no more until the group has committed further.
 */
export class StageWatch {
  readonly #rate = new CommitRate();
  readonly #oldest = new Map<number, Oldest>();
  #asking: Promise<StageStatus> | null = null;

  constructor(
    private readonly log: EventLog,
    private readonly topic: string,
    private readonly group: string,
  ) {}

  /** To be called every few seconds, so that there is a rate when somebody asks. */
  async sample(): Promise<StageProgress> {
    const progress = await stageProgress(this.log, this.topic, this.group);
    const committed = progress.partitions.reduce((sum, it) => sum + it.committed, 0);
    this.#rate.add(performance.now(), committed);
    return progress;
  }

  /** However many ask at the same time, the log is asked once. @throws `topic-unknown`, `log-unavailable`. */
  status(): Promise<StageStatus> {
    this.#asking ??= this.#status().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  async #status(): Promise<StageStatus> {
    const progress = await this.sample();
    const partitions = await someAtOnce(READS_AT_ONCE, progress.partitions, (it) => this.#withAge(it));
    const lagSeconds = partitions.reduce((most, it) => Math.max(most, it.lagSeconds), 0);
    const { perSecond } = this.#rate;
    return { ...progress, partitions, lagSeconds, perSecond, secondsLeft: secondsLeft(progress.lag, perSecond) };
  }

  async #withAge(progress: PartitionProgress): Promise<PartitionStatus> {
    const { partition, committed, end, lag } = progress;
    if (lag === 0) return { ...progress, lagSeconds: 0 };
    const known = this.#oldest.get(partition);
    const oldest = known?.offset === committed ? known : await this.#read(partition, committed, end);
    // Compaction may have left nothing between the two.
    if (oldest === null) return { ...progress, lagSeconds: 0 };
    this.#oldest.set(partition, oldest);
    return { ...progress, lagSeconds: Math.max(0, (Date.now() - oldest.timestampMs) / 1000) };
  }

  async #read(partition: number, from: number, to: number): Promise<Oldest | null> {
    try {
      for await (const { timestampMs } of this.log.read({ topic: this.topic, partition, from, to })) {
        return { offset: from, timestampMs };
      }
      return null;
    } catch (error) {
      if (!isLookalikeError(error) || error.code !== 'log-damaged') throw error;
      // What holds up the stage: it is told of from when it was met.
      return { offset: from, timestampMs: Date.now() };
    }
  }
}

function secondsLeft(lag: number, perSecond: number | null): number | null {
  if (lag === 0) return 0;
  return perSecond === null || perSecond === 0 ? null : lag / perSecond;
}
