import { Inject, Injectable } from '@nestjs/common';
import { MAX_PICTURE_BYTES, type Settings } from '#config';
import {
  type BlobStore,
  type Encoders,
  type FetchLink,
  type Generation,
  LookalikeError,
  type VectorIndex,
} from '#core';
import { BLOB_STORE, ENCODERS, FETCH_LINK, SETTINGS, Slots, VECTOR_INDEX } from '#nest';
import { patientLinks } from '#pipeline';
import { type Calibration, Calibrations, measureMatches, SecondLooks } from '#search';
import { PICTURE_EDITS } from '#vision';
import type { OnProgress } from '../answer-in-lines.js';
import { patienceOf } from '../picture-embedders.js';
import { type CalibrationAnswer, calibrationAnswer } from './calibration-answer.js';

/** One at a time in a process: it takes the encoder and a thread for minutes. */
const AT_ONCE = 1;
/** A thread of its own, so that searches do not wait for it, and what its few lanes ask of that. */
const LOOKS = { threads: 1, maxWaiting: 16 } as const;

export interface CalibrationRun {
  readonly sample: number;
  readonly isDryRun: boolean;
  /** Who asked: the name of a key; `null` when there are no keys. */
  readonly by: string | null;
}

/** Measures what the live generation's matches are told by, and reads what was measured. */
@Injectable()
export class CalibrationRuns {
  readonly #slots = new Slots(AT_ONCE, 'calibrations');

  constructor(
    @Inject(VECTOR_INDEX) private readonly index: VectorIndex,
    @Inject(BLOB_STORE) private readonly blobs: BlobStore,
    @Inject(ENCODERS) private readonly encoders: Encoders,
    @Inject(FETCH_LINK) private readonly fetchLink: FetchLink,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'search' | 'links'>,
    @Inject(Calibrations) private readonly calibrations: Calibrations,
  ) {}

  /** @throws `no-live-generation`. */
  async present(): Promise<CalibrationAnswer> {
    const generation = await this.#live();
    return calibrationAnswer(generation, await this.calibrations.of(generation.schema.encoder.fingerprint));
  }

  /** @throws `too-many-requests`, `no-live-generation`, `sample-too-small`, what keeps the encoder from running, faults of the ports, the signal's reason. */
  run(run: CalibrationRun, signal: AbortSignal, onProgress: OnProgress): Promise<CalibrationAnswer> {
    return this.#slots.run(async () => {
      const generation = await this.#live();
      const calibration = await this.#measured(generation, run, signal, onProgress);
      signal.throwIfAborted();
      if (!run.isDryRun) await this.calibrations.decide(calibration);
      return calibrationAnswer(generation, calibration);
    });
  }

  async #measured(
    generation: Generation,
    { sample, by }: CalibrationRun,
    signal: AbortSignal,
    onProgress: OnProgress,
  ): Promise<Calibration> {
    const { index, blobs, settings } = this;
    const running = await this.encoders.running(generation.schema.encoder);
    const looks = new SecondLooks(LOOKS);
    try {
      const measured = await measureMatches({
        index,
        generation,
        running,
        blobs,
        // Else the server of one picture would be a fault of ours.
        fetchLink: patientLinks(this.fetchLink, patienceOf(settings)),
        maxBytes: MAX_PICTURE_BYTES,
        edits: PICTURE_EDITS,
        looks,
        sample,
        precision: settings.search.matchPrecision,
        signal,
        onProgress,
      });
      return { ...measured, atMs: Date.now(), by };
    } finally {
      await looks.close();
    }
  }

  async #live(): Promise<Generation> {
    const live = await this.index.live();
    if (live !== null) return live;
    throw new LookalikeError('no-live-generation', 'There is no index to calibrate yet.');
  }
}
