import type { EvaluationReport } from '../evaluate/report.js';
import { PLAIN } from '../terminal/style.js';
import { printable } from '../terminal/text.js';
import { encoderName, untrainedNote } from './encoder.js';
import { editChart, labelChart, latencyChart, recallChart } from './evaluation-charts.js';
import { evaluationNotes, evaluationSetup, evaluationTables, type FigureTable } from './evaluation-tables.js';
import { escapeHtml } from './html.js';

const STYLE = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1f24; --faint: #5b6470; --line: #d0d7de; --s0: #0b62c4; --s1: #a04d00; --s2: #1a7f37; --whisker: #1b1f24; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14181d; --ink: #e6eaef; --faint: #a3adb8; --line: #3a424c; --s0: #4f9cf5; --s1: #e0883a; --s2: #3fa957; --whisker: #e6eaef; }
}
body { margin: 0 auto; padding: 1.5rem; max-width: 60rem; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; } h2 { margin-top: 2.5rem; font-size: 1.2rem; }
svg { display: block; width: 100%; min-width: 40rem; height: auto; font: 12px system-ui, sans-serif; }
svg text { fill: var(--ink); }
.s0 { fill: var(--s0); } .s1 { fill: var(--s1); } .s2 { fill: var(--s2); }
.whisker { stroke: var(--whisker); fill: none; } .grid { stroke: var(--line); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
.caption { color: var(--faint); }
th, td { text-align: left; padding: 0.3rem 0.8rem 0.3rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
.note { border-left: 4px solid var(--s1); padding-left: 0.8rem; }
`;

/** One page that needs nothing else: no script, and nothing from elsewhere. */
export function renderEvaluationPage(report: EvaluationReport): string {
  const tables = evaluationTables(report);
  const notes = [...evaluationNotes(report), ...note(report)];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>Evaluation of a collection</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>How well and how fast it finds</h1>
<p>Encoder ${escapeHtml(encoderName(report.encoder))}.</p>
${evaluationSetup(report).map(paragraph).join('\n')}
${notes.map((it) => `<p class="note">${escapeHtml(printable(it))}</p>`).join('\n')}
${section(tables.found, recallChart(report))}
${section(tables.labels, labelChart(report))}
${section(tables.latency, latencyChart(report))}
${section(tables.edits, editChart(report))}
${section(tables.room, null)}
${section(tables.refused, null)}
</main>
</body>
</html>
`;
}

function note({ encoder }: EvaluationReport): string[] {
  const lines = untrainedNote(encoder, PLAIN);
  return lines.length === 0 ? [] : [lines.map((it) => it.trim()).join(' ')];
}

function paragraph(text: string): string {
  return `<p>${escapeHtml(printable(text))}</p>`;
}

function section(table: FigureTable | null, chart: string | null): string {
  if (table === null) return '';
  const { title, caption } = table;
  const parts = [
    ...(chart === null ? [] : [scrolled(`${title}: chart`, chart)]),
    scrolled(`${title}: table`, tableOf(table)),
  ];
  return [
    `<section>\n<h2>${escapeHtml(title)}</h2>`,
    `<p class="caption">${escapeHtml(caption)}</p>`,
    ...parts,
    '</section>',
  ].join('\n');
}

/** What is wider than a phone scrolls, by the keyboard too. */
function scrolled(name: string, content: string): string {
  return `<div class="scroll" role="region" tabindex="0" aria-label="${escapeHtml(name)}">\n${content}\n</div>`;
}

function tableOf({ title, head, rows }: FigureTable): string {
  const columns = head.map((it) => `<th scope="col">${escapeHtml(it)}</th>`).join('');
  return `<table aria-label="${escapeHtml(title)}">
<thead><tr>${columns}</tr></thead>
<tbody>
${rows.map(rowOf).join('\n')}
</tbody>
</table>`;
}

function rowOf([name = '', ...cells]: readonly string[]): string {
  const row = cells.map((it) => `<td>${escapeHtml(printable(it))}</td>`).join('');
  return `<tr><th scope="row">${escapeHtml(printable(name))}</th>${row}</tr>`;
}
