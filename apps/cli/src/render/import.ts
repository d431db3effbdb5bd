import type { EncoderInfo } from '../api/answers.js';
import type { AlreadyHere } from '../import/already-here.js';
import type { ImportSummary } from '../import/import-folder.js';
import type { ReasonGroup } from '../import/tally.js';
import { commandLine } from '../terminal/command-name.js';
import type { Style } from '../terminal/style.js';
import { count, duration, grouped, printable } from '../terminal/text.js';
import { untrainedNote } from './encoder.js';

export function renderImport(summary: ImportSummary, encoder: EncoderInfo, elapsedMs: number, style: Style): string {
  const { uploaded, skipped, alreadyHere, ready, waiting, refused, failed, linkedFolders, interrupted, unreachable } =
    summary;
  const refusedCount = sum(refused);
  const failedCount = sum(failed);
  const facts = [
    `${grouped(uploaded)} uploaded`,
    `${grouped(skipped)} already there`,
    ...(alreadyHere.count === 0 ? [] : [`${grouped(alreadyHere.count)} already here under other ids`]),
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
  lines.push(...renderAlreadyHere(alreadyHere, style));
  lines.push(...renderGroups('Refused', refused, style), ...renderGroups('Failed', failed, style));
  lines.push(...renderGroups('Not entered', linkedFolders, style));
  if (unreachable !== null) lines.push('', style.red(`Stopped: ${unreachable}`));
  else if (interrupted) lines.push('', style.yellow('Stopped by Ctrl-C.'));
  if (unreachable !== null || interrupted) {
    lines.push('To go on, run the same command again: what the server has is not sent twice.');
  }
  return [...lines, ...untrainedNote(encoder, style), ''].join('\n');
}

function renderAlreadyHere({ count: n, examples }: AlreadyHere, style: Style): string[] {
  if (n === 0) return [];
  const list = examples.map(({ imageId, as, match }) => {
    const what = match === 'identical' ? 'is' : 'is the same picture as';
    return `    ${printable(imageId)} ${what} ${printable(as)}`;
  });
  return ['', style.yellow(`Already here: ${grouped(n)}`), ...list, ...andMore(n - list.length)];
}

function renderGroups(heading: string, groups: readonly ReasonGroup[], style: Style): string[] {
  return groups.flatMap(({ code, message, count: n, names }) => {
    const list = names.map((name) => `    ${printable(name)}`);
    const title = style.red(`${heading}: ${grouped(n)}`);
    return ['', `${title} ${code}. ${printable(message)}`, ...list, ...andMore(n - names.length)];
  });
}

function andMore(n: number): string[] {
  return n > 0 ? [`    and ${grouped(n)} more`] : [];
}

export function sum(groups: readonly ReasonGroup[]): number {
  return groups.reduce((total, group) => total + group.count, 0);
}
