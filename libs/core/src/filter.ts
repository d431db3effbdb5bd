/**
 * A condition on an image's attributes. `attribute` names must be declared in the generation's schema; an undeclared
 * name or a value of the wrong type is an `invalid-filter`, never an empty answer. A missing attribute matches nothing
 * but `not` and `{exists: false}`.
 */
export type Filter =
  | { readonly all: readonly Filter[] }
  | { readonly any: readonly Filter[] }
  | { readonly not: Filter }
  | { readonly attribute: string; readonly equals: string | number | boolean }
  | { readonly attribute: string; readonly in: readonly (string | number)[] }
  | { readonly attribute: string; readonly range: NumberRange }
  | { readonly attribute: string; readonly prefix: string }
  | { readonly attribute: string; readonly exists: boolean };

/** At least one bound. */
export interface NumberRange {
  readonly gt?: number;
  readonly gte?: number;
  readonly lt?: number;
  readonly lte?: number;
}

/** `strings` is a list of strings: equals, in and prefix match when one item does. */
export type AttributeType = 'string' | 'number' | 'boolean' | 'strings';

export const FILTER_LIMITS = { depth: 8, conditions: 64, inValues: 256 } as const;
