import { CALIBRATIONS_TOPIC, type EventLog, endedWithin, type Generation, Repeating, unlessUnknown } from '#core';
import { LastingFault } from '../lasting-fault.js';
import { type MatchModel, type MatchModels, shippedModel } from '../match/index.js';
import { type Calibration, decodeCalibration, encodeCalibration } from './calibration.js';

/** So a calibration counts everywhere within half a minute, also where reading is slow. */
const EVERY_MS = 10_000;
/** Searches that come while the log is read for the first time wait for it so long, from its beginning. */
const FIRST_READ_MS = 1_000;

/** The last calibration of each encoder, as the log has it. */
export class Calibrations implements MatchModels {
  readonly #log: EventLog;
  readonly #fault: LastingFault;
  readonly #last = new Map<string, Calibration>();
  #next = 0;
  #reading: Promise<void> = Promise.resolve();
  #firstRead: Promise<void> | null = null;
  #readAtMs = Number.NEGATIVE_INFINITY;
  readonly #following = new Repeating(() => this.refresh().catch(() => {}), EVERY_MS);

  /** @param onFault told when the log cannot be read, not per try; with `null` when it can be again. */
  constructor(log: EventLog, onFault: (error: unknown) => void = () => {}) {
    this.#log = log;
    this.#fault = new LastingFault(onFault);
  }

  /** Reads them, and what is decided from then on. */
  start(): void {
    this.#firstRead ??= this.#beginning();
    this.#following.start();
  }

  async close(): Promise<void> {
    await this.#following.stop();
    await this.#reading.catch(() => {});
  }

  /**
   * The shipped one where the encoder was not calibrated by this vector. A search goes by what was read last: the log, which may be
   * away, is waited for a second at most, and after that not again.
   */
  async modelOf(generation: Generation, vector: string): Promise<MatchModel> {
    this.#firstRead ??= this.#beginning();
    await this.#firstRead;
    return this.#known(generation, vector);
  }

  /** For what stays as it was judged: the models as the log had them 10 s ago, or later. @throws `log-unavailable`. */
  readonly upToDate: MatchModels = {
    modelOf: async (generation, vector) => {
      if (performance.now() - this.#readAtMs > EVERY_MS) await this.refresh();
      return this.#known(generation, vector);
    },
  };

  /** `null` for an encoder that was not calibrated. @throws `log-unavailable`. */
  async of(fingerprint: string): Promise<Calibration | null> {
    await this.refresh();
    return this.#last.get(fingerprint) ?? null;
  }

  /** @throws `log-unavailable`: it may count all the same. */
  async decide(calibration: Calibration): Promise<void> {
    await this.#log.ensureTopic(CALIBRATIONS_TOPIC, { partitions: 1, retention: 'forever' });
    await this.#log.append(CALIBRATIONS_TOPIC, [encodeCalibration(calibration)]);
    await this.refresh();
  }

  /** Reads what was decided since the last time. @throws `log-unavailable`. */
  refresh(): Promise<void> {
    const read = () => this.#fault.watch(this.#read());
    this.#reading = this.#reading.then(read, read);
    return this.#reading;
  }

  #beginning(): Promise<void> {
    return endedWithin(this.refresh(), FIRST_READ_MS);
  }

  #known({ schema }: Generation, vector: string): MatchModel {
    return this.#last.get(schema.encoder.fingerprint)?.models[vector] ?? shippedModel(schema.encoder, vector);
  }

  async #read(): Promise<void> {
    const askedAtMs = performance.now();
    // There is no such topic before the first calibration.
    await unlessUnknown(this.#readOn());
    this.#readAtMs = askedAtMs;
  }

  async #readOn(): Promise<void> {
    for await (const record of this.#log.read({ topic: CALIBRATIONS_TOPIC, partition: 0, from: this.#next })) {
      this.#next = record.offset + 1;
      const calibration = decodeCalibration(record);
      if (calibration !== null) this.#last.set(calibration.fingerprint, calibration);
    }
  }
}
