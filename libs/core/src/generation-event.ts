import { LookalikeError } from './errors.js';
import type { NewRecord } from './log-record.js';
import type { GenerationSchema } from './ports/vector-index.js';
import type { Position } from './position.js';
import type { VerificationReport } from './verification-report.js';

/**
 * What a generation is filled from. `vectors`: records that its encoder has made already. `events`: its encoder embeds
 * every image first.
 */
export type GenerationSource = 'vectors' | 'events';

/** A projection of the generation's schema, as it was fitted. */
export interface FittedProjection {
  /** Of the vector that it makes. */
  readonly name: string;
  readonly digest: string;
  /** Of the variance of the vectors that it was fitted to, what it keeps, 0 to 1. */
  readonly explained: number;
  /** How many vectors it was fitted to. */
  readonly sampled: number;
}

/** What is decided of a generation, or has become of it. */
export type GenerationStep =
  /** Live at once, though empty: there was none, or `replaces` was lost with the index. */
  | { readonly kind: 'established'; readonly schema: GenerationSchema; readonly replaces: string | null }
  | {
      readonly kind: 'started';
      readonly schema: GenerationSchema;
      readonly source: GenerationSource;
      /** Where the topic of the source ended: what is below must be in it before it can be switched to. */
      readonly marks: readonly Position[];
      /** Once it is verified, without being asked again. */
      readonly switchWhenVerified: boolean;
    }
  /** What its schema lacks is in the log. */
  | { readonly kind: 'fitted'; readonly projections: readonly FittedProjection[] }
  /** The index has it, empty. */
  | { readonly kind: 'created' }
  | { readonly kind: 'paused' | 'resumed' }
  /** `reason`: why, unless somebody wanted it. */
  | { readonly kind: 'cancelled'; readonly reason: string | null }
  /** It has everything below its marks, and its graph is built. */
  | { readonly kind: 'loaded' }
  | { readonly kind: 'verification-asked' }
  | { readonly kind: 'verified'; readonly report: VerificationReport }
  /** Somebody wants it live. `force`: whatever the verification found. */
  | { readonly kind: 'switch-asked'; readonly force: boolean }
  | { readonly kind: 'rollback-asked' }
  /** It is the one that searches go to. */
  | { readonly kind: 'switched' }
  | { readonly kind: 'drop-asked' }
  /** The index has it no longer. */
  | { readonly kind: 'dropped' };

/** What is decided of the vectors that an encoder has made, or has become of them. All indexes that are filled from the log share them. */
export type VectorsStep =
  /** `topicId`: which topic, as the log tells it; `null` where there is none. */
  | { readonly kind: 'vectors-drop-asked'; readonly fingerprint: string; readonly topicId: string | null }
  /** The log has them no longer. */
  | { readonly kind: 'vectors-dropped'; readonly fingerprint: string };

interface Taken {
  /** Who asked: the name of a key; `null` when there are no keys, and for what has become of it. */
  readonly by: string | null;
  readonly atMs: number;
}

export type GenerationEvent = GenerationStep & Taken & { readonly generation: string };
export type VectorsEvent = VectorsStep & Taken;

export const VECTORS_EVENT_KINDS = [
  'vectors-drop-asked',
  'vectors-dropped',
] as const satisfies readonly VectorsStep['kind'][];

export const GENERATION_EVENT_KINDS = [
  'established',
  'started',
  'fitted',
  'created',
  'paused',
  'resumed',
  'cancelled',
  'loaded',
  'verification-asked',
  'verified',
  'switch-asked',
  'rollback-asked',
  'switched',
  'drop-asked',
  'dropped',
] as const satisfies readonly GenerationStep['kind'][];

const CONTENT_TYPE = 'application/vnd.lookalike.generation-event.v1+json';

/** @param place which of the indexes that are filled from this log. */
export function encodeGenerationEvent(place: string, event: GenerationEvent | VectorsEvent): NewRecord {
  return { key: place, value: Buffer.from(JSON.stringify(event)), headers: { 'content-type': CONTENT_TYPE } };
}

/** @throws LookalikeError `invalid-record`. */
export function decodeGenerationEvent({ value }: Pick<NewRecord, 'value'>): GenerationEvent | VectorsEvent {
  let read: unknown;
  try {
    read = JSON.parse(Buffer.from(value ?? []).toString('utf8'));
  } catch (cause) {
    throw unreadable(cause);
  }
  if (isTaken(read) && (isGenerationEvent(read) || isVectorsEvent(read))) return read;
  throw unreadable();
}

export function isVectorsEvent(event: object): event is VectorsEvent {
  const { kind, fingerprint, topicId = null } = event as Record<string, unknown>;
  return (
    VECTORS_EVENT_KINDS.some((it) => it === kind) &&
    typeof fingerprint === 'string' &&
    (topicId === null || typeof topicId === 'string')
  );
}

function isTaken(value: unknown): value is Taken {
  const { by, atMs } = (value ?? {}) as Record<string, unknown>;
  return (by === null || typeof by === 'string') && Number.isSafeInteger(atMs);
}

/** The topic is ours alone, so of what a kind carries only the outline is looked at. */
function isGenerationEvent(value: object): value is GenerationEvent {
  const { generation, kind, schema, report, projections } = value as Record<string, unknown>;
  const hasSchema = isObject(schema) && Array.isArray(schema.vectors) && isObject(schema.encoder);
  return (
    typeof generation === 'string' &&
    GENERATION_EVENT_KINDS.some((it) => it === kind) &&
    (hasSchema || (kind !== 'established' && kind !== 'started')) &&
    (isObject(report) || kind !== 'verified') &&
    (Array.isArray(projections) || kind !== 'fitted')
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function unreadable(cause?: unknown): LookalikeError {
  return new LookalikeError('invalid-record', 'What was decided of a generation is not readable.', { cause });
}
