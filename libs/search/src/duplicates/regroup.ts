import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Statement } from 'better-sqlite3';
import { type Star, type StarPicture, starsOf } from './stars.js';

export type Sql = (sql: string) => Statement;

const NO_DECISIONS: ReadonlySet<string> = new Set();

interface Settled {
  readonly decision: string;
  readonly imageId: string;
}

interface Picture extends StarPicture {
  /** Images that show it and are not hidden. */
  readonly images: number;
  /** Decisions that name it. */
  readonly decisions: ReadonlySet<string>;
}

/** Pictures that are read before others get their turn: some 5 ms at 200 links each. */
const PICTURES_AT_ONCE = 25;

/** What a transaction writes of pictures that hang together. */
interface Grouping {
  readonly together: ReadonlySet<number>;
  readonly hidden: readonly Hiding[];
  readonly stars: readonly Star<Picture>[];
}

/** Of images with the same bytes, those that were settled with one that is shown. */
interface Hiding {
  readonly picture: number;
  readonly imageIds: readonly string[];
}

/**
 * Groups what `changed` names anew, and what hangs together with it, and nothing else. Pictures that hang together may be very many: they
 * are read step by step, and what comes of them is written at once. Nothing else may be written meanwhile.
 * @returns how many pictures that were. @throws what `signal` is aborted with; the rest is grouped the next time.
 */
export async function regroup(sql: Sql, transaction: (work: () => void) => void, signal: AbortSignal): Promise<number> {
  const breath = everySo(PICTURES_AT_ONCE, signal);
  const done = new Set<number>();
  for (const seed of ids(sql('SELECT picture AS id FROM changed'))) {
    if (done.has(seed)) continue;
    const together = await hangingTogether(sql, seed, breath);
    for (const id of together) done.add(id);
    const grouping = await grouped(sql, together, breath);
    transaction(() => write(sql, grouping));
  }
  return done.size;
}

type Breath = () => Promise<void> | undefined;

/** Lets others have their turn at each `count`th call. */
function everySo(count: number, signal: AbortSignal): Breath {
  let calls = 0;
  return () => {
    calls += 1;
    return calls % count === 0 ? nextTurn(undefined, { signal }) : undefined;
  };
}

/** By links, settled or not, and by groups as they were. */
async function hangingTogether(sql: Sql, seed: number, breath: Breath): Promise<ReadonlySet<number>> {
  const found = new Set([seed]);
  const stars = new Set<number>();
  for (const id of found) {
    await breath();
    for (const other of linkedWith(sql, id)) found.add(other);
    const { star } = (sql('SELECT star FROM pictures WHERE id = ?').get(id) ?? {}) as { star?: number | null };
    if (star === undefined || star === null || stars.has(star)) continue;
    stars.add(star);
    for (const other of ids(sql('SELECT id FROM pictures WHERE star = ?'), star)) found.add(other);
  }
  return found;
}

/** Of a picture those that it is linked with, from whichever side. */
export function linkedWith(sql: Sql, id: number): readonly number[] {
  return ids(
    sql('SELECT other AS id FROM links WHERE picture = ? UNION SELECT picture FROM links WHERE other = ?'),
    id,
    id,
  );
}

async function grouped(sql: Sql, together: ReadonlySet<number>, breath: Breath): Promise<Grouping> {
  const shown = new Map<number, Picture>();
  const hidden: Hiding[] = [];
  for (const id of together) {
    await breath();
    const { picture, hiding } = pictureOf(sql, id);
    hidden.push(hiding);
    if (picture !== null) shown.set(id, picture);
  }
  const openLinks = (id: number) => {
    const own = shown.get(id)?.decisions ?? NO_DECISIONS;
    const isSettled = (other: number) => [...(shown.get(other)?.decisions ?? [])].some((it) => own.has(it));
    return new Set(linkedWith(sql, id).filter((other) => !isSettled(other)));
  };
  const stars: Star<Picture>[] = [];
  for (const star of starsOf([...shown.values()], openLinks)) {
    await breath();
    if (imagesOf(star) > 1) stars.push(star);
  }
  return { together, hidden, stars };
}

function write(sql: Sql, { together, hidden, stars }: Grouping): void {
  for (const id of together) {
    sql('UPDATE pictures SET star = NULL WHERE id = ? AND star IS NOT NULL').run(id);
    sql('DELETE FROM stars WHERE picture = ?').run(id);
    sql('DELETE FROM changed WHERE picture = ?').run(id);
  }
  for (const { picture, imageIds } of hidden) {
    sql('UPDATE images SET is_hidden = 0 WHERE picture = ? AND is_hidden = 1').run(picture);
    for (const imageId of imageIds) sql('UPDATE images SET is_hidden = 1 WHERE image_id = ?').run(imageId);
  }
  for (const star of stars) {
    const { representative } = star;
    const all = [representative, ...star.copies];
    const savedBytes = all.reduce((sum, it) => sum + it.images * it.sizeBytes, 0) - representative.sizeBytes;
    for (const { id } of all) sql('UPDATE pictures SET star = ? WHERE id = ?').run(representative.id, id);
    const { id, sha256 } = representative;
    sql('INSERT INTO stars VALUES (?, ?, ?, ?)').run(id, sha256, imagesOf(star), savedBytes);
  }
}

function imagesOf({ representative, copies }: Star<Picture>): number {
  return copies.reduce((sum, it) => sum + it.images, representative.images);
}

/** `null` where no image shows it. */
function pictureOf(sql: Sql, id: number): { readonly picture: Picture | null; readonly hiding: Hiding } {
  const row = sql(
    `SELECT id, sha256, width * height AS pixels, size_bytes AS sizeBytes, images,
       (SELECT min(event_time_ms) FROM images WHERE picture = pictures.id) AS firstMs
     FROM pictures WHERE id = ? AND images > 0`,
  ).get(id) as Omit<Picture, 'decisions'> | undefined;
  if (row === undefined) return { picture: null, hiding: { picture: id, imageIds: [] } };
  const settled = sql('SELECT decision, image_id AS imageId FROM settled WHERE picture = ?').all(id) as Settled[];
  const isThere = sql('SELECT 1 FROM images WHERE image_id = ? AND picture = ?');
  const imageIds = settledWithAnother(settled.filter(({ imageId }) => isThere.get(imageId, id) !== undefined));
  const decisions = new Set(settled.map(({ decision }) => decision));
  return { picture: { ...row, images: row.images - imageIds.length, decisions }, hiding: { picture: id, imageIds } };
}

/** Of each set of images that decisions settle, directly or by way of others, all but the first. */
function settledWithAnother(settled: readonly Settled[]): readonly string[] {
  const above = new Map<string, string>();
  const first = (it: string): string => {
    let at = it;
    for (let next = above.get(at); next !== undefined; next = above.get(at)) at = next;
    return at;
  };
  const named = new Map<string, string>();
  for (const { decision, imageId } of settled) {
    const [a, b] = [first(named.get(decision) ?? imageId), first(imageId)].sort() as [string, string];
    if (a !== b) above.set(b, a);
    named.set(decision, imageId);
  }
  return [...above.keys()];
}

function ids(statement: Statement, ...values: readonly number[]): readonly number[] {
  return (statement.all(...values) as { id: number }[]).map(({ id }) => id);
}
