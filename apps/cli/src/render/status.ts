import type { StatusAnswer } from '../api/answers.js';
import type { Style } from '../terminal/style.js';
import { count, grouped, printable, table } from '../terminal/text.js';
import { encoderName, untrainedNote } from './encoder.js';

export function renderStatus({ encoder, generation, images, stages }: StatusAnswer, style: Style): string {
  const facts = table([
    [style.bold('encoder'), encoderName(encoder)],
    [style.bold('index'), generation === null ? 'none yet' : printable(generation)],
    [
      style.bold('images'),
      `${grouped(images.ready)} ready, ${grouped(images.failed)} failed, ${grouped(images.deleted)} deleted`,
    ],
  ]);
  const head = ['stage', 'reads', 'partitions', 'behind'].map(style.bold);
  const rows = stages.map(({ name, topic, partitions, lag }) => [
    printable(name),
    printable(topic),
    grouped(partitions.length),
    lag === 0 ? style.green('0') : style.yellow(grouped(lag)),
  ]);
  const behind = stages.reduce((most, { lag }) => Math.max(most, lag), 0);
  const verdict = behind === 0 ? 'Everything that was sent is searchable.' : `${count(behind, 'event')} to go.`;
  return [facts, '', table([head, ...rows]), '', verdict, ...untrainedNote(encoder, style), ''].join('\n');
}
