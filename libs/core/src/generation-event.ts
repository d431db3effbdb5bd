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

export type GenerationEvent = GenerationStep & {
  readonly generation: string;
  /** Who asked: the name of a key; `null` when there are no keys, and for what has become of it. */
  readonly by: string | null;
  readonly atMs: number;
};

export const GENERATION_EVENT_KINDS = [
  'established',
  'started',
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
export function encodeGenerationEvent(place: string, event: GenerationEvent): NewRecord {
  return { key: place, value: Buffer.from(JSON.stringify(event)), headers: { 'content-type': CONTENT_TYPE } };
}

/** @throws LookalikeError `invalid-record`. */
export function decodeGenerationEvent({ value }: Pick<NewRecord, 'value'>): GenerationEvent {
  let read: unknown;
  try {
    read = JSON.parse(Buffer.from(value ?? []).toString('utf8'));
  } catch (cause) {
    throw unreadable(cause);
  }
  if (!isGenerationEvent(read)) throw unreadable();
  return read;
}

/** The topic is ours alone, so of what a kind carries only the outline is looked at. */
function isGenerationEvent(value: unknown): value is GenerationEvent {
  const { generation, kind, by, atMs, schema, report } = (value ?? {}) as Record<string, unknown>;
  const hasSchema = isObject(schema) && Array.isArray(schema.vectors) && isObject(schema.encoder);
  return (
    typeof generation === 'string' &&
    GENERATION_EVENT_KINDS.some((it) => it === kind) &&
    (by === null || typeof by === 'string') &&
    Number.isSafeInteger(atMs) &&
    (hasSchema || (kind !== 'established' && kind !== 'started')) &&
    (isObject(report) || kind !== 'verified')
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function unreadable(cause?: unknown): LookalikeError {
  return new LookalikeError('invalid-record', 'What was decided of a generation is not readable.', { cause });
}
