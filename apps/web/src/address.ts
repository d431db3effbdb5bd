import { type Choice, type Query, queryBy, type Region } from './query.js';

/** Those that an address names by their own name. */
const VIEWS = ['collection', 'duplicates', 'operations'] as const;
export type View = 'search' | (typeof VIEWS)[number];

/** What an address names; a picture that was uploaded is in none. */
export interface Place {
  readonly view: View;
  readonly query: Query | null;
  /** Of the collection. */
  readonly state: string;
}

export function placeOf(hash: string): Place {
  const parameters = new URLSearchParams(hash.replace(/^#/, ''));
  const view = VIEWS.find((it) => parameters.has(it)) ?? 'search';
  return { view, query: queryOf(parameters), state: parameters.get('collection') ?? '' };
}

function queryOf(parameters: URLSearchParams): Query | null {
  const [imageId, link] = [parameters.get('image'), parameters.get('link')];
  if (!imageId && !link) return null;
  const mode = parameters.get('mode');
  const [region, choices] = [parsed(parameters.get('region')), parsed(parameters.get('filter'))];
  return {
    ...queryBy(imageId ? { kind: 'image', imageId } : { kind: 'link', link: link ?? '' }),
    region: isRegion(region) ? region : null,
    positives: parameters.getAll('like'),
    negatives: parameters.getAll('unlike'),
    choices: Array.isArray(choices) ? choices.filter(isChoice) : [],
    mode: mode === 'fast' || mode === 'exact' ? mode : 'balanced',
    copiesOnly: parameters.has('copies'),
  };
}

export function addressOf(query: Query): string {
  const { source, region, positives, negatives, choices, mode, copiesOnly } = query;
  if (source.kind === 'picture') return '#';
  const parameters = new URLSearchParams();
  if (source.kind === 'image') parameters.set('image', source.imageId);
  else parameters.set('link', source.link);
  if (region) parameters.set('region', JSON.stringify(region));
  for (const it of positives) parameters.append('like', it);
  for (const it of negatives) parameters.append('unlike', it);
  if (choices.length > 0) parameters.set('filter', JSON.stringify(choices));
  if (mode !== 'balanced') parameters.set('mode', mode);
  if (copiesOnly) parameters.set('copies', '1');
  return `#${parameters}`;
}

/** An address may have been cut off or written by hand: what is wrong in it is left out, and the server checks the rest. */
function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return null;
  }
}

const isObject = (it: unknown): it is Record<string, unknown> => typeof it === 'object' && it !== null;

function isRegion(it: unknown): it is Region {
  return isObject(it) && [it.left, it.top, it.width, it.height].every((side) => typeof side === 'number');
}

function isChoice(it: unknown): it is Choice {
  if (!isObject(it) || !isObject(it.of) || typeof (it.of.attribute ?? it.of.field) !== 'string') return false;
  const { values, isTrue, least, greatest } = it;
  if (values !== undefined) return Array.isArray(values) && values.every((value) => typeof value === 'string');
  if (isTrue !== undefined) return typeof isTrue === 'boolean';
  const ends = [least, greatest].filter((end) => end !== undefined);
  return ends.length > 0 && ends.every((end) => typeof end === 'number' || typeof end === 'string');
}
