import type { EvaluationReport } from '../evaluate/report.js';
import type { Style } from '../terminal/style.js';
import { printable, table } from '../terminal/text.js';
import { encoderName, untrainedNote } from './encoder.js';
import { evaluationNotes, evaluationSetup, evaluationTables, type FigureTable } from './evaluation-tables.js';

export function renderEvaluation(report: EvaluationReport, style: Style): string {
  const tables = Object.values(evaluationTables(report)).filter((it): it is FigureTable => it !== null);
  return [
    `Encoder ${encoderName(report.encoder)}`,
    ...evaluationSetup(report).map(printable),
    '',
    ...tables.flatMap((it) => section(it, style)),
    ...evaluationNotes(report).map((it) => style.yellow(printable(it))),
    ...untrainedNote(report.encoder, style),
    '',
  ].join('\n');
}

function section({ title, caption, head, rows }: FigureTable, style: Style): string[] {
  return [
    style.bold(title),
    style.dim(caption),
    table([head.map(style.bold), ...rows.map((row) => row.map(printable))]),
    '',
  ];
}
