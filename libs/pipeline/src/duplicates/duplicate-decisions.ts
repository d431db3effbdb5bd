import { randomUUID } from 'node:crypto';
import {
  type BlobStore,
  type DecidedImage,
  DUPLICATE_DECISIONS_TOPIC,
  type DuplicateDecision,
  decodeDuplicateDecision,
  type EventLog,
  encodeDuplicateDecision,
  encodeImageEvent,
  IMAGE_EVENTS_TOPIC,
  type ImageId,
  type ImageState,
  isLink,
  LookalikeError,
  type NewRecord,
  nullIfOutcome,
  partitionOf,
  type RemovedImage,
  type Resolution,
  type Settlement,
  type Undoing,
  unlessUnknown,
  type Version,
} from '#core';
import type { ImageStatuses, LatestState } from '../image-statuses.js';
import { loggedEvent } from '../logged-event.js';
import { madeFrom } from '../optimistic-states.js';
import { recordAt } from '../record-at.js';
import { someAtOnce } from '../some-at-once.js';

export interface DuplicateDecisionsOptions {
  readonly log: EventLog;
  readonly statuses: Pick<ImageStatuses, 'latest'>;
  readonly blobs: Pick<BlobStore, 'renew'>;
}

/** Which stay, and which are to be deleted. */
export interface Choice {
  readonly kept: readonly DecidedImage[];
  readonly removed: readonly DecidedImage[];
}

const SOURCE = '/lookalike/duplicates';
const LOOKED_UP_AT_ONCE = 8;

/** Writes down what people decide of duplicates, and does what follows from it, as events of the images. */
export class DuplicateDecisions {
  readonly #options: DuplicateDecisionsOptions;

  constructor(options: DuplicateDecisionsOptions) {
    this.#options = options;
  }

  /** Pairs of these images are not asked about again. @throws `image-changed`, `log-unavailable`. */
  async settle(kind: Settlement['kind'], images: readonly DecidedImage[], by: string | null): Promise<Settlement> {
    await this.#unchanged(images);
    return this.#written({ kind, images, ...head(by) });
  }

  /**
   * Deletes the removed ones, each unless somebody changes it meanwhile. The decision is written first, so that a deletion never lacks
   * what undoes it. Of two that would each delete what the other keeps, the first in the log counts.
   * @throws `image-changed`, and nothing is deleted; `log-unavailable`.
   */
  async resolve({ kept, removed: given }: Choice, by: string | null): Promise<Resolution> {
    const before = await this.#end();
    const latest = await this.#unchanged([...kept, ...given]);
    const removed = given.map((it) => ({ ...it, version: latest.get(it.imageId)?.version ?? null }));
    const resolution = await this.#written<Resolution>({ kind: 'resolve', kept, removed, ...head(by) });
    await this.#requireFirst(resolution, before);
    const { atMs } = resolution;
    await this.#append(
      removed.map(({ imageId }) => ({
        record: encodeImageEvent({
          kind: 'deleted',
          imageId,
          ...eventHead(atMs),
          eventId: deletionId(resolution.id, imageId),
        }),
        readTo: latest.get(imageId)?.readTo ?? 0,
      })),
    );
    await this.#requireKept(resolution);
    return resolution;
  }

  /**
   * Takes a decision back. What it has deleted is added again as it was, unless somebody has changed, added or deleted it since, or its
   * picture is gone. That comes first: after a fault the same call does the rest.
   * @throws `blob-missing` when all pictures have been collected meanwhile, and nothing is undone; `log-unavailable`.
   */
  async undo(decision: Exclude<DuplicateDecision, Undoing>, by: string | null): Promise<Undoing> {
    const undoing = { kind: 'undo', decision: decision.id, ...head(by) } as const;
    const restored = decision.kind === 'resolve' ? await this.#restore(decision, undoing.atMs) : [];
    return this.#written<Undoing>({ ...undoing, restored });
  }

  /** Takes it back where another one, written since, deletes what it keeps. @param before where the decisions ended when its images were looked up. */
  async #requireFirst(resolution: Resolution, before: number): Promise<void> {
    const kept = new Set<string>(resolution.kept.map(({ imageId }) => imageId));
    const topic = DUPLICATE_DECISIONS_TOPIC;
    for await (const record of this.#options.log.read({ topic, partition: 0, from: before })) {
      const other = nullIfOutcome(() => decodeDuplicateDecision(record));
      if (other?.id === resolution.id) return;
      if (other?.kind !== 'resolve' || !other.removed.some(({ imageId }) => kept.has(imageId))) continue;
      await this.#written<Undoing>({ kind: 'undo', decision: resolution.id, restored: [], ...head(resolution.by) });
      throw imagesChanged([...kept]);
    }
  }

  /** Takes it back where everything that it keeps was changed in the same moment, so that the picture would be gone. */
  async #requireKept(resolution: Resolution): Promise<void> {
    const { kept, by } = resolution;
    const latest = await this.#latest(kept);
    if (kept.some(({ imageId, sha256 }) => latest.get(imageId)?.state?.sha256 === sha256)) return;
    await this.undo(resolution, by);
    throw imagesChanged(kept.map(({ imageId }) => imageId));
  }

  /** Where the decisions end now. */
  async #end(): Promise<number> {
    const { log } = this.#options;
    const marks = await unlessUnknown(log.watermarks(DUPLICATE_DECISIONS_TOPIC));
    return marks?.[0]?.high ?? 0;
  }

  async #restore(resolution: Resolution, atMs: number): Promise<readonly DecidedImage[]> {
    const { removed } = resolution;
    const latest = await this.#latest(removed);
    const partitions = (await this.#options.log.watermarks(IMAGE_EVENTS_TOPIC)).length;
    const before = await someAtOnce(LOOKED_UP_AT_ONCE, removed, (it) =>
      this.#stateBefore(resolution.id, it, latest.get(it.imageId)?.version ?? null, partitions),
    );
    const found = removed.flatMap(({ imageId }, at) => {
      const state = before[at] ?? null;
      return state === null ? [] : [[imageId, state] as const];
    });
    const states = await this.#withBlobs(new Map(found));
    await this.#append(
      [...states].map(([imageId, state]) => {
        const record = encodeImageEvent({ kind: 'added', imageId, state, ...eventHead(atMs) });
        return { record, readTo: latest.get(imageId)?.readTo ?? 0 };
      }),
    );
    return [...states].map(([imageId, { sha256 }]) => ({ imageId, sha256 }));
  }

  /** What the decision has deleted; `null` where something else was the last to change the image. @param last the version of that. */
  async #stateBefore(
    decision: string,
    { imageId, sha256, version }: RemovedImage,
    last: Version | null,
    partitions: number,
  ): Promise<ImageState | null> {
    const partition = partitionOf(imageId, partitions);
    const eventAt = async (offset: Version | null) => {
      if (offset === null) return null;
      const record = await recordAt(this.#options.log, IMAGE_EVENTS_TOPIC, { partition, offset });
      return record?.key === imageId ? loggedEvent(record, partitions) : null;
    };
    if ((await eventAt(last))?.eventId !== deletionId(decision, imageId)) return null;
    const event = await eventAt(version);
    return event === null || event.kind === 'deleted' || event.state.sha256 !== sha256 ? null : event.state;
  }

  /** Those whose pictures are there: from then on these stay as if they had just been uploaded. @throws `blob-missing` where none is. */
  async #withBlobs(states: ReadonlyMap<ImageId, ImageState>): Promise<ReadonlyMap<ImageId, ImageState>> {
    const { blobs } = this.#options;
    const isThere = async ({ uri, sha256 }: ImageState) => isLink(uri) || (await blobs.renew(sha256)) !== null;
    const entries = [...states];
    const there = await someAtOnce(LOOKED_UP_AT_ONCE, entries, ([, state]) => isThere(state));
    const left = entries.filter((_, at) => there[at]);
    if (left.length > 0 || entries.length === 0) return new Map(left);
    throw new LookalikeError(
      'blob-missing',
      'The pictures have been removed from the store since, so this cannot be undone any more.',
      { facts: { sha256: entries.map(([, { sha256 }]) => sha256) } },
    );
  }

  async #unchanged(images: readonly DecidedImage[]): Promise<ReadonlyMap<ImageId, LatestState>> {
    const latest = await this.#latest(images);
    const changed = images.filter(({ imageId, sha256 }) => latest.get(imageId)?.state?.sha256 !== sha256);
    if (changed.length === 0) return latest;
    throw imagesChanged(changed.map(({ imageId }) => imageId));
  }

  async #latest(images: readonly DecidedImage[]): Promise<ReadonlyMap<ImageId, LatestState>> {
    const { statuses } = this.#options;
    const latest = await someAtOnce(LOOKED_UP_AT_ONCE, images, ({ imageId }) => statuses.latest(imageId));
    return new Map(images.map(({ imageId }, at) => [imageId, latest[at] as LatestState]));
  }

  /** Each holds unless somebody has changed its image since it was looked up (docs/adr/0016). */
  async #append(events: readonly { readonly record: NewRecord; readonly readTo: number }[]): Promise<void> {
    if (events.length === 0) return;
    await this.#options.log.append(
      IMAGE_EVENTS_TOPIC,
      events.map(({ record, readTo }) => madeFrom(record, readTo)),
    );
  }

  async #written<T extends DuplicateDecision>(decision: T): Promise<T> {
    const { log } = this.#options;
    await log.ensureTopic(DUPLICATE_DECISIONS_TOPIC, { partitions: 1, retention: 'forever' });
    await log.append(DUPLICATE_DECISIONS_TOPIC, [encodeDuplicateDecision(decision)]);
    return decision;
  }
}

/** For a decision about pictures that images do not have any more. */
export function imagesChanged(imageIds: readonly string[]): LookalikeError {
  return new LookalikeError(
    'image-changed',
    'Some of these images are gone or have another picture by now. Look at them again.',
    { facts: { imageIds } },
  );
}

/** By it a deletion is known for the decision's own. */
function deletionId(decision: string, imageId: ImageId): string {
  return `${decision}/${imageId}`;
}

function head(by: string | null): Pick<DuplicateDecision, 'id' | 'by' | 'atMs'> {
  return { id: randomUUID(), by, atMs: Date.now() };
}

function eventHead(timeMs: number) {
  return { eventId: randomUUID(), source: SOURCE, timeMs };
}
