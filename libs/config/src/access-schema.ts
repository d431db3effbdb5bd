import type { SchemaObj } from 'convict';
import type { ApiKeyEntry } from '#core';
import { wholeNumber } from './entry.js';

/** Who may ask the REST API for what, under which names, from which pages, and how often. */
export const ACCESS_SCHEMA = {
  keys: {
    env: 'LOOKALIKE_API_KEYS',
    format: 'api-keys',
    default: [],
    // So that a key that is put here by mistake, instead of its hash, is not shown.
    sensitive: true,
    doc:
      'Hashes of the keys that the server takes, as `lookalike keys new` prints them; several may be valid at once. Without ' +
      'any, everything is allowed, and the server listens on loopback only.',
    allowed:
      '`name:scopes:sha256` separated by commas; scopes are `publish`, `search` and `operate`, with + between them',
    defaultText: 'none',
  } as SchemaObj<readonly ApiKeyEntry[]>,
  allowedHosts: {
    env: 'LOOKALIKE_ALLOWED_HOSTS',
    format: 'host-names',
    default: [],
    doc: 'Names that requests may be sent to, beside addresses, `localhost` and `LOOKALIKE_HOST`.',
    allowed: 'host names without a port, separated by commas',
    defaultText: 'none on loopback, any elsewhere',
  } as SchemaObj<readonly string[]>,
  corsOrigins: {
    env: 'LOOKALIKE_CORS_ORIGINS',
    format: 'origins',
    default: [],
    doc: 'Origins of web pages elsewhere that may use the REST API.',
    allowed: 'origins such as `https://photos.example`, separated by commas',
    defaultText: 'none',
  } as SchemaObj<readonly string[]>,
  publishRate: rate('LOOKALIKE_PUBLISH_RATE', 1000, 'that change images; a bulk stream is one'),
  publishBurst: burst('LOOKALIKE_PUBLISH_BURST', 2000, 'PUBLISH'),
  searchRate: rate('LOOKALIKE_SEARCH_RATE', 1000, 'that search or read images'),
  searchBurst: burst('LOOKALIKE_SEARCH_BURST', 2000, 'SEARCH'),
  operateRate: rate('LOOKALIKE_OPERATE_RATE', 200, 'that operate the system or ask for its status'),
  operateBurst: burst('LOOKALIKE_OPERATE_BURST', 400, 'OPERATE'),
};

function rate(env: string, standard: number, what: string): SchemaObj<number> {
  const doc = `Requests a second, on average, ${what}: of each key, or without keys of each address.`;
  return wholeNumber(env, standard, [1, 1_000_000], doc);
}

function burst(env: string, standard: number, scope: string): SchemaObj<number> {
  const doc = `How many such requests may come at once; they are counted until \`LOOKALIKE_${scope}_RATE\` has made up for them.`;
  return wholeNumber(env, standard, [1, 1_000_000], doc);
}
