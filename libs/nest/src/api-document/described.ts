import { type CustomDecorator, SetMetadata } from '@nestjs/common';
import type { ErrorCode } from '#core';

/*
 * What the document of the API (docs/reference/openapi.json) says of an endpoint and its types do not. Most of it is read from
 * its path, its parameters, its scope and what it returns; see test/openapi.
 */

const ANSWERS = 'lookalike:answers';
const REFUSALS = 'lookalike:refusals';
const HEADERS = 'lookalike:headers';
const FOR_BROWSERS = 'lookalike:for-browsers';

/** Types by media type. */
export type ByMediaType = Readonly<Record<string, unknown>>;

export interface AnswerForms {
  /** Statuses, beside the usual one, with the same answer. */
  readonly also?: readonly number[];
  /** 304, when the caller has it already. */
  readonly unchanged?: boolean;
}

/** What an endpoint answers that writes its answer itself, or answers with more than one status. Else its return type says it. */
export const Answers = <_Types extends ByMediaType>(forms: AnswerForms = {}): CustomDecorator =>
  SetMetadata(ANSWERS, forms);

/** On a controller or a method: codes that it refuses with, beyond those that its scope, its path and its body bring. */
export const Refuses = (...codes: readonly ErrorCode[]): CustomDecorator => SetMetadata(REFUSALS, codes);

/** A header of the request that the endpoint reads, and what it is for. */
export const ReadsHeader = (name: string, description: string): CustomDecorator =>
  SetMetadata(HEADERS, [{ name, description }]);

/** Files of a page, which are no part of the API. */
export const ForBrowsers = (): CustomDecorator => SetMetadata(FOR_BROWSERS, true);

export interface Described extends AnswerForms {
  readonly refusals: readonly ErrorCode[];
  readonly headers: readonly { readonly name: string; readonly description: string }[];
}

/** `null` of what is no part of the API. */
export function describedBy(method: object, controller: object): Described | null {
  if (Reflect.getMetadata(FOR_BROWSERS, controller) === true) return null;
  const refusals = [controller, method].flatMap((it): ErrorCode[] => Reflect.getMetadata(REFUSALS, it) ?? []);
  return {
    ...Reflect.getMetadata(ANSWERS, method),
    refusals,
    headers: Reflect.getMetadata(HEADERS, method) ?? [],
  };
}
