import { type ImageId, LookalikeError } from '#core';
import { bytesDigest } from './bytes-digest.js';
import { SEARCH_LIMITS } from './search-query.js';

/** After which hit pages ended that were taken from one walk of the index: the best of so many candidates. */
export interface WalkEnd {
  readonly candidates: number;
  readonly score: number;
  readonly imageId: ImageId;
}

/** Where a page ended: in which generation, of which query, after which result of each walk that pages were taken from. */
export interface PageEnd {
  readonly generation: string;
  /** `queryDigest`. */
  readonly query: string;
  /** Results on this page and those before. */
  readonly results: number;
  /** 1 to `MAX_WALKS`, the narrowest first. */
  readonly walks: readonly WalkEnd[];
}

/** A cursor takes so many searches of the index at most. */
export const MAX_WALKS = 6;

/** Opaque to clients. Not signed: whatever it says is checked, and at worst names another page of a search that they may do. */
export function encodeCursor({ generation, query, results, walks }: PageEnd): string {
  const ends = walks.map(({ candidates, score, imageId }) => [candidates, score, imageId]);
  return Buffer.from(JSON.stringify([generation, query, results, ends])).toString('base64url');
}

/** @throws `invalid-cursor`. */
export function decodeCursor(cursor: string): PageEnd {
  const [generation, query, results, ends] = decodeFields(cursor);
  const isWhole =
    typeof generation === 'string' &&
    typeof query === 'string' &&
    Number.isSafeInteger(results) &&
    results > 0 &&
    results < SEARCH_LIMITS.depth &&
    Array.isArray(ends) &&
    ends.length > 0 &&
    ends.length <= MAX_WALKS;
  if (!isWhole) throw invalidCursor();
  return { generation, query, results, walks: ends.map(walkEnd) };
}

function walkEnd(fields: unknown): WalkEnd {
  const [candidates, score, imageId] = Array.isArray(fields) ? fields : [];
  const isWhole =
    Number.isSafeInteger(candidates) &&
    candidates > 0 &&
    candidates <= SEARCH_LIMITS.depth &&
    Number.isFinite(score) &&
    typeof imageId === 'string';
  if (!isWhole) throw invalidCursor();
  return { candidates, score, imageId: imageId as ImageId };
}

/** Of a list, whose order is not that of scores. */
export type ListEnd = Pick<PageEnd, 'generation' | 'query'> & Pick<WalkEnd, 'imageId'>;

export function encodeListCursor({ generation, query, imageId }: ListEnd): string {
  return Buffer.from(JSON.stringify([generation, query, imageId])).toString('base64url');
}

/** @throws `invalid-cursor`. */
export function decodeListCursor(cursor: string): ListEnd {
  const fields = decodeFields(cursor);
  const [generation, query, imageId] = fields;
  if (fields.length !== 3 || !fields.every((it) => typeof it === 'string')) throw invalidCursor();
  return { generation, query, imageId: imageId as ImageId };
}

/** None of what is no cursor. */
// biome-ignore lint/suspicious/noExplicitAny: whoever reads them checks them
export function decodeFields(cursor: string): any[] {
  try {
    const fields: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(fields) ? fields : [];
  } catch {
    return [];
  }
}

export function invalidCursor(): LookalikeError {
  return new LookalikeError('invalid-cursor', 'cursor is no nextCursor of an answer.', {
    facts: { field: 'cursor', rule: 'must be the nextCursor of an answer' },
  });
}

/** @throws `invalid-cursor`. */
export function requireSameQuery(end: Pick<PageEnd, 'query'>, query: string): void {
  if (end.query === query) return;
  throw new LookalikeError('invalid-cursor', 'cursor is of another query: send the query that it came with again.', {
    facts: { field: 'cursor', rule: 'must come from an answer to the same query' },
  });
}

/** For a cursor whose generation is not there any more. */
export function cursorExpired(generation: string): LookalikeError {
  return new LookalikeError(
    'cursor-expired',
    'The generation of the index that this cursor belongs to has been replaced and dropped. Search again without a cursor.',
    { facts: { generation } },
  );
}

/** 16 hex digits. @param asked as JSON has it. */
export function queryDigest(asked: unknown): string {
  return bytesDigest(Buffer.from(JSON.stringify(asked))).slice(0, 16);
}
