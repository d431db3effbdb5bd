import { IsBoolean, IsInt, IsString, Max, Min } from 'class-validator';
import { LookalikeError, type VectorIndex } from '#core';
import { IfGiven } from '#nest';
import { type GenerationsState, inRole, type KnownGeneration } from '#pipeline';

/** An hour: stages that are further behind than that are not waited for. */
const MAX_WAIT_SECONDS = 3_600;

export class AuditBody {
  /** By its name, or by its role: `live`, `next`, `previous`. */
  @IfGiven()
  @IsString()
  generation?: string;

  /** Vectors taken at random that are compared with the log's; all of them with `allVectors`. */
  @IfGiven()
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  vectors?: number;

  @IfGiven()
  @IsBoolean()
  allVectors?: boolean;

  /** Whether the pictures are there. */
  @IfGiven()
  @IsBoolean()
  blobs?: boolean;

  /** Whether their bytes are what they were: every picture is read. */
  @IfGiven()
  @IsBoolean()
  blobBytes?: boolean;

  @IfGiven()
  @IsBoolean()
  repair?: boolean;

  /** How long the stages are waited for. */
  @IfGiven()
  @IsInt()
  @Min(0)
  @Max(MAX_WAIT_SECONDS)
  waitSeconds?: number;

  /** Compares what there is, also while the stages are behind. */
  @IfGiven()
  @IsBoolean()
  evenIfBehind?: boolean;
}

/** @throws `generation-unknown`. */
export function auditedGeneration(state: GenerationsState, nameOrRole = 'live'): KnownGeneration {
  const role = (['live', 'next', 'previous'] as const).find((it) => it === nameOrRole);
  const found = role === undefined ? state.get(nameOrRole) : inRole(state, role);
  if (found != null) return found;
  throw new LookalikeError('generation-unknown', `There is no generation ${nameOrRole}.`, {
    facts: { generation: nameOrRole },
  });
}

/** @throws `generation-lost`. */
export async function requireThere(index: VectorIndex, { name, role }: KnownGeneration): Promise<void> {
  if ((await index.generations()).some((it) => it.name === name)) return;
  throw new LookalikeError('generation-lost', `The index has lost generation ${name}, which is ${role}.`, {
    facts: { generation: name, role },
  });
}
