import type { Style } from '../terminal/style.js';
import { bytes, count, printable, table } from '../terminal/text.js';
import type { Encoder, ExportResult, ImportResult } from '../transfer/transfer-process.js';

export function renderExport({ log, encoders, records, sizeBytes }: ExportResult, { bold, dim }: Style): string {
  const rows = Object.entries(records).map(([topic, n]) => [`  ${printable(topic)}`, count(n, 'record')]);
  const lines = [
    `${bold(`Exported ${bytes(sizeBytes)}`)} of log ${dim(log)}`,
    ...(rows.length === 0 ? ['  nothing: the log is empty'] : [table(rows)]),
    encoders.length === 0 ? 'Without vectors: they are made again where it is imported.' : vectorsOf(encoders),
    'The pictures are not in it; copy them too.',
  ];
  return `${lines.join('\n')}\n`;
}

export function renderImport({ origin, log, resumed, encoders, counts }: ImportResult, style: Style): string {
  const { bold, dim, yellow } = style;
  const { events, vectors, letters, actions, calibrations, decisions, lettersMade, eventsWithBlob } = counts;
  const rows = [
    ['  events', count(events.imported, 'record'), leftOut(events.leftOut)],
    ['  vectors', count(vectors.imported, 'record'), leftOut(vectors.leftOut)],
    ['  dead letters', count(letters.imported, 'record'), leftOut(letters.leftOut)],
    ['  done about them', count(actions.imported, 'record'), leftOut(actions.leftOut)],
    ['  calibrations', count(calibrations.imported, 'record'), leftOut(calibrations.leftOut)],
    ['  about duplicates', count(decisions.imported, 'decision'), leftOut(decisions.leftOut)],
  ];
  const misplaced = `${count(events.leftOut, 'event')} lay where no event of its image counts, and went to the dead letters only.`;
  const lines = [
    `${bold(resumed ? 'Went on with the import, to its end' : 'Imported')}: log ${dim(origin)} is now log ${dim(log)}`,
    table(rows),
    ...(events.leftOut === 0
      ? []
      : [yellow(misplaced), ...(lettersMade === 0 ? [] : [`  ${lettersMade} of them are new.`])]),
    encoders.length === 0 ? 'Without vectors: the embed stage makes them when it starts.' : vectorsOf(encoders),
    ...encoders.flatMap(({ name }) =>
      name === null
        ? []
        : [
            `Start with LOOKALIKE_ENCODER=${printable(name)}, or its manifest's file if it is your own; another encoder embeds everything anew.`,
          ],
    ),
    ...(eventsWithBlob === 0
      ? []
      : [`${count(eventsWithBlob, 'event names', 'events name')} a picture of the blob store: copy it too.`]),
  ];
  return `${lines.join('\n')}\n`;
}

function vectorsOf(encoders: readonly Encoder[]): string {
  return `With the vectors of ${encoders.map(({ name, fingerprint }) => printable(name ?? fingerprint)).join(', ')}.`;
}

function leftOut(n: number): string {
  return n === 0 ? '' : `${n} left out`;
}
