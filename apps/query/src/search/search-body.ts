import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsNumber,
  IsObject,
  IsString,
  Max,
  Min,
  ValidateBy,
  ValidateNested,
} from 'class-validator';
import type { Filter } from '#core';
import { IfGiven } from '#nest';
import {
  DEFAULT_SEARCH_MODE,
  SEARCH_LIMITS,
  SEARCH_MODES,
  type SearchMode,
  WANTED_MATCHES,
  type WantedMatch,
} from '#search';
import { WholeNumber } from '../whole-number.js';

const MAX_VECTOR = 65_536;

const Numbers = () => {
  const validate = (value: unknown) =>
    Array.isArray(value) && value.length <= MAX_VECTOR && value.every((it) => typeof it === 'number');
  const defaultMessage = () => `vector must be a list of at most ${MAX_VECTOR} numbers`;
  return ValidateBy({ name: 'numbers', constraints: [MAX_VECTOR], validator: { validate, defaultMessage } });
};

/** Shares of an upright picture's width and height, 0 to 1. */
export class RegionBody {
  @IsNumber()
  left!: number;

  @IsNumber()
  top!: number;

  @IsNumber()
  width!: number;

  @IsNumber()
  height!: number;
}

/** One of `imageId`, `link` and `vector`. */
export class ExampleBody {
  /** An image of the collection. */
  @IfGiven()
  @IsString()
  imageId?: string;

  /** `http:`, `https:` or `s3:`. */
  @IfGiven()
  @IsString()
  link?: string;

  /** As the live generation's encoder makes them. */
  @IfGiven()
  @Numbers()
  vector?: number[];

  /** Which of its vectors that is; the one that searches prefer when left out. */
  @IfGiven()
  @IsString()
  vectorName?: string;

  /** Of a picture or an image. */
  @IfGiven()
  @IsObject()
  @ValidateNested()
  @Type(() => RegionBody)
  region?: RegionBody;
}

export const INCLUDED = ['attributes', 'labels', 'vectors', 'explanation'] as const;
export type Included = (typeof INCLUDED)[number];

/**
 * Searched by what an example says, and by those of `positives`, away from those of `negatives`. What is missing takes its default; `null`
 * is not missing.
 */
export class SearchBody extends ExampleBody {
  @IfGiven()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => ExampleBody)
  positives: ExampleBody[] = [];

  @IfGiven()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => ExampleBody)
  negatives: ExampleBody[] = [];

  /** Only images that it holds for. Its form is checked where it is read. */
  @IfGiven()
  @IsObject()
  filter?: Filter;

  /** Results of a page. */
  @IfGiven()
  @WholeNumber(SEARCH_LIMITS.minResults, SEARCH_LIMITS.maxResults)
  limit: number = SEARCH_LIMITS.defaultResults;

  /** `nextCursor` of an answer to the same query. */
  @IfGiven()
  @IsString()
  cursor?: string;

  @IfGiven()
  @IsIn(SEARCH_MODES)
  mode: SearchMode = DEFAULT_SEARCH_MODE;

  /** Only images with at least this score. */
  @IfGiven()
  @IsNumber()
  @Min(-1)
  @Max(1)
  minScore?: number;

  /** Only images that are at least this of the one picture that is asked about. */
  @IfGiven()
  @IsIn(WANTED_MATCHES)
  minMatch?: WantedMatch;

  /** How much results shall differ from each other. Such an answer has one page. */
  @IfGiven()
  @IsNumber()
  @Min(0)
  @Max(1)
  diversity?: number;

  /** One result for each picture: copies of a better result are left out, and named with that. Such an answer has one page. */
  @IfGiven()
  @IsBoolean()
  collapseDuplicates?: boolean;

  @IfGiven()
  @IsArray()
  @IsIn(INCLUDED, { each: true })
  include: Included[] = ['attributes'];
}

type Subject = 'imageId' | 'link' | 'vector' | 'vectorName';

/** The same as fields of a form, with a picture. Objects and lists are JSON, `include` is names with commas between. */
export interface SearchForm extends Omit<SearchBody, Subject> {
  readonly file: Uint8Array;
}

/** The same as parameters of a path that names the image. */
export type SimilarQuery = Partial<Omit<SearchBody, Subject>>;

/** Of these there is one page, which is about the one image. */
export type CopiesQuery = Omit<SimilarQuery, 'positives' | 'negatives' | 'cursor' | 'diversity' | 'collapseDuplicates'>;

export const MAX_BATCH = 16;

export class BatchBody {
  /** Each is checked by itself, so that a wrong one is its own matter only. */
  @IsArray()
  @ArrayMaxSize(MAX_BATCH)
  @IsObject({ each: true })
  searches!: SearchBody[];
}
