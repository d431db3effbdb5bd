import { type Generation, searchPaths } from '#core';
import { type Calibration, type CalibrationMeasure, PICTURES_ALONE, shippedModel } from '#search';

/** What the matches of an encoder are told by. */
export interface CalibrationAnswer {
  readonly generation: string;
  readonly encoder: { readonly name: string; readonly fingerprint: string };
  readonly vectors: readonly ModelOfVector[];
  /** `null` of an encoder that was not calibrated. */
  readonly calibration: CalibrationRecord | null;
}

/** Of a vector that the generation is searched by: calibrated, shipped with this version, or for encoders that nobody has measured. */
export interface ModelOfVector {
  readonly vector: string;
  readonly model: 'calibrated' | 'shipped' | 'pictures-alone';
}

export interface CalibrationRecord {
  readonly measured: CalibrationMeasure;
  readonly atMs: number;
  /** Who asked: the name of a key; `null` when there are no keys. */
  readonly by: string | null;
}

export function calibrationAnswer(generation: Generation, calibration: Calibration | null): CalibrationAnswer {
  const { name, fingerprint } = generation.schema.encoder;
  const vectors = searchPaths(generation.schema).map(({ scored }): ModelOfVector => {
    const vector = scored.name;
    if (calibration?.models[vector] !== undefined) return { vector, model: 'calibrated' };
    return {
      vector,
      model: shippedModel(generation.schema.encoder, vector) === PICTURES_ALONE ? 'pictures-alone' : 'shipped',
    };
  });
  return { generation: generation.name, encoder: { name, fingerprint }, vectors, calibration: recordOf(calibration) };
}

/** Without the models, which nobody reads. */
function recordOf(calibration: Calibration | null): CalibrationRecord | null {
  if (calibration === null) return null;
  const { measured, atMs, by } = calibration;
  return { measured, atMs, by };
}
