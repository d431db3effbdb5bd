import { Controller, Get, Inject, Query } from '@nestjs/common';
import { NeedsScope, Refuses } from '#nest';
import { ImageBrowser, type ImageList } from '#search';
import { type ListedImage, listedImage } from '../image-answer.js';
import type { FacetsQuery, ListQuery } from './browse-body.js';
import { type FacetsAnswerBody, facetsAnswer } from './facets-answer.js';
import { readFacets, readList } from './read-browse.js';

/** Images in an order that never changes, and the cursor of the next page. */
interface ListAnswerBody extends Omit<ImageList, 'records'> {
  readonly images: readonly ListedImage[];
}

@NeedsScope('search')
@Controller('v1')
export class BrowseController {
  constructor(@Inject(ImageBrowser) private readonly images: ImageBrowser) {}

  /** Counts what images have: the commonest values of attributes and fields, the least and the greatest of numbers and dates. */
  @Get('facets')
  @Refuses('invalid-filter', 'too-many-values', 'too-many-requests')
  async facets(@Query() parameters: FacetsQuery): Promise<FacetsAnswerBody> {
    return facetsAnswer(await this.images.facets(await readFacets(parameters)));
  }

  /** Lists images with their states, and why those that failed did. */
  @Get('images')
  @Refuses('invalid-filter', 'invalid-cursor', 'cursor-expired', 'too-many-requests')
  async list(@Query() parameters: ListQuery): Promise<ListAnswerBody> {
    const { records, ...answer } = await this.images.list(await readList(parameters));
    return { ...answer, images: records.map(listedImage) };
  }
}
