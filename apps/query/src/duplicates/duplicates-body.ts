import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsIn, IsString, Matches, ValidateNested } from 'class-validator';
import { IfGiven } from '#nest';
import { GROUP_LIMITS, GROUP_ORDERS, type GroupOrder } from '#search';
import { WholeNumber } from '../whole-number.js';

export const MAX_DECIDED = 200;
const MAX_DECISIONS = 100;
const DEFAULT_DECISIONS = 20;

/** How the one that stays is chosen: the most pixels, the largest file, the earliest event. */
export const KEEP_RULES = ['resolution', 'bytes', 'date'] as const;
export type KeepRule = (typeof KEEP_RULES)[number];

export class DuplicatesBody {
  /** By how many images a group has, or by how many bytes are saved if only one of them stays. */
  @IfGiven()
  @IsIn(GROUP_ORDERS)
  order: GroupOrder = 'images';

  @IfGiven()
  @WholeNumber(1, GROUP_LIMITS.groups)
  limit: number = GROUP_LIMITS.defaultGroups;

  /** `nextCursor` of an answer in the same order. */
  @IfGiven()
  @IsString()
  cursor?: string;
}

export class DecisionsBody {
  @IfGiven()
  @WholeNumber(1, MAX_DECISIONS)
  limit: number = DEFAULT_DECISIONS;

  /** `nextCursor` of an answer. */
  @IfGiven()
  @Matches(/^\d{1,15}$/)
  cursor?: string;
}

export type DuplicatesQuery = Partial<DuplicatesBody>;
export type DecisionsQuery = Partial<DecisionsBody>;

/** An image, and the picture that was looked at. */
export class DecidedImageBody {
  @IsString()
  imageId!: string;

  /** Of its bytes, as a group has it. The decision says nothing of a picture that comes later. */
  @Matches(/^[0-9a-f]{64}$/)
  sha256!: string;
}

export class DecisionBody {
  /** They are different pictures; they are copies and all stay; or one stays and the others are deleted. */
  @IsIn(['not-a-duplicate', 'keep', 'resolve'])
  decision!: 'not-a-duplicate' | 'keep' | 'resolve';

  @IsArray()
  @ArrayMinSize(2)
  @ArrayMaxSize(MAX_DECIDED)
  @ValidateNested({ each: true })
  @Type(() => DecidedImageBody)
  images!: DecidedImageBody[];

  /** Of `resolve`: how the image that stays is chosen. */
  @IfGiven()
  @IsIn(KEEP_RULES)
  keep?: KeepRule;

  /** Of `resolve`, in place of `keep`: the ids of those that stay. */
  @IfGiven()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_DECIDED)
  @IsString({ each: true })
  keepImages?: string[];

  /** Of `resolve`: the others are deleted. Without it the answer says which those are, and nothing is done. */
  @IfGiven()
  @IsIn([true])
  delete?: true;
}
