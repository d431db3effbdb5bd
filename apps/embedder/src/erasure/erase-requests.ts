import { IsInt, Max, Min } from 'class-validator';
import { IfGiven } from '#nest';

/** Longer than that nobody waits for one answer; the same call goes on where it stopped. */
const MAX_WAIT_SECONDS = 3_600;

export class EraseBody {
  /** How long the stages are waited for; 60 when left out. */
  @IfGiven()
  @IsInt()
  @Min(0)
  @Max(MAX_WAIT_SECONDS)
  waitSeconds?: number;
}
