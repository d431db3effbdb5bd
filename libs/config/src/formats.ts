import { isIP } from 'node:net';
import convict from 'convict';
import { type ApiKeyEntry, type AttributeType, isApiKey, parseApiKeyEntry } from '#core';
import { ROLES } from './roles.js';

/**
 * Formats of our own: convict's numbers take `80abc` as 80, and its messages do not name the range. `coerce` gives back
 * the text where it makes no sense, so that `validate` refuses it and the message shows what was written.
 */
declare module 'convict' {
  // convict hands the whole entry to `validate`; these are the extra members that ours carry.
  interface SchemaObj {
    min?: number;
    max?: number;
    /** What may be written, in words. */
    allowed: string;
    /** The default in words, where it depends on the machine or on another setting. */
    defaultText?: string;
  }
}

/** Each request is compared with all of them. */
const MAX_API_KEYS = 100;

const ATTRIBUTE_TYPES: readonly AttributeType[] = ['string', 'number', 'boolean', 'strings', 'date'];
const ATTRIBUTE = /^([A-Za-z_][A-Za-z0-9_.-]{0,63}):([a-z]+)$/;

export function addFormats(): void {
  convict.addFormats({
    'whole-number': {
      coerce: (text: string) => (/^\d{1,15}$/.test(text.trim()) ? Number(text) : text),
      validate(value: unknown, { min = 0, max = Number.MAX_SAFE_INTEGER }: { min?: number; max?: number }) {
        refuseUnless(typeof value === 'number' && value >= min && value <= max);
      },
    },
    share: {
      coerce: (text: string) => (/^0?\.\d{1,9}$/.test(text.trim()) ? Number(text) : text),
      validate: (value: unknown) => refuseUnless(typeof value === 'number' && value > 0 && value < 1),
    },
    text: {
      coerce: (text: string) => text.trim(),
      validate: (value: unknown) => refuseUnless(typeof value === 'string' && value !== ''),
    },
    'http-url': {
      coerce: withoutTrailingSlash,
      validate: (value: unknown) => refuseUnless(isHttpUrl(value)),
    },
    'http-urls': {
      coerce: (text: string) => items(text).map(withoutTrailingSlash),
      validate: (value: unknown) => refuseUnless(Array.isArray(value) && value.every(isHttpUrl)),
    },
    list: {
      coerce: items,
      validate: (value: unknown) => refuseUnless(Array.isArray(value)),
    },
    ports: {
      coerce: (text: string) =>
        text.trim() === 'none' ? [] : items(text).map((it) => (/^\d{1,5}$/.test(it) ? Number(it) : it)),
      validate: (value: unknown) => refuseUnless(Array.isArray(value) && value.every(isPort)),
    },
    addresses: {
      coerce: items,
      validate: (value: unknown) => refuseUnless(Array.isArray(value) && value.length > 0 && value.every(isAddress)),
    },
    'dns-servers': {
      coerce: items,
      validate: (value: unknown) => refuseUnless(Array.isArray(value) && value.every(isIpAddress)),
    },
    'host-names': {
      coerce: (text: string) => items(text.toLowerCase()),
      validate: (value: unknown) => refuseUnless(Array.isArray(value) && value.every(isHostName)),
    },
    'bucket-names': {
      coerce: items,
      validate: (value: unknown) => refuseUnless(Array.isArray(value) && value.every(isBucketName)),
    },
    origins: {
      coerce: items,
      validate: (value: unknown) => refuseUnless(Array.isArray(value) && value.every(isOrigin)),
    },
    'api-key': {
      coerce: (text: string) => text.trim(),
      validate: (value: unknown) => refuseUnless(typeof value === 'string' && isApiKey(value)),
    },
    'api-keys': {
      coerce: apiKeys,
      validate: (value: unknown) => refuseUnless(Array.isArray(value)),
    },
    roles: {
      coerce: (text: string) => [...new Set(items(text))],
      validate: (value: unknown) => refuseUnless(Array.isArray(value) && value.length > 0 && value.every(isRole)),
    },
    'attribute-types': {
      coerce: attributeTypes,
      validate: (value: unknown) => refuseUnless(Array.isArray(value)),
    },
  });
}

/**
 * `name:type,…` as pairs, or the text itself when any of it is wrong. Not an object: convict takes an object's keys for
 * settings, and a name may have dots.
 */
function attributeTypes(text: string): (readonly [name: string, type: AttributeType])[] | string {
  const types = new Map<string, AttributeType>();
  for (const item of items(text)) {
    const [, name = '', typeName] = ATTRIBUTE.exec(item) ?? [];
    const type = ATTRIBUTE_TYPES.find((it) => it === typeName);
    if (type === undefined || types.has(name) || name === '__proto__') return text;
    types.set(name, type);
  }
  return [...types];
}

/** The keys, or the text itself when any of it is wrong. Logs tell keys by their names, so each has one of its own. */
function apiKeys(text: string): readonly ApiKeyEntry[] | string {
  // A template whose variables are empty leaves commas: a server that should have keys must not open without.
  if (text.trim() !== '' && items(text).length === 0) return text;
  const entries = items(text).map(parseApiKeyEntry);
  const known = entries.filter((it) => it !== null);
  const names = new Set(known.map(({ name }) => name));
  const isFine = known.length === entries.length && names.size === entries.length && entries.length <= MAX_API_KEYS;
  return isFine ? known : text;
}

function items(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function withoutTrailingSlash(text: string): string {
  return text.trim().replace(/\/+$/, '');
}

function isHttpUrl(value: unknown): boolean {
  return typeof value === 'string' && /^https?:\/\//.test(value) && URL.canParse(value);
}

/** An IP address, with a port or without. */
function isIpAddress(value: unknown): boolean {
  const [, address = '', , port = '53'] =
    /^\[?([0-9a-fA-F:.]+?)\]?((?<=\]|^[\d.]+):(\d{1,5}))?$/.exec(String(value)) ?? [];
  return isIP(address) !== 0 && isPort(Number(port));
}

/** `host:port`; an IPv6 address stands in brackets. */
function isAddress(value: unknown): boolean {
  const [, host = '', port = ''] = /^(\[[0-9a-fA-F:.]+\]|[^\s:/@[\]]+):(\d{1,5})$/.exec(String(value)) ?? [];
  return host !== '' && isPort(Number(port));
}

function isPort(value: unknown): boolean {
  return typeof value === 'number' && value > 0 && value <= 65_535;
}

function isHostName(value: unknown): boolean {
  return typeof value === 'string' && URL.canParse(`http://${value}`) && new URL(`http://${value}`).hostname === value;
}

function isBucketName(value: unknown): boolean {
  return typeof value === 'string' && /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(value);
}

/** As browsers write it: no path, no slash at the end, lower case, a port only if it is not the usual one. */
function isOrigin(value: unknown): boolean {
  return isHttpUrl(value) && new URL(String(value)).origin === value;
}

function isRole(value: unknown): boolean {
  return ROLES.some((role) => role === value);
}

function refuseUnless(fits: boolean): void {
  if (!fits) throw new Error('does not fit');
}
