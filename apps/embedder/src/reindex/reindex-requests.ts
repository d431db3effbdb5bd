import { IsBoolean, IsIn, IsInt, IsObject, Matches, Max, Min } from 'class-validator';
import { type EncoderInfo, isLookalikeError, type VectorIndex } from '#core';
import { IfGiven, invalidRequest } from '#nest';
import { COMPONENTS, PROFILES, type Profile } from '#pipeline';
import { encoderInfo, parseEncoderManifest, SHIPPED_MANIFESTS } from '#vision';

const COMPONENTS_RULE = `must be a whole number from ${COMPONENTS.least} to ${COMPONENTS.most}`;

export class StartBody {
  /** A shipped encoder by its name, or a manifest. Default: the live generation's. */
  @IfGiven()
  encoder?: string | Readonly<Record<string, unknown>>;

  /** What is searched of the vectors. Default: as the live generation has it. */
  @IfGiven()
  @IsIn(PROFILES, { message: `must be one of ${PROFILES.join(', ')}` })
  profile?: Profile['kind'];

  /** Of `lean`: the numbers that are searched of each large vector. */
  @IfGiven()
  @IsInt({ message: COMPONENTS_RULE })
  @Min(COMPONENTS.least, { message: COMPONENTS_RULE })
  @Max(COMPONENTS.most, { message: COMPONENTS_RULE })
  components?: number;

  /** Numbers of the index engine by its own names. */
  @IfGiven()
  @IsObject()
  settings?: Readonly<Record<string, number>>;

  /** As soon as it is verified. */
  @IfGiven()
  @IsBoolean()
  switchWhenVerified?: boolean;
}

export class SwitchBody {
  /** Whatever its verification found. */
  @IfGiven()
  @IsBoolean()
  force?: boolean;
}

export class DropVectorsBody {
  /** Of the encoder. */
  @Matches(/^[0-9a-f]{16}$/, { message: 'must be the fingerprint of an encoder: 16 hexadecimal digits' })
  fingerprint!: string;
}

/** @returns nothing when none is named. @throws `invalid-request` for components that no profile takes. */
export function namedProfile({ profile, components }: StartBody): { readonly profile?: Profile } {
  if (profile === 'lean') return { profile: { kind: profile, components: components ?? COMPONENTS.default } };
  if (components !== undefined) throw invalidRequest([{ field: 'components', rule: 'goes with the profile lean' }]);
  return profile === undefined ? {} : { profile: { kind: profile } };
}

/** @returns `null` when none is named. @throws `invalid-request` with what there is, or the field of the manifest. */
export function encoderOf({ encoder }: StartBody): EncoderInfo | null {
  if (encoder === undefined) return null;
  if (typeof encoder === 'string') {
    const shipped = new Map(Object.entries(SHIPPED_MANIFESTS)).get(encoder as keyof typeof SHIPPED_MANIFESTS);
    if (shipped !== undefined) return encoderInfo(shipped);
    const names = Object.keys(SHIPPED_MANIFESTS).join(', ');
    throw invalidRequest([{ field: 'encoder', rule: `must be one of ${names}, or a manifest` }]);
  }
  try {
    return encoderInfo(parseEncoderManifest(encoder));
  } catch (error) {
    if (!isLookalikeError(error) || error.code !== 'invalid-setting') throw error;
    const { field, rule } = error.facts;
    const at = typeof encoder === 'object' && encoder !== null ? `encoder.${String(field)}` : 'encoder';
    throw invalidRequest([{ field: at, rule: String(rule) }]);
  }
}

/** @throws `invalid-request` with what the index allows. */
export function settingsOf({ settings = {} }: StartBody, index: VectorIndex): Readonly<Record<string, number>> {
  for (const [name, value] of Object.entries(settings)) {
    if (typeof value === 'number' && Number.isFinite(value)) continue;
    throw invalidRequest([{ field: `settings.${name}`, rule: 'must be a number' }]);
  }
  const numbers = settings as Record<string, number>;
  try {
    index.checkSettings(numbers);
  } catch (error) {
    if (!isLookalikeError(error) || error.code !== 'invalid-setting') throw error;
    const { setting, allowed } = error.facts;
    throw invalidRequest([{ field: `settings.${String(setting)}`, rule: `must be ${String(allowed)}` }]);
  }
  return numbers;
}
