import { Inject, Injectable } from '@nestjs/common';
import {
  type DecidedImage,
  type EventLog,
  type ImageId,
  imageVectorsTopic,
  isFault,
  LookalikeError,
  parseImageId,
  type ReadyRecord,
  type VectorIndex,
} from '#core';
import { EVENT_LOG, invalidRequest, Metrics, SETTINGS, VECTOR_INDEX } from '#nest';
import { copyLinksGroup, DuplicateDecisions, imagesChanged, stageProgress } from '#pipeline';
import { DuplicateGroups, type GroupQuery, groupPage, Places } from '#search';
import type { QuerySettings } from '../query-settings.js';
import {
  type DecisionAnswer,
  type DecisionsAnswer,
  type DuplicatesAnswer,
  decisionAnswer,
  groupAnswer,
  proposalAnswer,
} from './duplicates-answer.js';
import type { DecisionBody, KeepRule } from './duplicates-body.js';
import { keptBy } from './keep-rules.js';
import { presentGroups } from './present-groups.js';

/** A page reads all members of its groups, and an undo two events of each image that it brings back. */
const MOST_AT_ONCE = 4;
const MOST_WAITING = 64;

/** Shows the duplicates of the collection, and takes what people decide of them. */
@Injectable()
export class Duplicates {
  readonly #places: Places;

  constructor(
    @Inject(DuplicateGroups) private readonly groups: DuplicateGroups,
    @Inject(DuplicateDecisions) private readonly decisions: DuplicateDecisions,
    @Inject(VECTOR_INDEX) private readonly index: VectorIndex,
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(SETTINGS) { search }: QuerySettings,
    @Inject(Metrics) metrics: Metrics,
  ) {
    const timeoutMs = search.timeoutSeconds * 1000;
    this.#places = new Places({
      of: 'requests for duplicates',
      most: MOST_AT_ONCE,
      mostWaiting: MOST_WAITING,
      timeoutMs,
    });
    metrics.queue('duplicates_running', () => this.#places.taken.running);
    metrics.queue('duplicates_waiting', () => this.#places.taken.waiting);
  }

  /** @throws `invalid-cursor`, `overloaded`, `too-many-requests`, `timed-out`. */
  page(query: GroupQuery): Promise<DuplicatesAnswer> {
    return this.#places.run(() => this.#page(query));
  }

  async #page(query: GroupQuery): Promise<DuplicatesAnswer> {
    const file = await this.groups.current();
    const { groups, nextCursor } = groupPage(file, query);
    const present = await presentGroups(groups, this.index);
    const answers = present.map((it) => groupAnswer(it, file.wantedAmong(it.members)));
    return { totals: file.totals(), waiting: await this.#waiting(), groups: answers, nextCursor };
  }

  async decide(body: DecisionBody, by: string | null): Promise<DecisionAnswer> {
    const images = decidedImages(body);
    if (body.decision !== 'resolve') return decisionAnswer(await this.decisions.settle(body.decision, images, by));
    await this.#requireCopies(images);
    const kept = await this.#kept(body, images);
    const keptIds = new Set(kept.map(({ imageId }) => imageId));
    const removed = images.filter(({ imageId }) => !keptIds.has(imageId));
    if (body.delete !== true || removed.length === 0) return proposalAnswer({ kept, removed }, by);
    return decisionAnswer(await this.decisions.resolve({ kept, removed }, by));
  }

  /**
   * One that takes longer than a search may goes on, and is `timed-out` for who asked.
   * @throws `decision-unknown`, `decision-undone`, `invalid-request` for one that only takes back another one, `too-many-requests`.
   */
  undo(id: string, by: string | null): Promise<DecisionAnswer> {
    return this.#places.run(() => this.#undo(id, by));
  }

  async #undo(id: string, by: string | null): Promise<DecisionAnswer> {
    const known = (await this.groups.current()).decision(id);
    if (known === null) {
      throw new LookalikeError('decision-unknown', `No decision about duplicates has the id ${JSON.stringify(id)}.`, {
        facts: { id },
      });
    }
    const { decision, isUndone } = known;
    if (isUndone) throw new LookalikeError('decision-undone', 'This was taken back already.', { facts: { id } });
    if (decision.kind === 'undo') {
      throw invalidRequest([{ field: 'id', rule: 'must not be of an undo: decide again instead' }]);
    }
    return decisionAnswer(await this.decisions.undo(decision, by));
  }

  async made(limit: number, before: number): Promise<DecisionsAnswer> {
    const rows = (await this.groups.current()).decisions(limit + 1, before);
    const shown = rows.slice(0, limit);
    return {
      decisions: shown.map(({ decision, isUndone }) => ({ ...decisionAnswer(decision), isUndone })),
      nextCursor: rows.length > limit ? String(shown.at(-1)?.position) : null,
    };
  }

  /** A picture is not lost by a name that was mistyped. */
  async #requireCopies(images: readonly DecidedImage[]): Promise<void> {
    const strangers = (await this.groups.current()).strangersAmong(images);
    const names = strangers.map(({ imageId }) => JSON.stringify(imageId)).join(', ');
    if (names !== '')
      throw invalidRequest([{ field: 'images', rule: `must be copies of each other: not known as one: ${names}` }]);
  }

  async #kept({ keep, keepImages }: DecisionBody, images: readonly DecidedImage[]): Promise<readonly DecidedImage[]> {
    if ((keep === undefined) === (keepImages === undefined)) {
      throw invalidRequest([{ field: 'keep', rule: 'either this or keepImages must be given' }]);
    }
    if (keep !== undefined) return this.#keptBy(keep, images);
    const listed = new Set(keepImages);
    const kept = images.filter(({ imageId }) => listed.has(imageId));
    if (kept.length === listed.size && kept.length < images.length) return kept;
    throw invalidRequest([{ field: 'keepImages', rule: 'must be some of the images, and not all of them' }]);
  }

  /** What somebody has decided to keep stays, and then nothing else has to. */
  async #keptBy(rule: KeepRule, images: readonly DecidedImage[]): Promise<readonly DecidedImage[]> {
    const wanted = (await this.groups.current()).wantedAmong(images);
    return wanted.length > 0 ? wanted : [keptBy(rule, await this.#ready(images))];
  }

  /** @throws `image-changed`. */
  async #ready(images: readonly DecidedImage[]): Promise<readonly Omit<ReadyRecord, 'vectors'>[]> {
    const wanted = new Map(images.map(({ imageId, sha256 }) => [imageId, sha256]));
    const stored = await this.index.fetch([...wanted.keys()]);
    const ready = stored.flatMap((it) =>
      it.state === 'ready' && it.image.sha256 === wanted.get(it.imageId) ? [it] : [],
    );
    if (ready.length === images.length) return ready;
    const known = new Set<ImageId>(ready.map(({ imageId }) => imageId));
    throw imagesChanged([...wanted.keys()].filter((it) => !known.has(it)));
  }

  async #waiting(): Promise<number | null> {
    try {
      const live = await this.index.live();
      if (live === null) return null;
      const { fingerprint } = live.schema.encoder;
      return (await stageProgress(this.log, imageVectorsTopic(fingerprint), copyLinksGroup(fingerprint))).lag;
    } catch (error) {
      if (!isFault(error)) throw error;
      return null;
    }
  }
}

/** @throws `invalid-image-id`, `invalid-request`. */
function decidedImages({ images, decision, keep, keepImages, delete: deletes }: DecisionBody): readonly DecidedImage[] {
  if (decision !== 'resolve' && (keep ?? keepImages ?? deletes) !== undefined) {
    throw invalidRequest([{ field: 'decision', rule: 'must be resolve where something is to be kept or deleted' }]);
  }
  const decided = images.map(({ imageId, sha256 }) => ({ imageId: parseImageId(imageId), sha256 }));
  if (new Set(decided.map(({ imageId }) => imageId)).size === decided.length) return decided;
  throw invalidRequest([{ field: 'images', rule: 'must name each image once' }]);
}
