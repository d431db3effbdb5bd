import type { AuditAnswer, AuditReport, RepairReport } from '../api/answers.js';
import { commandLine } from '../terminal/command-name.js';
import type { Style } from '../terminal/style.js';
import { count, duration, grouped, printable, table } from '../terminal/text.js';

const MEANINGS: Readonly<Record<string, string>> = {
  missing: 'the log has them, the index has not',
  stale: 'the index has an earlier state',
  extra: 'the log has never had them',
  resurrected: 'deleted, and in the index all the same',
  ahead: 'the index knows versions that the log has not',
  'wrong-state': 'deleted in the index only',
  duplicated: 'more than once in the index',
  'wrong-vector': 'with another vector than the log has',
  'blob-missing': 'whose picture is not in the store',
  'blob-changed': 'whose picture has other bytes than it had',
};

const REMEDIES: Readonly<Record<string, string>> = {
  reindex: `build the index again: ${commandLine('reindex start')}`,
  'bring-back-log': 'bring back the newer log',
  'bring-back-blob': `put the pictures into the store again: ${commandLine('import FOLDER --force')}`,
  'see-dead-letter': `see why they were set aside: ${commandLine('dead-letters list')}`,
};

const MAX_NAMED = 5;

export function renderAudit({ report, repair, embedded }: AuditAnswer, style: Style): string {
  const { generation, verdict, behind, comparison, durationsMs } = report;
  const verdicts = {
    clean: style.green('Clean: the index is the fold of the log.'),
    damaged: style.red('Damaged: the index is not what the log says.'),
    behind: style.yellow(
      `Behind: ${count(behind.embed + behind.index, 'record')} of the log had not reached the index.`,
    ),
  };
  const lines = [
    `${verdicts[verdict]} (${printable(generation)}, ${duration(durationsMs.total)})`,
    '',
    ...(comparison === null ? [] : renderComparison(comparison, style)),
    ...(repair === null ? [] : ['', ...renderRepair(repair)]),
    ...(embedded === null ? [] : [`${count(embedded.written, 'image')} embedded again; the index stage puts them in.`]),
  ];
  const isMendable = verdict === 'damaged' && repair === null;
  return [...lines, ...(isMendable ? ['', `To mend what can be: ${commandLine('audit --repair')}`] : []), ''].join(
    '\n',
  );
}

function renderComparison(comparison: NonNullable<AuditReport['comparison']>, style: Style): string[] {
  const { partitions, log, index, findings, failed, waiting, goneOn, vectorsCompared, digests } = comparison;
  const found = Object.entries(findings).filter(([, it]) => it.count > 0);
  const facts = [
    ['log', `${count(log.events, 'event')}: ${count(log.present, 'image')}, ${grouped(log.deleted)} deleted`],
    ['index', `${grouped(index.ready)} ready, ${grouped(index.failed)} failed, ${grouped(index.deleted)} deleted`],
    ['up to', partitions.map(({ partition, offset }) => `${partition}:${offset}`).join(' ')],
    ['digest of the log', digests.log],
    ['digest of the index', digests.index],
    ['vectors compared', grouped(vectorsCompared)],
    ...(failed.count === 0 ? [] : [['failed pictures', reasons(failed.byReason)]]),
    ...(waiting === 0 ? [] : [['not there yet', grouped(waiting)]]),
    ...(goneOn === 0 ? [] : [['gone on meanwhile', grouped(goneOn)]]),
  ].map(([name = '', text = '']) => [style.bold(name), text]);
  const rows = found.map(([kind, { count: n, examples }]) => [
    style.red(printable(kind)),
    grouped(n),
    MEANINGS[kind] ?? '',
    examples
      .slice(0, MAX_NAMED)
      .map(({ imageId }) => printable(imageId))
      .join(', '),
  ]);
  return [table(facts), ...(rows.length === 0 ? [] : ['', table(rows)])];
}

function reasons(byReason: Readonly<Record<string, number>>): string {
  return Object.entries(byReason)
    .map(([code, n]) => `${grouped(n)} ${printable(code)}`)
    .join(', ');
}

function renderRepair({ mended, unmendable, needsEmbedding }: RepairReport): string[] {
  const left = Object.entries(unmendable).filter(([, it]) => it.count > 0);
  return [
    `${count(mended, 'image')} mended.`,
    ...left.map(([remedy, it]) => `${count(it.count, 'image')} not: ${REMEDIES[remedy] ?? printable(remedy)}`),
    ...(needsEmbedding.count === 0 ? [] : [`${count(needsEmbedding.count, 'image')} without vectors in the log.`]),
  ];
}
