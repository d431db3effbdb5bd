import type { EncoderInfo } from '../api/answers.js';
import type { ImportSummary } from '../import/import-folder.js';
import type { ReasonGroup } from '../import/tally.js';
import { commandLine } from '../terminal/command-name.js';
import type { Style } from '../terminal/style.js';
import { count, duration, grouped, printable } from '../terminal/text.js';
import { untrainedNote } from './encoder.js';

export function renderImport(summary: ImportSummary, encoder: EncoderInfo, elapsedMs: number, style: Style): string {
  const { uploaded, skipped, ready, waiting, refused, failed, linkedFolders, interrupted, unreachable } = summary;
  const refusedCount = sum(refused);
  const failedCount = sum(failed);
  const facts = [
    `${grouped(uploaded)} uploaded`,
    `${grouped(skipped)} already there`,
    `${grouped(refusedCount)} refused`,
    `${grouped(failedCount)} failed`,
  ];
  const lines = [`${style.bold(facts.join(', '))} in ${duration(elapsedMs)}.`];
  if (ready > 0) lines.push(`${count(ready, 'picture is', 'pictures are')} now searchable.`);
  if (waiting > 0) {
    lines.push(
      `${count(waiting, 'picture is', 'pictures are')} safe on the server and not yet searchable; see: ${commandLine('status')}`,
    );
  }
  lines.push(...renderGroups('Refused', refused, style), ...renderGroups('Failed', failed, style));
  lines.push(...renderGroups('Not entered', linkedFolders, style));
  if (unreachable !== null) lines.push('', style.red(`Stopped: ${unreachable}`));
  else if (interrupted) lines.push('', style.yellow('Stopped by Ctrl-C.'));
  if (unreachable !== null || interrupted) {
    lines.push('To go on, run the same command again: what the server has is not sent twice.');
  }
  return [...lines, ...untrainedNote(encoder, style), ''].join('\n');
}

function renderGroups(title: string, groups: readonly ReasonGroup[], style: Style): string[] {
  return groups.flatMap(({ code, message, count: n, names }) => {
    const more = n > names.length ? [`    and ${grouped(n - names.length)} more`] : [];
    const list = names.map((name) => `    ${printable(name)}`);
    return ['', `${style.red(`${title}: ${grouped(n)}`)} ${code}. ${printable(message)}`, ...list, ...more];
  });
}

export function sum(groups: readonly ReasonGroup[]): number {
  return groups.reduce((total, group) => total + group.count, 0);
}
