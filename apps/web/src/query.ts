import type { Schemas } from './server.js';

export type Region = Schemas['RegionBody'];
export type Source =
  | { readonly kind: 'image'; readonly imageId: string }
  | { readonly kind: 'link'; readonly link: string }
  | { readonly kind: 'picture'; readonly name: string; readonly picture: Blob; readonly preview: string };

export type Subject = { readonly attribute: string } | { readonly field: Schemas['ImageField'] };
/** What is wanted of an attribute or a field: one of `values`, or a number or date within both ends. */
export interface Choice {
  readonly of: Subject;
  readonly values?: readonly string[];
  readonly isTrue?: boolean;
  readonly least?: number | string;
  readonly greatest?: number | string;
}

export interface Query {
  readonly source: Source;
  readonly region: Region | null;
  /** Images of the collection that results shall be like too, or unlike. */
  readonly positives: readonly string[];
  readonly negatives: readonly string[];
  readonly choices: readonly Choice[];
  readonly mode: Schemas['SearchMode'];
  readonly copiesOnly: boolean;
}

/** What the server takes, and this page lets be given. */
export const MAX_EXAMPLES = 8;

export function queryBy(source: Source, like?: Query): Query {
  const { mode = 'balanced', choices = [], copiesOnly = false } = like ?? {};
  return { source, region: null, positives: [], negatives: [], choices, mode, copiesOnly };
}

export const nameOf = (source: Source): string =>
  source.kind === 'image' ? source.imageId : source.kind === 'link' ? source.link : source.name;

export const examplesOf = ({ positives, negatives }: Query): number => 1 + positives.length + negatives.length;

/** Of one picture copies can be told, without further examples. */
export const asksAboutOne = (query: Query): boolean => examplesOf(query) === 1;

export const keyOf = (of: Subject): string => ('attribute' in of ? `attribute:${of.attribute}` : `field:${of.field}`);

/** `choices` with one in place of what was wanted of the same subject; `null` wants nothing of it any more. */
export function chosen(choices: readonly Choice[], of: Subject, choice: Choice | null): Choice[] {
  const others = choices.filter((it) => keyOf(it.of) !== keyOf(of));
  return choice === null ? others : [...others, choice];
}

export function filterOf(choices: readonly Choice[]): Schemas['Filter'] | undefined {
  const all = choices.map(({ of, values, isTrue, least, greatest }): Schemas['Filter'] => {
    if (values !== undefined) return { ...of, in: [...values] };
    if (isTrue !== undefined) return { ...of, equals: isTrue };
    return {
      ...of,
      range: { ...(least !== undefined && { gte: least }), ...(greatest !== undefined && { lte: greatest }) },
    };
  });
  return all.length === 0 ? undefined : { all };
}

/** @param cursor of the page before. */
export function bodyOf(
  query: Query,
  limit: number,
  cursor: string | null,
): Schemas['SearchBody'] | Schemas['SearchForm'] {
  const { source, region, positives, negatives, choices, mode, copiesOnly } = query;
  const filter = filterOf(choices);
  const ids = (images: readonly string[]) => images.map((imageId) => ({ imageId }));
  const fields = {
    limit,
    mode,
    include: ['attributes', 'labels', 'explanation'] as Schemas['Included'][],
    ...(region && { region }),
    ...(positives.length > 0 && { positives: ids(positives) }),
    ...(negatives.length > 0 && { negatives: ids(negatives) }),
    ...(filter && { filter }),
    ...(copiesOnly && asksAboutOne(query) && { minMatch: 'same-picture' as const }),
    ...(cursor !== null && { cursor }),
  };
  if (source.kind === 'picture') return { ...fields, file: source.picture };
  return source.kind === 'image' ? { ...fields, imageId: source.imageId } : { ...fields, link: source.link };
}
