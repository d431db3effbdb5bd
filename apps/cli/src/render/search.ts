import type { Attributes } from '#core';
import type { SearchAnswer, SearchResult } from '../api/answers.js';
import type { Style } from '../terminal/style.js';
import { count, cut, printable, table } from '../terminal/text.js';
import { encoderName, untrainedNote } from './encoder.js';
import { type LittlePicture, PICTURE } from './little-picture.js';

const BAR_CELLS = 10;
/** Of the logarithm of a scale: what edits that keep the frame are measured to have. */
const SCALE_AS_IT_IS = 0.1;
const NOTHING = 'Nothing found: the collection is empty or holds nothing else.';
const NO_COPY = 'No image is a copy of it, as far as can be told.';

export interface SearchLook {
  readonly attributesWidth?: number;
  readonly onlyCopies?: boolean;
  /** Of each result, in their order; `null` of one that has none, and where none are to be shown. */
  readonly pictures?: readonly (LittlePicture | null)[] | null;
}

/** The answer as a table: picture, score, bar, match where a picture was asked about, id, attributes. */
export function renderSearch(
  answer: SearchAnswer,
  style: Style,
  { attributesWidth = 60, onlyCopies = false, pictures = null }: SearchLook = {},
): string {
  const { results, encoder, tookMs, mode, generation, warnings } = answer;
  const hasMatches = results.some(({ match }) => match !== undefined);
  const rows = results.map((it) => [
    it.score.toFixed(3),
    style.green(scoreBar(it.score)),
    ...(hasMatches ? [matchText(it)] : []),
    printable(it.imageId),
    style.dim(cut(renderAttributes(it.attributes), attributesWidth)),
  ]);
  const head = ['score', '', ...(hasMatches ? ['match'] : []), 'image', 'attributes'].map(style.bold);
  const nothing = onlyCopies ? NO_COPY : NOTHING;
  const found = pictures === null ? table([head, ...rows]) : beside(pictures, table([head, ...rows]));
  const body = results.length === 0 ? nothing : found;
  const foot = `${count(results.length, 'result')} in ${Math.round(tookMs)} ms, by ${encoderName(encoder)}, ${printable(mode)}, index ${printable(generation)}`;
  const notes = warnings.map(({ message }) => style.yellow(printable(message)));
  return [body, '', style.dim(foot), ...notes, ...untrainedNote(encoder, style), ''].join('\n');
}

const NO_PICTURE: LittlePicture = [' '.repeat(PICTURE.cells)];

/** The row of a result stands beside the first line of its picture. */
function beside(pictures: readonly (LittlePicture | null)[], rows: string): string {
  const [head = '', ...results] = rows.split('\n');
  const shown = results.flatMap((row, at) => {
    const [first = '', ...others] = pictures[at] ?? NO_PICTURE;
    return [`${first}  ${row}`, ...others, ''];
  });
  return [`${NO_PICTURE[0]}  ${head}`, ...shown.slice(0, -1)].join('\n');
}

/** With how what was searched by has to be turned and scaled to lie on the image, where that is known and not as it is. */
function matchText({ match, explanation }: SearchResult): string {
  if (match === undefined || match === 'look-alike') return '';
  const { turn = 'none', scale = 1 } = explanation?.alignment ?? {};
  const parts = [
    match.replace('-', ' '),
    ...(turn === 'none' ? [] : [turn]),
    ...(Math.abs(Math.log(scale)) < SCALE_AS_IT_IS ? [] : [`scale ${scale.toFixed(2)}`]),
  ];
  return printable(parts.join(', '));
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
