import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { parseImageId } from '#core';
import type { ApiClient, SearchedBy } from '../api/api-client.js';
import { walk } from '../import/walk.js';
import { Lot } from './lot.js';

/** What is searched by: an image of the collection, or a picture. */
export interface Query {
  /** The id of the image, or the one that the picture has if it was imported. It is left out of what is found. */
  readonly imageId: string;
  /** Of a picture. */
  readonly path: string | null;
}

export type PictureQuery = Query & { readonly path: string };

export interface Queries {
  readonly by: 'image' | 'picture';
  readonly drawn: readonly Query[];
  /** What they were drawn from: images, or files. */
  readonly from: number;
  /** There were more images than are looked through. */
  readonly isCut: boolean;
}

/** A list costs a request for each hundred. */
const MOST_LISTED = 100_000;
const PAGE = 100;

type OnSeen = (count: number) => void;

export async function drawImages(api: ApiClient, size: number, onSeen: OnSeen): Promise<Queries> {
  const lot = new Lot<Query>(size);
  let [from, cursor]: [number, string | null] = [0, null];
  do {
    const page = await api.images({ state: ['ready'], limit: PAGE, ...(cursor !== null && { cursor }) });
    for (const { imageId } of page.images) lot.add(imageId, { imageId, path: null });
    from += page.images.length;
    cursor = page.nextCursor;
    onSeen(from);
  } while (cursor !== null && from < MOST_LISTED);
  return { by: 'image', drawn: lot.items(), from, isCut: cursor !== null };
}

/**
 * Files below a folder that are not too large to be sent.
 * @param prefix put before each path to make the id, as of an import
 */
export async function drawFiles(
  folder: string,
  prefix: string,
  { size, maxBytes, signal }: { readonly size: number; readonly maxBytes: number; readonly signal: AbortSignal },
  onSeen: OnSeen,
): Promise<Queries> {
  const lot = new Lot<Query>(size);
  let from = 0;
  for await (const found of walk(folder)) {
    signal.throwIfAborted();
    if (found.kind !== 'file' || (await sizeOf(found.path)) > maxBytes) continue;
    const imageId = prefix + found.relativePath;
    lot.add(imageId, { imageId, path: found.path });
    from += 1;
    onSeen(from);
  }
  return { by: 'picture', drawn: lot.items(), from, isCut: false };
}

/** Of a file that is gone, none; reading it says why. */
async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => null))?.size ?? 0;
}

export async function searchedBy({ imageId, path }: Query): Promise<SearchedBy> {
  return path === null ? { imageId: parseImageId(imageId) } : { picture: await readFile(path) };
}

/** Whether searches can find this very picture under its id. */
export async function isInCollection(api: ApiClient, { imageId, path }: PictureQuery): Promise<boolean> {
  const held = await api.image(imageId);
  if (held?.state !== 'ready') return false;
  return (
    held.sha256 ===
    createHash('sha256')
      .update(await readFile(path))
      .digest('hex')
  );
}
