import { IsArray, IsIn, IsObject, IsString } from 'class-validator';
import { FACET_LIMITS, type Filter, type ImageRecordState } from '#core';
import { IfGiven } from '#nest';
import { BROWSE_LIMITS } from '#search';
import { WholeNumber } from '../whole-number.js';

const DEFAULT_VALUES = 10;

/** What the images have that a filter holds for: names of attributes and fields, with commas between; all that filters may name when there are none. */
export class FacetsBody {
  @IfGiven()
  @IsArray()
  @IsString({ each: true })
  attributes: string[] = [];

  @IfGiven()
  @IsArray()
  @IsString({ each: true })
  fields: string[] = [];

  /** Only images that it holds for. Its form is checked where it is read. */
  @IfGiven()
  @IsObject()
  filter?: Filter;

  /** Values of each. */
  @IfGiven()
  @WholeNumber(1, FACET_LIMITS.values)
  limit: number = DEFAULT_VALUES;
}

const STATES = ['ready', 'failed', 'deleted'] as const satisfies readonly ImageRecordState[];

export class ListBody {
  @IfGiven()
  @IsArray()
  @IsIn(STATES, { each: true })
  state: ImageRecordState[] = ['ready', 'failed'];

  /** Only images that it holds for. Its form is checked where it is read. */
  @IfGiven()
  @IsObject()
  filter?: Filter;

  /** Images of a page. */
  @IfGiven()
  @WholeNumber(BROWSE_LIMITS.minImages, BROWSE_LIMITS.maxImages)
  limit: number = BROWSE_LIMITS.defaultImages;

  /** `nextCursor` of an answer to the same list. */
  @IfGiven()
  @IsString()
  cursor?: string;
}

export type FacetsQuery = Partial<FacetsBody>;
export type ListQuery = Partial<ListBody>;
