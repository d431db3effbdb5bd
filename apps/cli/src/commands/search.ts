import { readFile, stat } from 'node:fs/promises';
import { isLink, parseImageId } from '#core';
import type { SearchAnswer } from '../api/answers.js';
import type { ApiClient, SearchedBy, SearchOptions } from '../api/api-client.js';
import { UsageError } from '../api/errors.js';
import { type ClientOptions, type Context, createClient } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { readReason } from '../import/walk.js';
import { type LittlePicture, littlePicture } from '../render/little-picture.js';
import { renderSearch } from '../render/search.js';
import { bytes } from '../terminal/text.js';

export interface SearchCommandOptions extends ClientOptions, Omit<SearchOptions, 'filter' | 'region'> {
  /** JSON. */
  readonly filter?: object;
  /** Left, top, width and height, as shares of the picture. */
  readonly region?: object;
  /** Take the argument as an id even when a file of that name exists. */
  readonly id: boolean;
  readonly json: boolean;
  /** Little ones, where the terminal can show them. */
  readonly pictures: boolean;
}

export async function searchCommand(context: Context, what: string, options: SearchCommandOptions): Promise<ExitCode> {
  const { limit, mode, minScore, minMatch, collapseDuplicates, filter, region } = options;
  const client = createClient(context, options);
  const answer = await client.search(await searchedBy(context, what, options), {
    limit,
    include: ['attributes', 'explanation'],
    ...(mode !== undefined && { mode }),
    ...(minScore !== undefined && { minScore }),
    ...(minMatch !== undefined && { minMatch }),
    ...(collapseDuplicates === true && { collapseDuplicates }),
    ...(filter !== undefined && { filter }),
    ...(region !== undefined && { region }),
  });
  if (options.json) {
    context.print(`${JSON.stringify(answer)}\n`);
    return EXIT.fine;
  }
  const attributesWidth = Math.max(20, (process.stdout.columns ?? 120) - 60);
  const pictures = options.pictures && context.showsPictures ? await picturesOf(answer, client) : null;
  const how = { attributesWidth, onlyCopies: minMatch !== undefined, pictures };
  context.print(renderSearch(answer, context.style, how));
  return EXIT.fine;
}

/** Of each result; `null` of one whose picture cannot be had, which is no reason to show none of them. */
function picturesOf({ results }: SearchAnswer, client: ApiClient): Promise<readonly (LittlePicture | null)[]> {
  return Promise.all(
    results.map(async ({ imageId }) => {
      const thumbnail = await client.thumbnail(imageId).catch(() => null);
      return thumbnail === null ? null : littlePicture(thumbnail).catch(() => null);
    }),
  );
}

/** A path that exists is a picture, what has the form of a link is one, anything else is an id. */
async function searchedBy({ settings }: Context, what: string, { id }: SearchCommandOptions): Promise<SearchedBy> {
  if (id) return { imageId: parseImageId(what) };
  const picture = await readIfFile(what, settings.server.maxUploadBytes);
  if (picture !== null) return { picture };
  return isLink(what) ? { link: what } : { imageId: parseImageId(what) };
}

async function readIfFile(path: string, maxBytes: number): Promise<Buffer | null> {
  const found = await stat(path).catch(() => null);
  if (found === null) return null;
  if (found.isDirectory()) {
    throw new UsageError(
      `${JSON.stringify(path)} is a folder.`,
      'Name a picture, or add --id to search by the id of an image.',
    );
  }
  if (found.size > maxBytes) {
    throw new UsageError(`The picture has ${bytes(found.size)}; the limit is ${bytes(maxBytes)}.`);
  }
  return readFile(path).catch((error: unknown) => {
    throw new UsageError(`The picture ${JSON.stringify(path)} can't be read: ${readReason(error, path)}.`);
  });
}
