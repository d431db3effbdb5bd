import type { CollectionReport } from '../api/answers.js';
import type { Style } from '../terminal/style.js';
import { bytes, grouped, table } from '../terminal/text.js';

const MEANINGS = [
  ['kept', 'something refers to them'],
  ['withdrawn', 'nothing refers to them: moved aside'],
  ['restored', 'moved aside before, and needed again'],
  ['deleted', 'moved aside before, and still not needed'],
  ['waiting', 'nothing refers to them, and the delay is not over'],
] as const;

export function renderCollection(report: CollectionReport, style: Style): string {
  const rows = MEANINGS.map(([outcome, meaning]) => {
    const { blobs, bytes: size } = report[outcome];
    return [style.bold(outcome), grouped(blobs), bytes(size), meaning];
  });
  const lines = [table(rows), ...(report.isDryRun ? ['', 'Nothing was done: a dry run.'] : []), ''];
  return lines.join('\n');
}
