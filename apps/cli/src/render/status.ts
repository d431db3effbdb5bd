import type { StatusAnswer } from '../api/answers.js';
import { commandLine } from '../terminal/command-name.js';
import type { Style } from '../terminal/style.js';
import { count, duration, grouped, printable, table } from '../terminal/text.js';
import { encoderName, untrainedNote } from './encoder.js';

export function renderStatus({ encoder, generation, images, stages, deadLetters }: StatusAnswer, style: Style): string {
  const facts = table([
    [style.bold('encoder'), encoderName(encoder)],
    [style.bold('index'), printable(generation)],
    [style.bold('images'), images === null ? style.red('not known: the index is lost') : byState(images)],
    ...(deadLetters ? [[style.bold('dead letters'), letters(deadLetters, style)]] : []),
  ]);
  const head = ['stage', 'reads', 'partitions', 'behind', 'oldest', 'per second', 'time left'].map(style.bold);
  const rows = stages.map(({ name, role = 'live', topic, partitions, lag, lagSeconds, perSecond, secondsLeft }) => [
    printable(role === 'live' ? name : `${name} (${role})`),
    printable(topic),
    grouped(partitions.length),
    lag === 0 ? style.green('0') : style.yellow(grouped(lag)),
    ...(lag === 0 ? ['', rate(perSecond), ''] : [time(lagSeconds), rate(perSecond), time(secondsLeft)]),
  ]);
  const behind = stages.reduce((most, { lag }) => Math.max(most, lag), 0);
  return [facts, '', table([head, ...rows]), '', verdictOf(images, behind), ...untrainedNote(encoder, style), ''].join(
    '\n',
  );
}

function byState({ ready, failed, deleted }: NonNullable<StatusAnswer['images']>): string {
  return `${grouped(ready)} ready, ${grouped(failed)} failed, ${grouped(deleted)} deleted`;
}

function verdictOf(images: StatusAnswer['images'], behind: number): string {
  if (images === null)
    return `Nothing can be found until the index is built again: ${commandLine('reindex start --watch')}`;
  return behind === 0 ? 'Everything that was sent is searchable.' : `${count(behind, 'event')} to go.`;
}

function letters({ open, redriving }: NonNullable<StatusAnswer['deadLetters']>, style: Style): string {
  const beingSent = redriving === 0 ? '' : `, ${grouped(redriving)} being sent again`;
  return `${open === 0 ? '0' : style.yellow(grouped(open))} open${beingSent}`;
}

function time(seconds: number | null = null): string {
  return seconds === null ? 'not known' : duration(seconds * 1000);
}

function rate(perSecond: number | null = null): string {
  if (perSecond === null) return 'not known';
  return perSecond < 10 ? perSecond.toFixed(1) : grouped(Math.round(perSecond));
}
