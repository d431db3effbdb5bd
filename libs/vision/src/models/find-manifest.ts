import { LookalikeError } from '#core';
import type { EncoderManifest } from './encoder-manifest.js';
import { readEncoderManifest } from './manifest-parser.js';
import { SHIPPED_MANIFESTS } from './shipped-manifests.js';

/** A shipped encoder by its name, or one of the user's by its manifest's path. @throws `invalid-setting`. */
export async function findEncoderManifest(nameOrPath: string): Promise<EncoderManifest> {
  const shipped = new Map<string, EncoderManifest>(Object.entries(SHIPPED_MANIFESTS)).get(nameOrPath);
  if (shipped !== undefined) return shipped;
  if (nameOrPath.endsWith('.json') || /[/\\]/.test(nameOrPath)) return readEncoderManifest(nameOrPath);
  const names = Object.keys(SHIPPED_MANIFESTS);
  throw new LookalikeError(
    'invalid-setting',
    `There is no encoder ${nameOrPath}. LOOKALIKE_ENCODER is one of ${names.join(', ')}, or the path of a manifest.`,
    { facts: { setting: 'LOOKALIKE_ENCODER', value: nameOrPath, allowed: names } },
  );
}
