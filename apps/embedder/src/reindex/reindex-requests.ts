import { IsBoolean, IsObject, Matches } from 'class-validator';
import { type EncoderInfo, isLookalikeError, type VectorIndex } from '#core';
import { IfGiven, invalidRequest } from '#nest';
import { encoderInfo, parseEncoderManifest, SHIPPED_MANIFESTS } from '#vision';

export class StartBody {
  /** A shipped encoder by its name, or a manifest. Default: the live generation's. */
  @IfGiven()
  encoder?: unknown;

  /** Numbers of the index engine by its own names. */
  @IfGiven()
  @IsObject()
  settings?: Record<string, unknown>;

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
