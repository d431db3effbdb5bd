import type { ErasureAnswer } from '../api/answers.js';
import { commandLine } from '../terminal/command-name.js';
import type { Style } from '../terminal/style.js';
import { count, printable } from '../terminal/text.js';

export function renderErasure(erasure: ErasureAnswer, style: Style): string {
  const { imageId, deletion, waitingFor, deadLetters, blobsDeleted, blobsShared, remains } = erasure;
  const name = printable(imageId);
  const place = `image-events, partition ${deletion.partition}, offset ${deletion.offset}`;
  if (waitingFor.length > 0) {
    const head = style.yellow(`${name} is deleted, and not erased yet.`);
    const why = `The deletion (${place}) has not reached ${waitingFor.map(printable).join(', ')}.`;
    return [head, why, `See what holds it up (${commandLine('status')}), then erase it again.`, ''].join('\n');
  }
  const shared = blobsShared === 0 ? '' : `; ${count(blobsShared, 'file')} stay, which other images have too`;
  return [
    style.green(`${name} is erased.`),
    `${count(blobsDeleted, 'file')} deleted${shared}; ${count(deadLetters, 'dead letter')} erased.`,
    `In the log stay its id and its deletion (${place}), for as long as the topic does.`,
    ...remains.map((it) => renderRemains(it, style)),
    `Files of the index may keep bytes of it until they are rewritten; ${commandLine('reindex start --switch')} writes new ones, and ${commandLine('reindex drop')} deletes the old.`,
    '',
  ].join('\n');
}

function renderRemains({ topic, records, goneAtMs }: ErasureAnswer['remains'][number], style: Style): string {
  const [, unused] = goneAtMs === null ? (/^image-vectors\.(.+)$/.exec(topic) ?? []) : [];
  if (unused !== undefined) {
    const command = commandLine(`reindex drop-vectors ${printable(unused)}`);
    return style.yellow(
      `In ${printable(topic)}, which no generation uses: ${records === null ? 'what it held' : count(records, 'record')} with vectors and attributes, until ${command}.`,
    );
  }
  const what = records === null ? 'what was superseded' : count(records, 'earlier record');
  if (goneAtMs !== null) return `In ${printable(topic)}: ${what}, until ${new Date(goneAtMs).toISOString()}.`;
  return style.yellow(
    `In ${printable(topic)}: ${what}, for as long as the topic is there: its log takes no single record out of it.`,
  );
}
