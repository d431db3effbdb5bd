import type { CalibrationAnswer, VectorMeasure } from '../api/answers.js';
import { commandLine } from '../terminal/command-name.js';
import type { Style } from '../terminal/style.js';
import { count, grouped, printable, table } from '../terminal/text.js';

const SIGNALS = ['cosine', 'hash', 'alignment'] as const;

/** A table of recall by edit for each vector, and what that means in a collection of the present size. */
export function renderCalibration(
  { encoder, calibration }: CalibrationAnswer,
  isDryRun: boolean,
  style: Style,
): string {
  if (calibration === null) return 'Nothing was measured.\n';
  const { images, edits, pairs, copiesAmongSample, unusable, vectors } = calibration.measured;
  const lines = [
    `${count(images, 'image')} in ${count(edits, 'edit')} each, ${grouped(pairs)} pairs of strangers, by ${printable(encoder.name)}.`,
    ...(copiesAmongSample === 0
      ? []
      : [`Left out: ${count(copiesAmongSample, 'pair')} of images that are copies of each other.`]),
    ...leftOut('could not be read', 'picture', unusable.pictures),
    ...leftOut('could not be made', 'edit', unusable.edits),
    ...vectors.flatMap((it) => ['', ...renderVector(it, style)]),
    '',
    isDryRun
      ? `Nothing was stored. To search by it: ${commandLine('calibrate')}`
      : 'Stored: searches go by it within half a minute.',
    '',
  ];
  return lines.join('\n');
}

function leftOut(what: string, one: string, byReason: Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(byReason).map(([code, n]) => `${count(n, one)} ${what}: ${printable(code)}.`);
}

function renderVector(
  { vector, recall, recallBySignal, byEdit, falsePairs, threshold }: VectorMeasure,
  style: Style,
): readonly string[] {
  const head = ['found of', '', 'all signals', ...SIGNALS].map(style.bold);
  const kinds = (['easy', 'hard'] as const).map((kind) => [
    `${kind} edits`,
    '',
    share(recall[kind]),
    ...SIGNALS.map((signal) => share(recallBySignal[signal]?.[kind])),
  ]);
  const rows = byEdit.map(({ edit, kind, recall: found, recallBySignal: alone }) => [
    printable(edit),
    style.dim(kind),
    share(found),
    ...SIGNALS.map((signal) => share(alone[signal])),
  ]);
  return [
    style.bold(
      `Vector ${printable(vector)}, where one of 1,000,000 strangers passes (${grouped(falsePairs)} did by the form of the tail)`,
    ),
    table([head, ...kinds, ...rows]),
    `Among the ${count(threshold.images, 'image')} there are now, at a precision of ${threshold.precision}: ` +
      `${share(threshold.recall.easy)} of easy and ${share(threshold.recall.hard)} of hard edits are called the same picture.`,
  ];
}

function share(value = 0): string {
  return `${(100 * value).toFixed(1)} %`;
}
