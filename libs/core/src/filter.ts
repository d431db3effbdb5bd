/**
 * A condition on an image: on an attribute that its publisher gave it, or on a field that every image has. Attributes must be
 * declared in the generation's schema; an undeclared name or a value of the wrong type is an `invalid-filter`, never an
 * empty answer. A missing attribute matches nothing but `not` and `{exists: false}`.
 */
export type Filter = Combined<({ readonly attribute: string } | { readonly field: ImageField }) & Condition>;

/** A filter that was checked against a schema: names are those of `filterFields`, and dates are numbers. */
export type CheckedFilter = Combined<{ readonly name: string } & CheckedCondition>;

type Combined<C> =
  | { readonly all: readonly Combined<C>[] }
  | { readonly any: readonly Combined<C>[] }
  | { readonly not: Combined<C> }
  | C;

/** Dates are texts as `dateMs` reads them. */
export type Condition =
  | { readonly equals: string | number | boolean }
  | { readonly in: readonly (string | number)[] }
  | { readonly range: Range<number | string> }
  | { readonly prefix: string }
  | { readonly exists: boolean };

export type CheckedCondition = Exclude<Condition, { range: unknown }> | { readonly range: NumberRange };

/** At least one bound. */
export interface Range<T> {
  readonly gt?: T;
  readonly gte?: T;
  readonly lt?: T;
  readonly lte?: T;
}

export type NumberRange = Range<number>;

/** `strings` is a list of strings: equals, in and prefix match when one item does. A `date` is a text that `dateMs` reads. */
export type AttributeType = 'string' | 'number' | 'boolean' | 'strings' | 'date';

/**
 * Of every image: size of the upright picture in pixels, size of its bytes, media type, and when its event happened. Where the
 * encoder names classes, also the names of its labels.
 */
export const IMAGE_FIELDS = {
  width: 'number',
  height: 'number',
  sizeBytes: 'number',
  mediaType: 'string',
  eventTime: 'date',
  labels: 'strings',
} as const satisfies Readonly<Record<string, AttributeType>>;

export type ImageField = keyof typeof IMAGE_FIELDS;

export const FILTER_LIMITS = { depth: 8, conditions: 64, inValues: 256 } as const;
export const RANGE_BOUNDS = ['gt', 'gte', 'lt', 'lte'] as const satisfies readonly (keyof Range<number>)[];

const DATE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** Of an RFC 3339 date, which begins at midnight UTC, or date and time, in ms since 1970; `null` of anything else. */
export function dateMs(text: unknown): number | null {
  if (typeof text !== 'string' || !DATE.test(text)) return null;
  const ms = Date.parse(text);
  // The parser takes the 31st of February for the 3rd of March.
  const isReal =
    Number.isFinite(ms) && new Date(`${text.slice(0, 10)}T00:00:00Z`).getUTCDate() === Number(text.slice(8, 10));
  return isReal ? ms : null;
}
