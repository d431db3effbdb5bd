import { readFile, stat } from 'node:fs/promises';
import { parseImageId } from '#core';
import { UsageError } from '../api/errors.js';
import { type ClientOptions, type Context, createClient } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { readReason } from '../import/walk.js';
import { renderSearch } from '../render/search.js';
import { bytes } from '../terminal/text.js';

export interface SearchCommandOptions extends ClientOptions {
  readonly limit: number;
  /** Take the argument as an id even when a file of that name exists. */
  readonly id: boolean;
  readonly json: boolean;
}

export async function searchCommand(
  context: Context,
  pictureOrId: string,
  options: SearchCommandOptions,
): Promise<ExitCode> {
  const client = createClient(context, options);
  const picture = options.id ? null : await readIfFile(pictureOrId, context.settings.server.maxUploadBytes);
  const answer =
    picture === null
      ? await client.searchImage(parseImageId(pictureOrId), options.limit)
      : await client.searchPicture(picture, options.limit);
  const width = Math.max(20, (process.stdout.columns ?? 120) - 60);
  context.print(options.json ? `${JSON.stringify(answer)}\n` : renderSearch(answer, context.style, width));
  return EXIT.fine;
}

/** A path that exists is a picture; anything else is an id. */
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
