import type { Attributes } from '#core';
import type { SearchAnswer } from '../api/answers.js';
import type { Style } from '../terminal/style.js';
import { count, cut, printable, table } from '../terminal/text.js';
import { encoderName, untrainedNote } from './encoder.js';

const BAR_CELLS = 10;

/** The answer as a table: score, bar, id, attributes. */
export function renderSearch(answer: SearchAnswer, style: Style, attributesWidth = 60): string {
  const { results, encoder, tookMs, mode, generation } = answer;
  const rows = results.map(({ imageId, score, attributes }) => [
    score.toFixed(3),
    style.green(scoreBar(score)),
    printable(imageId),
    style.dim(cut(renderAttributes(attributes), attributesWidth)),
  ]);
  const head = ['score', '', 'image', 'attributes'].map(style.bold);
  const body =
    results.length === 0 ? 'Nothing found: the collection is empty or holds nothing else.' : table([head, ...rows]);
  const foot = `${count(results.length, 'result')} in ${Math.round(tookMs)} ms, by ${encoderName(encoder)}, ${printable(mode)}, index ${printable(generation)}`;
  return [body, '', style.dim(foot), ...untrainedNote(encoder, style), ''].join('\n');
}

/** 0 to 1 as ten cells; a cosine may be a little outside. */
export function scoreBar(score: number): string {
  const full = Math.round(Math.min(1, Math.max(0, score)) * BAR_CELLS);
  return '█'.repeat(full) + '░'.repeat(BAR_CELLS - full);
}

function renderAttributes(attributes: Attributes = {}): string {
  return Object.entries(attributes)
    .map(([name, value]) => printable(`${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`))
    .join(' ');
}
