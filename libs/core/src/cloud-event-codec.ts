import { parseAttributes } from './attributes.js';
import { isLookalikeError, LookalikeError } from './errors.js';
import { EVENT_TYPES, type ImageEvent, type ImageState } from './image-event.js';
import { parseImageId } from './image-id.js';
import type { LogRecord, NewRecord } from './log-record.js';

/**
 * CloudEvents 1.0 over the Kafka protocol binding 1.0.2: written in binary mode, read in binary and structured mode.
 * subject = imageId = record key.
 */
const STRUCTURED_CONTENT_TYPE = 'application/cloudevents+json';
const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/i;

const KINDS = new Map(Object.entries(EVENT_TYPES).map(([kind, type]) => [type as string, kind as ImageEvent['kind']]));

export function encodeImageEvent(event: ImageEvent): NewRecord {
  return {
    key: event.imageId,
    // A deleted event carries an empty object: a null value would be a tombstone, which compaction may drop.
    value: Buffer.from(JSON.stringify(event.kind === 'deleted' ? {} : event.state)),
    headers: {
      'content-type': 'application/json',
      ce_specversion: '1.0',
      ce_id: event.eventId,
      ce_source: event.source,
      ce_type: EVENT_TYPES[event.kind],
      ce_subject: event.imageId,
      ce_time: new Date(event.timeMs).toISOString(),
    },
  };
}

/** @throws LookalikeError `invalid-event` naming the field and the rule. */
export function decodeImageEvent(record: Pick<LogRecord, 'key' | 'value' | 'headers' | 'timestampMs'>): ImageEvent {
  const { attributes, data } = isStructured(record) ? readStructured(record) : readBinary(record);
  return asInvalidEvent(() => {
    if (attributes.specversion !== '1.0') throw broken('specversion', 'must be "1.0"');
    const kind = typeof attributes.type === 'string' ? KINDS.get(attributes.type) : undefined;
    if (kind === undefined) throw broken('type', `must be one of ${[...KINDS.keys()].join(', ')}`);
    const imageId = parseImageId(attributes.subject);
    if (record.key !== imageId) throw broken('subject', 'must equal the record key, which keeps the order of an image');
    const head = {
      eventId: text(attributes.id, 'id', 512),
      source: text(attributes.source, 'source', 2048),
      imageId,
      timeMs: time(attributes.time, record.timestampMs),
    };
    return kind === 'deleted' ? { ...head, kind } : { ...head, kind, state: parseImageState(data) };
  });
}

/** @throws LookalikeError `invalid-event` or `invalid-attributes`. */
export function parseImageState(value: unknown): ImageState {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw broken('data', 'must be a JSON object');
  const { uri, sha256, sizeBytes, mediaType, attributes } = value as Record<string, unknown>;
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) {
    throw broken('data.sha256', 'must be 64 lowercase hex digits');
  }
  if (typeof sizeBytes !== 'number' || !Number.isSafeInteger(sizeBytes) || sizeBytes < 0) {
    throw broken('data.sizeBytes', 'must be a whole number from 0 up');
  }
  return {
    uri: text(uri, 'data.uri', 2048),
    sha256,
    sizeBytes,
    mediaType: text(mediaType, 'data.mediaType', 255),
    attributes: parseAttributes(attributes ?? {}),
  };
}

type Parts = { attributes: Record<string, unknown>; data: unknown };
type Encoded = Pick<LogRecord, 'value' | 'headers'>;

function isStructured(record: Encoded): boolean {
  return (record.headers['content-type'] ?? '').toLowerCase().startsWith(STRUCTURED_CONTENT_TYPE);
}

function readBinary({ headers, value }: Encoded): Parts {
  const attributes: Record<string, unknown> = {};
  for (const [name, entry] of Object.entries(headers)) {
    if (name.startsWith('ce_')) attributes[name.slice(3)] = entry;
  }
  return { attributes, data: value === null || value.length === 0 ? undefined : json(value, 'data') };
}

function readStructured({ value }: Encoded): Parts {
  const envelope = value === null ? undefined : json(value, 'event');
  if (typeof envelope !== 'object' || envelope === null || Array.isArray(envelope)) {
    throw broken('event', 'must be a JSON object');
  }
  const { data, data_base64: base64, ...attributes } = envelope as Record<string, unknown>;
  if (base64 === undefined) return { attributes, data };
  if (typeof base64 !== 'string') throw broken('data_base64', 'must be a string');
  return { attributes, data: base64 === '' ? undefined : json(Buffer.from(base64, 'base64'), 'data') };
}

function json(bytes: Uint8Array, field: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new LookalikeError('invalid-event', `${field} must be JSON in UTF-8.`, { cause, facts: { field } });
  }
}

function text(value: unknown, field: string, maxLength: number): string {
  if (typeof value !== 'string' || value.length === 0) throw broken(field, 'must be a string that is not empty');
  if (value.length > maxLength) throw broken(field, `must have at most ${maxLength} characters`);
  if (!value.isWellFormed()) throw broken(field, 'must be well-formed Unicode');
  return value;
}

function time(value: unknown, fallbackMs: number): number {
  if (value === undefined) return fallbackMs;
  // Date.parse alone takes "1" for a year, and a time without a zone for this machine's.
  const timeMs = typeof value === 'string' && RFC_3339.test(value) ? Date.parse(value.toUpperCase()) : Number.NaN;
  if (Number.isNaN(timeMs)) throw broken('time', 'must be an RFC 3339 timestamp');
  return timeMs;
}

function broken(field: string, rule: string): LookalikeError {
  return new LookalikeError('invalid-event', `${field} ${rule}.`, { facts: { field, rule } });
}

/** Whatever is wrong inside an event is an invalid event to its reader; the first reason stays as cause and facts. */
function asInvalidEvent<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isLookalikeError(error) || error.code === 'invalid-event') throw error;
    throw new LookalikeError('invalid-event', error.message, { cause: error, facts: error.facts });
  }
}
