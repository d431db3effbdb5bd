import { Transform } from 'class-transformer';
import { IsObject, IsString, ValidateBy } from 'class-validator';
import { type Filter, parseFilter } from '#core';
import { bodyValidation, formFieldRule, IfGiven, invalidRequest } from '#nest';
import { SEARCH_LIMITS } from '#search';

/** Missing takes the default; `null` is not missing. */

/** One rule, since to a text like "abc" it is of no use that it must not be greater than 100. */
const NumberOfResults = () => {
  const { minResults: min, maxResults: max } = SEARCH_LIMITS;
  const validate = (value: unknown) => Number.isInteger(value) && Number(value) >= min && Number(value) <= max;
  const defaultMessage = () => `limit must be a whole number from ${min} to ${max}`;
  return ValidateBy({ name: 'numberOfResults', validator: { validate, defaultMessage } });
};

class SearchOptions {
  @IfGiven()
  @NumberOfResults()
  limit: number = SEARCH_LIMITS.defaultResults;
}

/** The fields beside the file of a multipart form, where a number comes as text. */
export class SearchByPicture extends SearchOptions {
  @Transform(({ value }) => (typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value))
  override limit: number = SEARCH_LIMITS.defaultResults;

  /** JSON text. */
  @IfGiven()
  @IsString()
  filter?: string;
}

export class SearchByImage extends SearchOptions {
  @IsString()
  imageId!: string;

  @IfGiven()
  @IsObject()
  filter?: object;
}

/** @throws `invalid-request` for text that is no JSON, `invalid-filter`. */
export function filterOf(given: object | string | undefined): { readonly filter?: Filter } {
  return given === undefined ? {} : { filter: parseFilter(typeof given === 'string' ? fromJson(given) : given) };
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalidRequest([{ field: 'filter', rule: 'must be JSON' }]);
  }
}

/** The fields beside the picture of a form. @throws `invalid-request`. */
export function readForm(fields: object): Promise<SearchByPicture> {
  const errors = Object.entries(fields).flatMap(([field, value]) => {
    const rule = formFieldRule(field, value);
    return rule === null ? [] : [{ field, rule }];
  });
  if (errors.length > 0) throw invalidRequest(errors);
  return readAs(SearchByPicture, fields);
}

const VALIDATION = bodyValidation();

/** One path takes two kinds of bodies, so the class is known only when the request is. @throws `invalid-request`. */
export function readAs<T>(metatype: new () => T, body: unknown): Promise<T> {
  return VALIDATION.transform(body ?? {}, { type: 'body', metatype });
}
