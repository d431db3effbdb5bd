import { parseAttributes } from './attributes.js';
import { isLongerThan } from './characters.js';
import { brokenEvent, readCloudEvent } from './cloud-event.js';
import { isLookalikeError, LookalikeError } from './errors.js';
import { EVENT_TYPES, type ImageEvent, type ImageState } from './image-event.js';
import { type ImageId, parseImageId } from './image-id.js';
import type { LogRecord, NewRecord } from './log-record.js';
import { checkPartition } from './partitioner.js';

/** Longest texts of an event, in characters. */
export const EVENT_LIMITS = { id: 512, source: 2048, uri: 2048, mediaType: 255 } as const;

/** RFC 3339 with the days of each month still to be checked, and without leap seconds, which `Date` does not know. */
const TIME =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i;

const KINDS = new Map(Object.entries(EVENT_TYPES).map(([kind, type]) => [type as string, kind as ImageEvent['kind']]));

/** Written in binary mode; subject = imageId = record key. */
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

/**
 * Read in binary and structured mode (`docs/reference/events.md` is the contract).
 * @throws LookalikeError `invalid-event` naming the field and the rule; nothing else, whatever the bytes.
 */
export function decodeImageEvent(record: Pick<LogRecord, 'key' | 'value' | 'headers' | 'timestampMs'>): ImageEvent {
  if (record.value === null && record.headers.ce_type === undefined) {
    throw brokenEvent('event', `must not be a bare tombstone: an image is deleted by ${EVENT_TYPES.deleted}`);
  }
  return asInvalidEvent(() => {
    const { attributes, readData } = readCloudEvent(record);
    if (attributes.specversion !== '1.0') {
      throw brokenEvent('specversion', 'must be "1.0", in header ce_specversion or in a structured event');
    }
    const kind = typeof attributes.type === 'string' ? KINDS.get(attributes.type) : undefined;
    if (kind === undefined) throw brokenEvent('type', `must be one of ${[...KINDS.keys()].join(', ')}`);
    const head = {
      eventId: text(attributes.id, 'id', EVENT_LIMITS.id),
      source: text(attributes.source, 'source', EVENT_LIMITS.source),
      imageId: imageIdOf(attributes.subject, record.key),
      timeMs: time(attributes.time, record.timestampMs),
    };
    return kind === 'deleted' ? { ...head, kind } : { ...head, kind, state: parseImageState(readData()) };
  });
}

/**
 * What `image-events` holds: an event counts only in the partition of its key, elsewhere its offset is no version.
 * @param partitions of the topic. @throws LookalikeError `invalid-event`.
 */
export function decodeLoggedEvent(record: LogRecord, partitions: number): ImageEvent {
  const event = decodeImageEvent(record);
  checkPartition(record, partitions);
  return event;
}

/** @throws LookalikeError `invalid-event` or `invalid-attributes`. */
export function parseImageState(value: unknown): ImageState {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw brokenEvent('data', 'must be a JSON object');
  const { uri, sha256, sizeBytes, mediaType, attributes } = value as Record<string, unknown>;
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) {
    throw brokenEvent('data.sha256', 'must be 64 lowercase hex digits');
  }
  if (typeof sizeBytes !== 'number' || !Number.isSafeInteger(sizeBytes) || sizeBytes < 0) {
    throw brokenEvent('data.sizeBytes', 'must be a whole number from 0 up');
  }
  return {
    uri: text(uri, 'data.uri', EVENT_LIMITS.uri),
    sha256,
    sizeBytes,
    mediaType: text(mediaType, 'data.mediaType', EVENT_LIMITS.mediaType),
    attributes: parseAttributes(attributes ?? {}),
  };
}

function imageIdOf(subject: unknown, key: string | null): ImageId {
  if (subject === undefined) throw brokenEvent('subject', 'must be the imageId');
  const imageId = parseImageId(subject);
  if (key === null) throw brokenEvent('key', 'must be the imageId, in UTF-8: without it an image has no order');
  if (key !== imageId) throw brokenEvent('subject', 'must equal the record key, which keeps the order of an image');
  return imageId;
}

function text(value: unknown, field: string, maxLength: number): string {
  if (typeof value !== 'string' || value.length === 0) throw brokenEvent(field, 'must be a string that is not empty');
  if (isLongerThan(value, maxLength)) throw brokenEvent(field, `must have at most ${maxLength} characters`);
  if (!value.isWellFormed()) throw brokenEvent(field, 'must be well-formed Unicode');
  return value;
}

function time(value: unknown, fallbackMs: number): number {
  if (value === undefined) return fallbackMs;
  if (typeof value !== 'string' || !TIME.test(value) || !isDayOfItsMonth(value.slice(0, 10))) {
    throw brokenEvent('time', 'must be an RFC 3339 timestamp');
  }
  return Date.parse(value.toUpperCase());
}

/** `Date` takes February 30 for March 2. */
function isDayOfItsMonth(date: string): boolean {
  return new Date(`${date}T00:00:00Z`).getUTCDate() === Number(date.slice(8));
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
