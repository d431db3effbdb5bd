import type { Found, Schemas } from './server.js';

const WHOLE = new Intl.NumberFormat('en');
const MOMENT = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });

export function count(number: number, one: string, many = `${one}s`): string {
  return `${WHOLE.format(number)} ${number === 1 ? one : many}`;
}

export const whole = (number: number): string => WHOLE.format(number);

/** Rounded down, so that only the same vector, or certainty, shows as 100 %. `share` is cut to 0 to 1. */
export function percent(share: number): string {
  const tenths = Math.floor(Math.max(0, Math.min(1, share)) * 1000 + 1e-3);
  return tenths === 1000 ? '100 %' : `${(tenths / 10).toFixed(1)} %`;
}

export function duration(tookMs: number): string {
  return tookMs < 1000 ? `${Math.max(1, Math.round(tookMs))} ms` : `${(tookMs / 1000).toFixed(1)} s`;
}

export function span(seconds: number): string {
  if (seconds < 90) return count(Math.round(seconds), 'second');
  return seconds < 5400 ? count(Math.round(seconds / 60), 'minute') : count(Math.round(seconds / 3600), 'hour');
}

export const moment = (text: string): string => MOMENT.format(new Date(text));

export function bytes(size: number): string {
  if (size < 1e6) return `${Math.max(Math.sign(size), Math.round(size / 1e3))} kB`;
  return size < 1e9 ? `${(size / 1e6).toFixed(1)} MB` : `${(size / 1e9).toFixed(1)} GB`;
}

/** Cosine, -1 to 1, rounded down, so that only the same vector shows as 1.00. */
export const cosine = (score: number): string => (Math.floor(score * 100 + 1e-3) / 100).toFixed(2).replace('-', '−');

/** What is not the same file is never certain. */
export const likelihood = (probability: number): string =>
  probability >= 0.999 ? 'over 99.9 %' : percent(probability);

type Match = Pick<Found, 'match' | 'probability'>;
export type Verdict = 'identical' | 'same-picture' | 'perhaps';

/** From this probability on what only looks alike may be the same picture, and is said to. */
const PERHAPS = 0.05;

export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  identical: 'Identical file',
  'same-picture': 'Same picture',
  perhaps: 'Perhaps the same picture',
};

/** What there is to say of two pictures beside how near their vectors are; `null` where that is all. */
export function verdictOf({ match, probability = 0 }: Match): Verdict | null {
  if (match === 'identical' || match === 'same-picture') return match;
  return probability >= PERHAPS ? 'perhaps' : null;
}

/** How sure it is that both were made from the same picture; nothing of what is hardly so. */
export function certainty(found: Match): string {
  const { match, probability = 0 } = found;
  if (verdictOf(found) === null) return '';
  if (match === 'identical') return 'The same bytes';
  const words = probability >= 0.99 ? 'Almost certainly' : probability >= 0.9 ? 'Very likely' : 'Probably';
  return `${probability >= 0.5 ? words : 'Perhaps'} a copy (${likelihood(probability)})`;
}

/** How a copy differs from the picture that is asked about, as far as laying them over each other tells. */
export function differenceOf({ match, hash, explanation }: Found): string {
  if (match !== 'same-picture') return '';
  const { turn = hash?.turn ?? 'none', scale = 1 } = explanation?.alignment ?? {};
  const shows =
    scale < LEAST_SAME_SCALE ? 'shows more of it' : scale > 1 / LEAST_SAME_SCALE ? 'shows a part of it' : '';
  const words = [turn === 'none' ? '' : TURN_WORDS[turn], shows].filter((it) => it !== '').join(', ');
  return words === '' ? '' : `${words[0]?.toUpperCase()}${words.slice(1)}`;
}

/** Root of the area of one frame over that of the other, from which on both show as much. */
const LEAST_SAME_SCALE = 0.97;

export const TURN_WORDS: Readonly<Record<Schemas['Turn'], string>> = {
  none: 'not turned',
  'rotate-90': 'turned a quarter to the right',
  'rotate-180': 'turned upside down',
  'rotate-270': 'turned a quarter to the left',
  flip: 'mirrored top to bottom',
  flop: 'mirrored left to right',
  transpose: 'mirrored along its falling diagonal',
  transverse: 'mirrored along its rising diagonal',
};

/** `scale` as of an alignment: 0.5 where the query shows the middle half. */
export function scaleWords(scale: number): string {
  if (scale >= LEAST_SAME_SCALE && scale <= 1 / LEAST_SAME_SCALE) return 'Both show as much of the picture';
  return scale < 1
    ? `The query is a part: ${Math.round(scale * 100)} % of this picture's width and height`
    : `This is a part: ${Math.round(100 / scale)} % of the query's width and height`;
}
