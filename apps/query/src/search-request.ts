import { Transform } from 'class-transformer';
import { IsInt, IsObject, IsString, Max, Min, ValidateIf } from 'class-validator';
import { type Filter, parseFilter } from '#core';
import { bodyValidation, invalidRequest } from '#nest';
import { SEARCH_LIMITS } from '#search';

/** Missing takes the default; `null` is not missing. */
const IfGiven = () => ValidateIf((_, value) => value !== undefined);

class SearchOptions {
  @IfGiven()
  @IsInt()
  @Min(SEARCH_LIMITS.minResults)
  @Max(SEARCH_LIMITS.maxResults)
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

const VALIDATION = bodyValidation();

/** One path takes two kinds of bodies, so the class is known only when the request is. @throws `invalid-request`. */
export function readAs<T>(metatype: new () => T, body: unknown): Promise<T> {
  return VALIDATION.transform(body ?? {}, { type: 'body', metatype });
}
