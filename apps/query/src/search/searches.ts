import { Inject, Injectable } from '@nestjs/common';
import { isLookalikeError, parseImageId } from '#core';
import { asLookalikeError, IMAGE_STATUSES, Metrics } from '#nest';
import { WaitingImages } from '#pipeline';
import { ImageSearch, type SearchQuery, type SearchResult } from '#search';
import { stillWaiting } from '../image-answer.js';
import type { StatusSource } from '../status-wait.js';
import type { ReadSearch } from './read-search.js';
import { type SearchAnswer, searchAnswer } from './search-answer.js';

/** Answers what was read of requests, and counts how long that takes. */
@Injectable()
export class Searches {
  constructor(
    @Inject(ImageSearch) private readonly images: ImageSearch,
    @Inject(IMAGE_STATUSES) private readonly statuses: StatusSource,
    @Inject(Metrics) private readonly metrics: Metrics,
    @Inject(WaitingImages) private readonly waiting: WaitingImages,
  ) {}

  async answer({ query, ...included }: ReadSearch): Promise<SearchAnswer> {
    try {
      return this.#withWaiting(searchAnswer(await this.#timed(query), included));
    } catch (error) {
      throw await this.#explained(error);
    }
  }

  /** What searches do not see yet is no reason to wait, but to be told of. */
  #withWaiting(answer: SearchAnswer): SearchAnswer {
    const { generation, encoder, warnings } = answer;
    const count = this.waiting.before({ generation, fingerprint: encoder.fingerprint }) ?? 0;
    if (count === 0) return answer;
    const message = `Up to ${count} changes of images were accepted and are not searchable yet.`;
    return { ...answer, warnings: [...warnings, { code: 'images-waiting', message }] };
  }

  async #timed(query: SearchQuery): Promise<SearchResult> {
    const by = query.positives[0]?.by ?? 'vector';
    const end = this.metrics.searchDurations.startTimer({ by, mode: query.mode });
    try {
      const found = await this.images.search(query);
      end({ outcome: 'ok' });
      return found;
    } catch (error) {
      end({ outcome: asLookalikeError(error).code });
      throw error;
    }
  }

  /** What the index has not heard of may still be on its way; then it is not unknown. */
  async #explained(error: unknown): Promise<unknown> {
    if (!isLookalikeError(error) || error.code !== 'image-unknown') return error;
    const imageId = parseImageId(error.facts.imageId);
    const { waiting } = await this.statuses.statusOf(imageId);
    return waiting === null ? error : stillWaiting(imageId, waiting);
  }
}
