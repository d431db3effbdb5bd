import { LookalikeError } from './errors.js';
import type { LogRecord } from './log-record.js';

/** A CloudEvent as the Kafka protocol binding carries it, before anybody asks what it is about. */
export interface CloudEvent {
  /** Context attributes and extensions; those of `null` are absent. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Data are read when they are wanted: what is in those of a deletion is nobody's matter. */
  readonly readData: () => unknown;
}

type Encoded = Pick<LogRecord, 'value' | 'headers'>;

const CLOUD_EVENTS = 'application/cloudevents';
const JSON_TYPE = /^[^/]+\/([^/]+\+)?json$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const CHARSETS: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'us-ascii']);

/**
 * Binary and structured mode of the CloudEvents Kafka protocol binding 1.0.2. Header names are the binding's, in
 * lowercase; values are plain UTF-8, not percent-encoded as over HTTP.
 * @throws LookalikeError `invalid-event`.
 */
export function readCloudEvent(record: Encoded): CloudEvent {
  const { type, charset } = mediaType(record.headers['content-type'] ?? '');
  if (!type.startsWith(CLOUD_EVENTS)) return readBinary(record);
  if (type.startsWith(`${CLOUD_EVENTS}-batch`)) {
    throw brokenEvent('content-type', 'must be of one event: a batch has no position for each of its events');
  }
  if (type !== `${CLOUD_EVENTS}+json`) {
    throw brokenEvent('content-type', `must be ${CLOUD_EVENTS}+json: no other event format is read`);
  }
  checkCharset('content-type', charset);
  return readStructured(record);
}

function readBinary({ headers, value }: Encoded): CloudEvent {
  const attributes: Record<string, unknown> = {};
  for (const [name, entry] of Object.entries(headers)) {
    if (name.startsWith('ce_')) attributes[name.slice(3)] = entry;
  }
  const readData = () => {
    checkDataType('content-type', headers['content-type']);
    return value === null || value.length === 0 ? undefined : json(value, 'data');
  };
  return { attributes, readData };
}

function readStructured({ value }: Encoded): CloudEvent {
  const envelope = value === null ? undefined : json(value, 'event');
  if (typeof envelope !== 'object' || envelope === null || Array.isArray(envelope)) {
    throw brokenEvent('event', 'must be a JSON object');
  }
  const given = Object.entries(envelope).filter(([, member]) => member !== null);
  const { data, data_base64: base64, ...attributes } = Object.fromEntries<unknown>(given);
  const readData = () => {
    checkDataType('datacontenttype', attributes.datacontenttype);
    if (base64 === undefined) return data;
    if (data !== undefined) throw brokenEvent('data_base64', 'must not stand beside data');
    if (typeof base64 !== 'string' || !BASE64.test(base64)) throw brokenEvent('data_base64', 'must be base64');
    return base64 === '' ? undefined : json(Buffer.from(base64, 'base64'), 'data');
  };
  return { attributes, readData };
}

/** Without a type data are JSON. */
function checkDataType(field: string, value: unknown): void {
  if (value === undefined) return;
  const { type, charset } = mediaType(typeof value === 'string' ? value : '');
  if (!JSON_TYPE.test(type)) throw brokenEvent(field, 'must be a JSON media type, such as application/json');
  checkCharset(field, charset);
}

function checkCharset(field: string, charset: string | undefined): void {
  if (charset !== undefined && !CHARSETS.has(charset)) throw brokenEvent(field, 'must have no charset but UTF-8');
}

function mediaType(text: string): { type: string; charset: string | undefined } {
  const [type = '', ...parameters] = text.toLowerCase().split(';');
  const charset = parameters.map((it) => it.trim()).find((it) => it.startsWith('charset='));
  return { type: type.trim(), charset: charset?.slice('charset='.length).replaceAll('"', '') };
}

function json(bytes: Uint8Array, field: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new LookalikeError('invalid-event', `${field} must be JSON in UTF-8.`, {
      cause,
      facts: { field, rule: 'must be JSON in UTF-8' },
    });
  }
}

export function brokenEvent(field: string, rule: string): LookalikeError {
  return new LookalikeError('invalid-event', `${field} ${rule}.`, { facts: { field, rule } });
}
