import { createHash } from 'node:crypto';

/** What a key may be for: to change images, to search and look at them, to run the system. */
export const API_SCOPES = ['publish', 'search', 'operate'] as const;
export type ApiScope = (typeof API_SCOPES)[number];

/** What a server knows of a key: enough to tell it, and nothing to log in with. */
export interface ApiKeyEntry {
  readonly name: string;
  readonly scopes: readonly ApiScope[];
  /** Of the whole key, in hex. */
  readonly sha256: string;
}

const SECRET_BYTES = 32;
const KEY = /^lk_[\w-]{43}$/;
const ENTRY = /^([a-z0-9][a-z0-9-]{0,31}):([a-z]+(?:\+[a-z]+)*):([0-9a-f]{64})$/;

/** A key of 32 random bytes. The beginning lets scanners for leaked secrets find it. */
export function apiKeyOf(secret: Uint8Array): string {
  if (secret.length !== SECRET_BYTES) throw new RangeError(`A key is made of ${SECRET_BYTES} bytes.`);
  return `lk_${Buffer.from(secret).toString('base64url')}`;
}

/** The hash of anything else would be one of a password, which is too easily found by trying. */
export function isApiKey(text: string): boolean {
  return KEY.test(text);
}

/** Of 256 random bits nobody finds the other side of a hash, however fast it is; so no slow hash, and no salt. */
export function apiKeySha256(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

export function isApiScope(text: string): text is ApiScope {
  return API_SCOPES.some((scope) => scope === text);
}

export function isApiKeyName(text: string): boolean {
  return ENTRY.test(`${text}:search:${'0'.repeat(64)}`);
}

/** `name:scope+scope:sha256`: without a space, a quote or anything else that shells, YAML or env files would read. */
export function formatApiKeyEntry({ name, scopes, sha256 }: ApiKeyEntry): string {
  return `${name}:${scopes.join('+')}:${sha256}`;
}

/** `null` for anything else. */
export function parseApiKeyEntry(text: string): ApiKeyEntry | null {
  const [, name = '', scopeText = '', sha256 = ''] = ENTRY.exec(text) ?? [];
  const scopes = scopeText.split('+').filter(isApiScope);
  const isWhole = name !== '' && scopes.length === scopeText.split('+').length;
  return isWhole ? { name, scopes: [...new Set(scopes)], sha256 } : null;
}
