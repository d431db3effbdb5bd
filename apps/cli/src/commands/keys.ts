import { randomBytes } from 'node:crypto';
import { type ApiKeyEntry, type ApiScope, apiKeyOf, apiKeySha256 } from '#core';
import type { Context } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { renderNewKey } from '../render/keys.js';

export interface NewKeyOptions {
  readonly name: string;
  readonly scopes: readonly ApiScope[];
  readonly json: boolean;
}

/** Makes a key here and nowhere else: no server hears of it before its hash is in the settings. */
export function newKeyCommand({ print }: Context, { name, scopes, json }: NewKeyOptions): ExitCode {
  const key = apiKeyOf(randomBytes(32));
  const entry: ApiKeyEntry = { name, scopes, sha256: apiKeySha256(key).toString('hex') };
  print(json ? `${JSON.stringify({ key, ...entry })}\n` : renderNewKey(key, entry));
  return EXIT.fine;
}
