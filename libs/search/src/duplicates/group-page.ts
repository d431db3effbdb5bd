import { decodeFields, invalidCursor } from '../cursor.js';
import { GROUP_ORDERS, type GroupFile, type GroupOrder, type GroupRow, type MemberRow } from './group-file.js';

export const GROUP_LIMITS = { groups: 100, defaultGroups: 20, members: 100 } as const;

export interface GroupQuery {
  readonly order: GroupOrder;
  /** 1 to `GROUP_LIMITS.groups`. */
  readonly limit: number;
  readonly cursor?: string;
}

export interface DuplicateGroup extends GroupRow {
  /** The representative first; of more than `GROUP_LIMITS.members` the first. */
  readonly members: readonly MemberRow[];
}

export interface GroupPage {
  readonly groups: readonly DuplicateGroup[];
  /** `null` on the last page. */
  readonly nextCursor: string | null;
}

/**
 * Groups come and go between two pages: each page goes on behind the last group of the one before, where that was then.
 * @throws `invalid-cursor`.
 */
export function groupPage(file: GroupFile, { order, limit, cursor }: GroupQuery): GroupPage {
  const rows = file.groups(order, limit + 1, cursor === undefined ? null : decodeGroupCursor(cursor, order));
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    groups: shown.map((row) => ({ ...row, members: file.members(row.sha256, GROUP_LIMITS.members) })),
    nextCursor: last === undefined ? null : encodeGroupCursor(last, order),
  };
}

function encodeGroupCursor({ sha256, images, savedBytes }: GroupRow, order: GroupOrder): string {
  return Buffer.from(JSON.stringify([order, images, savedBytes, sha256])).toString('base64url');
}

function decodeGroupCursor(cursor: string, wanted: GroupOrder): GroupRow {
  const [order, images, savedBytes, sha256] = decodeFields(cursor);
  const isWhole =
    GROUP_ORDERS.includes(order) &&
    Number.isSafeInteger(images) &&
    Number.isSafeInteger(savedBytes) &&
    typeof sha256 === 'string';
  if (!isWhole || order !== wanted) throw invalidCursor();
  return { images, savedBytes, sha256 };
}
