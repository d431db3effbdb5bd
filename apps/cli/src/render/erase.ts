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
    `Files of the index may keep bytes of it until they are rewritten; ${commandLine('reindex start --switch')} writes new ones.`,
    '',
  ].join('\n');
}

function renderRemains({ topic, records, goneAtMs }: ErasureAnswer['remains'][number], style: Style): string {
  const what = records === null ? 'what was superseded' : count(records, 'earlier record');
  if (goneAtMs !== null) return `In ${printable(topic)}: ${what}, until ${new Date(goneAtMs).toISOString()}.`;
  const advice = topic.startsWith('image-vectors.')
    ? 'no generation uses its vectors'
    : 'its log takes no single record out of it';
  return style.yellow(`In ${printable(topic)}: ${what}, for as long as the topic is there: ${advice}.`);
}
