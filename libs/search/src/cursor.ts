import { type Hit, type ImageId, LookalikeError } from '#core';
import { bytesDigest } from './bytes-digest.js';

/** Where a page ended: in which generation, of which query, after which result. */
export interface PageEnd {
  readonly generation: string;
  /** `queryDigest`. */
  readonly query: string;
  /** Results on this page and those before. */
  readonly results: number;
  readonly score: number;
  readonly imageId: ImageId;
}

/** Opaque to clients. Not signed: whatever it says is checked, and at worst names another page of a search that they may do. */
export function encodeCursor({ generation, query, results, score, imageId }: PageEnd): string {
  return Buffer.from(JSON.stringify([generation, query, results, score, imageId])).toString('base64url');
}

/** @throws `invalid-cursor`. */
export function decodeCursor(cursor: string): PageEnd {
  let fields: unknown;
  try {
    fields = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    fields = null;
  }
  if (!Array.isArray(fields)) throw invalid();
  const [generation, query, results, score, imageId] = fields;
  const isWhole =
    typeof generation === 'string' &&
    typeof query === 'string' &&
    Number.isSafeInteger(results) &&
    results > 0 &&
    Number.isFinite(score) &&
    typeof imageId === 'string';
  if (!isWhole) throw invalid();
  return { generation, query, results, score, imageId: imageId as ImageId };
}

function invalid(): LookalikeError {
  return new LookalikeError('invalid-cursor', 'cursor is no nextCursor of an answer.', {
    facts: { field: 'cursor', rule: 'must be the nextCursor of an answer' },
  });
}

/** @throws `invalid-cursor`. */
export function requireSameQuery(end: PageEnd, query: string): void {
  if (end.query === query) return;
  throw new LookalikeError('invalid-cursor', 'cursor is of another query: send the query that it came with again.', {
    facts: { field: 'cursor', rule: 'must come from an answer to the same query' },
  });
}

/** 16 hex digits. @param asked as JSON has it. */
export function queryDigest(asked: unknown): string {
  return bytesDigest(Buffer.from(JSON.stringify(asked))).slice(0, 16);
}

/**
 * Those after the end of the page before, of hits that are ordered best first. An image that has gone meanwhile takes its place
 * with it; by score and id it is known where it was.
 */
export function after(end: PageEnd, hits: readonly Hit[]): readonly Hit[] {
  const at = hits.findIndex(({ imageId }) => imageId === end.imageId);
  if (at >= 0) return hits.slice(at + 1);
  return hits.filter(({ score, imageId }) => score < end.score || (score === end.score && imageId > end.imageId));
}
