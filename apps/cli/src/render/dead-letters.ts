import type { DeadLetter, WholeDeadLetter } from '../api/answers.js';
import type { LetterActedOn, LetterAction } from '../api/api-client.js';
import { commandLine } from '../terminal/command-name.js';
import type { Style } from '../terminal/style.js';
import { bytes, count, cut, printable, table } from '../terminal/text.js';

const IMAGE_WIDTH = 40;

export function renderLetters(letters: readonly DeadLetter[], more: boolean, style: Style): string {
  if (letters.length === 0 && !more) return 'There are no such dead letters.\n';
  const head = ['letter', 'state', 'set aside', 'reason', 'image'].map(style.bold);
  const rows = letters.map(({ id, state, time, reason, original }) => [
    printable(id),
    state === 'open' ? style.yellow(state) : printable(state),
    printable(time),
    printable(reason.code),
    printable(cut(original?.key ?? '', IMAGE_WIDTH)),
  ]);
  const foot = more ? ['There are more; --limit shows more of them.'] : [];
  const hint = style.dim(`${count(letters.length, 'letter')}; one in full: ${commandLine('dead-letters show LETTER')}`);
  return [table([head, ...rows]), '', ...foot, hint, ''].join('\n');
}

export function renderLetter({ id, state, time, reason, original, lastAction }: WholeDeadLetter, style: Style): string {
  const fact = (name: string, value: string) => [style.bold(name), printable(value)];
  const facts = [
    fact('letter', id),
    fact('state', state),
    fact('set aside', time),
    fact('reason', `${reason.code}: ${reason.message}`),
  ];
  if (lastAction !== null) {
    const { action, by, reason: why } = lastAction;
    const who = by === null ? '' : ` by ${by}`;
    const cause = why === undefined ? '' : ` (${why.code}: ${why.message})`;
    facts.push(fact('last', `${action}${who} at ${lastAction.time}${cause}`));
  }
  if (original === null) return `${table(facts)}\n`;
  const { topic, partition, offset, key, headers, value, sizeBytes } = original;
  facts.push(
    fact('event', `${topic}, partition ${partition}, offset ${offset}, at ${original.time}`),
    fact('key', key ?? 'none'),
    ...Object.entries(headers).map(([name, text]) => fact(name, text)),
    fact('value', value === null ? 'none' : `${bytes(sizeBytes ?? 0)}, ${value.encoding}`),
  );
  return [table(facts), ...(value === null ? [] : ['', printable(value.data)]), ''].join('\n');
}

/** Each with its state: what is over stays so, whatever is asked. */
export function renderActedOnEach(letters: readonly LetterActedOn[]): string {
  return `${table(letters.map(({ id, state }) => [printable(id), printable(state)]))}\n`;
}

export function renderActedOnAll(action: LetterAction, acted: number): string {
  if (acted === 0) return 'There is no such open letter.\n';
  const letters = count(acted, 'letter');
  if (action === 'discard') return `Discarded ${letters}.\n`;
  return `Sending ${letters} again. What becomes of them: ${commandLine('dead-letters list --state all')}\n`;
}
