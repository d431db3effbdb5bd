import { IsIn } from 'class-validator';
import { IfGiven } from '#nest';

export const CHECKS = ['refuse', 'report'] as const;
export type Check = (typeof CHECKS)[number];

export class CheckQuery {
  /** Whether a picture that searches find in the collection already, edited or as it is, is refused, or taken and reported. */
  @IfGiven()
  @IsIn(CHECKS)
  check?: Check;
}
