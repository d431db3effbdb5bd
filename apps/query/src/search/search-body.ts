import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsNumber,
  IsObject,
  IsString,
  Max,
  Min,
  ValidateBy,
  ValidateNested,
} from 'class-validator';
import { IfGiven } from '#nest';
import { DEFAULT_SEARCH_MODE, SEARCH_LIMITS, SEARCH_MODES, type SearchMode } from '#search';

/** Missing takes the default; `null` is not missing. */

/** One rule, since to a text like "abc" it is of no use that it must not be greater than 100. */
const NumberOfResults = () => {
  const { minResults: min, maxResults: max } = SEARCH_LIMITS;
  const validate = (value: unknown) => Number.isInteger(value) && Number(value) >= min && Number(value) <= max;
  const defaultMessage = () => `limit must be a whole number from ${min} to ${max}`;
  return ValidateBy({ name: 'numberOfResults', validator: { validate, defaultMessage } });
};

const MAX_VECTOR = 65_536;

const Numbers = () => {
  const validate = (value: unknown) =>
    Array.isArray(value) && value.length <= MAX_VECTOR && value.every((it) => typeof it === 'number');
  const defaultMessage = () => `vector must be a list of at most ${MAX_VECTOR} numbers`;
  return ValidateBy({ name: 'numbers', validator: { validate, defaultMessage } });
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
  @IfGiven()
  @IsString()
  imageId?: string;

  /** `http:`, `https:` or `s3:`. */
  @IfGiven()
  @IsString()
  link?: string;

  @IfGiven()
  @Numbers()
  vector?: number[];

  /** Of a picture or an image. */
  @IfGiven()
  @IsObject()
  @ValidateNested()
  @Type(() => RegionBody)
  region?: RegionBody;
}

export const INCLUDED = ['attributes', 'vectors'] as const;
export type Included = (typeof INCLUDED)[number];

/** Searched by what an example says, and by those of `positives`, away from those of `negatives`. */
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

  /** Its form is checked where it is read. */
  @IfGiven()
  @IsObject()
  filter?: object;

  @IfGiven()
  @NumberOfResults()
  limit: number = SEARCH_LIMITS.defaultResults;

  @IfGiven()
  @IsString()
  cursor?: string;

  @IfGiven()
  @IsIn(SEARCH_MODES)
  mode: SearchMode = DEFAULT_SEARCH_MODE;

  @IfGiven()
  @IsNumber()
  @Min(-1)
  @Max(1)
  minScore?: number;

  /** How much results shall differ from each other. */
  @IfGiven()
  @IsNumber()
  @Min(0)
  @Max(1)
  diversity?: number;

  @IfGiven()
  @IsArray()
  @IsIn(INCLUDED, { each: true })
  include: Included[] = ['attributes'];
}

export const MAX_BATCH = 16;

export class BatchBody {
  /** Each is checked by itself, so that a wrong one is its own matter only. */
  @IsArray()
  @ArrayMaxSize(MAX_BATCH)
  @IsObject({ each: true })
  searches!: object[];
}
