import type { LogRecord, NewRecord } from '#core';
import type { MatchModel, Signal } from '../match/index.js';

/** What an encoder's matches are told by, measured on pictures of a collection. */
export interface Calibration {
  readonly fingerprint: string;
  /** By the encoder's vectors. */
  readonly models: Readonly<Record<string, MatchModel>>;
  readonly measured: CalibrationMeasure;
  readonly atMs: number;
  /** Who asked: the name of a key; `null` when there are no keys. */
  readonly by: string | null;
}

/** What was measured on. */
export interface CalibrationMeasure {
  /** Of which at least one edit was compared. */
  readonly images: number;
  /** Edits of each. */
  readonly edits: number;
  /** Pairs of an edited picture and the original of another one. */
  readonly pairs: number;
  /** Pairs of originals that are copies of each other, as far as the shipped model tells: they are no strangers, and are left out. */
  readonly copiesAmongSample: number;
  /** Pictures that could not be read and edits that could not be made or embedded, by the code of the reason. */
  readonly unusable: {
    readonly pictures: Readonly<Record<string, number>>;
    readonly edits: Readonly<Record<string, number>>;
  };
  readonly vectors: readonly VectorMeasure[];
}

/** How well copies are told by one vector, where at most one in 1,000,000 strangers passes: by the fitted tail, and by counting from 1,000,000 pairs on. */
export interface VectorMeasure {
  readonly vector: string;
  readonly recall: RecallByKind;
  /**
   * By the cosine, the hash or the alignment alone. By the latter two it is rather too good: they are measured on the strangers nearest by
   * cosine, as candidates of a search are, and of the others some may have as much.
   */
  readonly recallBySignal: Readonly<Record<Signal, RecallByKind>>;
  /** By hash and alignment together, among those nearest by the vector, so rather too good too: what it adds is at least the rest. */
  readonly recallWithoutVector: RecallByKind;
  readonly byEdit: readonly RecallOfEdit[];
  /** Strangers that pass by the tail alone, as a search decides, of those that were compared; and their share of all pairs. */
  readonly falsePairs: number;
  readonly falseRate: number;
  readonly threshold: PresentThreshold;
}

/** The share of edited pictures that is found, 0 to 1: 0 where there are none. */
export interface RecallByKind {
  readonly all: number;
  readonly easy: number;
  readonly hard: number;
}

export interface RecallOfEdit {
  readonly edit: string;
  readonly kind: 'easy' | 'hard';
  /** Pictures with this edit. */
  readonly pictures: number;
  readonly recall: number;
  readonly recallBySignal: Readonly<Record<Signal, number>>;
}

/**
 * From where on a result is called the same picture, in a collection of the present size and at the wanted precision, by a search with the picture as
 * it is. One in its turns takes more, where the cosine counts: each turn has as many strangers.
 */
export interface PresentThreshold {
  readonly images: number;
  readonly precision: number;
  /** The share of strangers that may have as much evidence. */
  readonly share: number;
  /** The evidence that it takes, as the weighted sum of the signals. */
  readonly strength: number;
  readonly recall: RecallByKind;
}

/** The number goes with what signals mean: a model says nothing of alignments that are scored in another way. */
const CONTENT_TYPE = 'application/vnd.lookalike.calibration.v2+json';

export function encodeCalibration(calibration: Calibration): NewRecord {
  const value = Buffer.from(JSON.stringify(calibration));
  return { key: calibration.fingerprint, value, headers: { 'content-type': CONTENT_TYPE } };
}

/** The topic is ours alone, so only the outline is looked at. `null` for what is none, and for what other signals were measured for. */
export function decodeCalibration({ value, headers }: Pick<LogRecord, 'value' | 'headers'>): Calibration | null {
  if (headers['content-type'] !== CONTENT_TYPE) return null;
  try {
    const read = JSON.parse(Buffer.from(value ?? []).toString('utf8'));
    const isWhole = typeof read?.fingerprint === 'string' && typeof read.models === 'object' && read.models !== null;
    return isWhole ? read : null;
  } catch {
    return null;
  }
}
