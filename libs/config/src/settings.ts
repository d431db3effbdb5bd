import { join } from 'node:path';
import convict, { type SchemaObj } from 'convict';
import { API_SCOPES, type ApiScope, type GenerationSchema, LookalikeError } from '#core';
import { addFormats } from './formats.js';
import { nearest } from './nearest.js';
import { SCHEMA } from './schema.js';

type Schema = typeof SCHEMA;
type Values = {
  readonly [Group in keyof Schema]: {
    readonly [Name in keyof Schema[Group]]: Schema[Group][Name] extends SchemaObj<infer Value> ? Value : never;
  };
};

/** What the process was told, by purpose; all of it checked, none of it can be changed. */
export type Settings = Omit<Values, 'access' | 'encoder' | 'index' | 'storage'> & {
  readonly access: Pick<Values['access'], 'keys' | 'allowedHosts' | 'corsOrigins'> & {
    readonly rates: Readonly<Record<ApiScope, Rate>>;
  };
  readonly storage: Omit<Values['storage'], 'blobsFolder'> & { readonly blobsFolder: string };
  readonly encoder: Omit<Values['encoder'], 'modelsFolder'> & { readonly modelsFolder: string };
  readonly index: Omit<Values['index'], 'attributes'> & { readonly attributes: GenerationSchema['attributes'] };
};

/** Of requests. */
export interface Rate {
  readonly perSecond: number;
  /** At once. */
  readonly burst: number;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** One setting as the reference page and `lookalike config` show it. */
export interface SettingDescription {
  /** Which part of `Settings` it is in. */
  readonly group: string;
  readonly env: string;
  readonly doc: string;
  readonly allowed: string;
  readonly default: string;
  /** As the environment gives it; secrets are masked. */
  readonly value: string;
  readonly isSet: boolean;
}

const PREFIX = 'LOOKALIKE_';
const MASK = '(hidden)';

addFormats();

/**
 * Reads every setting from the environment. A variable that is set to nothing counts as not set.
 * @throws LookalikeError `invalid-setting` that names all wrong settings at once, with value and allowed range.
 */
export function loadSettings(env: Environment = process.env): Settings {
  const known = ours(env);
  const values = convict<Values>(SCHEMA as never, { env: known, args: [] });
  const wrong = [...unknownNames(known), ...wrongValues(known)];
  if (wrong.length === 0) wrong.push(...wrongTogether(values.getProperties() as Values));
  if (wrong.length > 0) {
    const settings = wrong.map(({ setting }) => setting);
    throw new LookalikeError('invalid-setting', wrong.map(({ sentence }) => sentence).join(' '), {
      facts: { settings },
    });
  }
  const { access, encoder, index, storage, ...rest } = values.getProperties() as Values;
  const { keys, allowedHosts, corsOrigins } = access;
  const { dataFolder } = storage;
  return frozen({
    ...rest,
    access: { keys, allowedHosts, corsOrigins, rates: ratesOf(access) },
    storage: { ...storage, blobsFolder: storage.blobsFolder ?? join(dataFolder, 'blobs') },
    encoder: { ...encoder, modelsFolder: encoder.modelsFolder ?? join(dataFolder, 'models') },
    index: { ...index, attributes: Object.fromEntries(index.attributes) },
  });
}

function ratesOf(access: Values['access']): Settings['access']['rates'] {
  const rates = API_SCOPES.map((it) => [it, { perSecond: access[`${it}Rate`], burst: access[`${it}Burst`] }] as const);
  return Object.fromEntries(rates) as Settings['access']['rates'];
}

/** Every setting there is, with its value in `env`. Does not check it. */
export function describeSettings(env: Environment = process.env): readonly SettingDescription[] {
  const known = ours(env);
  return entries().map(({ group, entry }) => {
    const written = known[entry.env];
    const standard = entry.defaultText ?? String(entry.default);
    const shown = entry.sensitive === true && written !== undefined ? MASK : written;
    const { env: name, doc, allowed } = entry;
    return {
      group,
      env: name,
      doc,
      allowed,
      default: standard,
      value: shown ?? standard,
      isSet: written !== undefined,
    };
  });
}

type Entry = SchemaObj & { env: string; doc: string };
interface Wrong {
  readonly setting: string;
  readonly sentence: string;
}

function entries(): { group: string; entry: Entry }[] {
  return Object.entries(SCHEMA).flatMap(([group, members]) =>
    Object.values<unknown>(members).map((entry) => ({ group, entry: entry as Entry })),
  );
}

function ours(env: Environment): Record<string, string> {
  const set = Object.entries(env).filter(([name, value]) => name.startsWith(PREFIX) && (value ?? '').trim() !== '');
  return Object.fromEntries(set) as Record<string, string>;
}

function unknownNames(env: Record<string, string>): Wrong[] {
  const names = entries().map(({ entry }) => entry.env);
  return Object.keys(env)
    .filter((name) => !names.includes(name))
    .map((name) => ({ setting: name, sentence: `${name} is not a setting; did you mean ${nearest(name, names)}?` }));
}

/** Each setting is loaded alone, since convict gives the errors of all as one text. */
function wrongValues(env: Record<string, string>): Wrong[] {
  return entries().flatMap(({ entry }) => {
    const written = env[entry.env];
    if (written === undefined) return [];
    try {
      convict({ it: entry as never }, { env, args: [] }).validate({ allowed: 'strict' });
      return [];
    } catch {
      const value = entry.sensitive === true ? MASK : JSON.stringify(written);
      return [{ setting: entry.env, sentence: `${entry.env} is ${value}, but must be ${entry.allowed}.` }];
    }
  });
}

/** What each may be, but not beside the other. */
function wrongTogether({ check, kafka, qdrant, s3, storage }: Values): Wrong[] {
  const rules: readonly (readonly [isBroken: boolean, setting: string, rule: string])[] = [
    [
      kafka.sasl !== 'none' && (kafka.username === null || kafka.password === null),
      'LOOKALIKE_KAFKA_SASL',
      `is ${kafka.sasl}, which needs LOOKALIKE_KAFKA_USERNAME and LOOKALIKE_KAFKA_PASSWORD.`,
    ],
    [
      kafka.caFile !== null && kafka.tls === 'off',
      'LOOKALIKE_KAFKA_CA_FILE',
      'is set, but without LOOKALIKE_KAFKA_TLS=on nothing is encrypted.',
    ],
    [
      3 * kafka.heartbeatSeconds > kafka.sessionTimeoutSeconds,
      'LOOKALIKE_KAFKA_HEARTBEAT_SECONDS',
      `is ${kafka.heartbeatSeconds}, but must be at most a third of LOOKALIKE_KAFKA_SESSION_TIMEOUT_SECONDS.`,
    ],
    [
      check.queryKey !== null && check.queryUrl === null,
      'LOOKALIKE_QUERY_KEY',
      'is set, but without LOOKALIKE_QUERY_URL nobody is asked.',
    ],
    [storage.blobs === 's3' && s3.bucket === null, 'LOOKALIKE_BLOBS', 'is s3, which needs LOOKALIKE_S3_BUCKET.'],
    [
      (s3.accessKeyId === null) !== (s3.secretAccessKey === null),
      'LOOKALIKE_S3_ACCESS_KEY_ID',
      'and LOOKALIKE_S3_SECRET_ACCESS_KEY must be set together.',
    ],
    [
      qdrant.writeConsistencyFactor > qdrant.replicationFactor,
      'LOOKALIKE_QDRANT_WRITE_CONSISTENCY',
      `is ${qdrant.writeConsistencyFactor}, but must be at most LOOKALIKE_QDRANT_REPLICATION.`,
    ],
  ];
  return rules
    .filter(([isBroken]) => isBroken)
    .map(([, setting, rule]) => ({ setting, sentence: `${setting} ${rule}` }));
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}
