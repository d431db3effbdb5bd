import Database from 'better-sqlite3';
import type { ComparedImage, DecidedImage, DuplicateDecision, ImageId } from '#core';
import { inverseTurn, type Turn } from '../second-look/index.js';
import { linkedWith, regroup } from './regroup.js';

/** How groups are ordered: by how many images they have, or by what deleting all but the representative would save. */
export const GROUP_ORDERS = ['images', 'saved-bytes'] as const;
export type GroupOrder = (typeof GROUP_ORDERS)[number];

export interface GroupRow {
  /** SHA-256 of the representative's bytes. */
  readonly sha256: string;
  readonly images: number;
  readonly savedBytes: number;
}

/** An image of a group, the representative's first. */
export interface MemberRow {
  readonly imageId: ImageId;
  readonly eventTimeMs: number;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly width: number;
  readonly height: number;
  /** That it is a copy of the representative; `null` where the bytes are the same. */
  readonly probability: number | null;
  /** How it has to be turned to lie as the representative does. */
  readonly turn: Turn | null;
}

export interface GroupTotals {
  readonly groups: number;
  readonly images: number;
  readonly savedBytes: number;
}

export interface DecisionRow {
  readonly decision: DuplicateDecision;
  readonly isUndone: boolean;
}

const SCHEMA = `
  CREATE TABLE pictures (
    id INTEGER PRIMARY KEY, sha256 TEXT NOT NULL UNIQUE, width INTEGER, height INTEGER, size_bytes INTEGER,
    images INTEGER NOT NULL DEFAULT 0, star INTEGER
  );
  CREATE INDEX pictures_of_star ON pictures (star) WHERE star IS NOT NULL;
  CREATE TABLE images (
    image_id TEXT PRIMARY KEY, picture INTEGER NOT NULL, event_time_ms INTEGER NOT NULL,
    is_hidden INTEGER NOT NULL DEFAULT 0
  ) WITHOUT ROWID;
  CREATE INDEX images_of_picture ON images (picture, event_time_ms);
  CREATE TABLE links (
    image_id TEXT NOT NULL, picture INTEGER NOT NULL, other INTEGER NOT NULL, probability REAL NOT NULL, turn TEXT,
    PRIMARY KEY (image_id, other)
  ) WITHOUT ROWID;
  CREATE INDEX links_of_picture ON links (picture, other);
  CREATE INDEX links_to_picture ON links (other, picture);
  CREATE TABLE stars (
    picture INTEGER PRIMARY KEY, sha256 TEXT NOT NULL, images INTEGER NOT NULL, saved_bytes INTEGER NOT NULL
  );
  CREATE INDEX stars_by_images ON stars (images DESC, sha256);
  CREATE INDEX stars_by_saved_bytes ON stars (saved_bytes DESC, sha256);
  CREATE TABLE changed (picture INTEGER PRIMARY KEY);
  CREATE TABLE settled (
    decision TEXT NOT NULL, picture INTEGER NOT NULL, image_id TEXT NOT NULL, kind TEXT NOT NULL,
    PRIMARY KEY (decision, picture, image_id)
  ) WITHOUT ROWID;
  CREATE INDEX settled_of_picture ON settled (picture, image_id);
  CREATE TABLE decisions (
    position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL, is_undone INTEGER NOT NULL DEFAULT 0
  );
`;

/**
 * The images of a collection, the links between their pictures and the groups that these make: a file that is derived from the log, so
 * it need not outlive the process, and what grows with the collection is not in memory.
 */
export class GroupFile {
  readonly #db: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();

  /** @param file of its own; '' for one that the system removes by itself. */
  constructor(file: string) {
    this.#db = new Database(file);
    // So that work that fails leaves no trace; what a crash leaves is of no use to anybody.
    this.#db.pragma('journal_mode = MEMORY');
    this.#db.pragma('synchronous = OFF');
    this.#db.exec(SCHEMA);
  }

  /** All of `work` in one transaction. Groups stay as they were until `regroup`. */
  change(work: () => void): void {
    this.#db.transaction(work)();
  }

  /** What was changed is in its groups then. Nothing may be changed meanwhile. @returns how many pictures were grouped anew. */
  regroup(signal: AbortSignal): Promise<number> {
    return regroup(
      (sql) => this.#sql(sql),
      (work) => this.change(work),
      signal,
    );
  }

  compared({ imageId, eventTimeMs, picture, links }: ComparedImage): void {
    const id = this.#pictureOf(picture.sha256);
    this.#sql('UPDATE pictures SET width = ?, height = ?, size_bytes = ? WHERE id = ?').run(
      picture.width,
      picture.height,
      picture.sizeBytes,
      id,
    );
    this.gone(imageId);
    this.#sql('INSERT INTO images (image_id, picture, event_time_ms) VALUES (?, ?, ?)').run(imageId, id, eventTimeMs);
    this.#sql('UPDATE pictures SET images = images + 1 WHERE id = ?').run(id);
    for (const { sha256, probability, turn } of links) {
      this.#sql('INSERT OR REPLACE INTO links VALUES (?, ?, ?, ?, ?)').run(
        imageId,
        id,
        this.#pictureOf(sha256),
        probability,
        turn,
      );
    }
    this.#changed(id);
  }

  gone(imageId: ImageId): void {
    const known = this.#sql('SELECT picture FROM images WHERE image_id = ?').get(imageId) as
      | { picture: number }
      | undefined;
    if (known === undefined) return;
    this.#sql('INSERT OR IGNORE INTO changed SELECT other FROM links WHERE image_id = ?').run(imageId);
    this.#sql('DELETE FROM links WHERE image_id = ?').run(imageId);
    this.#sql('DELETE FROM images WHERE image_id = ?').run(imageId);
    this.#sql('UPDATE pictures SET images = images - 1 WHERE id = ?').run(known.picture);
    this.#changed(known.picture);
  }

  /** @param position of the decision in the log. */
  decided(decision: DuplicateDecision, position: number): void {
    const isNew =
      this.#sql('INSERT OR IGNORE INTO decisions (position, id, body) VALUES (?, ?, ?)').run(
        position,
        decision.id,
        JSON.stringify(decision),
      ).changes > 0;
    if (!isNew || decision.kind === 'resolve') return;
    if (decision.kind === 'undo') {
      this.#undone(decision.decision);
      return;
    }
    for (const { imageId, sha256 } of decision.images) {
      const picture = this.#pictureOf(sha256);
      this.#sql('INSERT OR IGNORE INTO settled VALUES (?, ?, ?, ?)').run(decision.id, picture, imageId, decision.kind);
      this.#changed(picture);
    }
  }

  /** The next groups behind one, or the first. */
  groups(order: GroupOrder, limit: number, after: GroupRow | null): readonly GroupRow[] {
    const by = order === 'images' ? 'images' : 'saved_bytes';
    const value = after === null ? Number.MAX_SAFE_INTEGER : order === 'images' ? after.images : after.savedBytes;
    return this.#sql(
      `SELECT sha256, images, saved_bytes AS savedBytes FROM stars
       WHERE ${by} <= :value AND (${by} < :value OR sha256 > :sha256) ORDER BY ${by} DESC, sha256 LIMIT :limit`,
    ).all({ value, sha256: after?.sha256 ?? '', limit }) as GroupRow[];
  }

  /** The representative's images first, then the copies by size. @param sha256 of the representative. */
  members(sha256: string, limit: number): readonly MemberRow[] {
    const link = (column: string, from: string, to: string) =>
      `(SELECT ${column} FROM links WHERE picture = ${from} AND other = ${to} ORDER BY probability DESC LIMIT 1)`;
    const rows = this.#sql(
      `SELECT i.image_id AS imageId, i.event_time_ms AS eventTimeMs, p.sha256, p.size_bytes AS sizeBytes, p.width, p.height,
         coalesce(${link('probability', 'p.id', 'r.id')}, ${link('probability', 'r.id', 'p.id')}) AS probability,
         ${link('turn', 'p.id', 'r.id')} AS turn, ${link('turn', 'r.id', 'p.id')} AS turnBack
       FROM pictures r JOIN pictures p ON p.star = r.id JOIN images i ON i.picture = p.id
       WHERE r.sha256 = ? AND NOT i.is_hidden
       ORDER BY p.id <> r.id, p.width * p.height DESC, p.size_bytes DESC, p.sha256, i.event_time_ms, i.image_id LIMIT ?`,
    ).all(sha256, limit) as (MemberRow & { readonly turnBack: Turn | null })[];
    return rows.map(({ turnBack, ...row }) => ({
      ...row,
      turn: row.turn ?? (turnBack === null ? null : inverseTurn(turnBack)),
    }));
  }

  /**
   * Those of them that are not known as copies of another one: without its bytes, a link to it, or a group with it. None while not all
   * are known as they are, since they may be copies then.
   */
  strangersAmong(images: readonly DecidedImage[]): readonly DecidedImage[] {
    const pictureOf = this.#sql(
      'SELECT p.id, p.star FROM images i JOIN pictures p ON p.id = i.picture WHERE i.image_id = ? AND p.sha256 = ?',
    );
    const known = images.flatMap((image) => {
      const picture = pictureOf.get(image.imageId, image.sha256) as { id: number; star: number | null } | undefined;
      return picture === undefined ? [] : [{ image, ...picture }];
    });
    if (known.length < images.length) return [];
    const isStranger = (one: (typeof known)[number]) => {
      const linked = new Set([one.id, ...linkedWith((sql) => this.#sql(sql), one.id)]);
      const isTogether = ({ id, star }: (typeof known)[number]) =>
        linked.has(id) || (star !== null && star === one.star);
      return !known.some((other) => other !== one && isTogether(other));
    };
    return known.filter(isStranger).map(({ image }) => image);
  }

  /** Those of them that somebody has decided to keep, as they are. */
  wantedAmong(images: readonly DecidedImage[]): readonly DecidedImage[] {
    const isWanted = this.#sql(
      `SELECT 1 FROM settled s JOIN pictures p ON p.id = s.picture WHERE s.image_id = ? AND p.sha256 = ? AND s.kind = 'keep'`,
    );
    return images.filter(({ imageId, sha256 }) => isWanted.get(imageId, sha256) !== undefined);
  }

  /** Of pictures that are linked, but for those that somebody has told apart. @param sha256s some hundreds at most. */
  copiesAmong(sha256s: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> {
    const wanted = new Set(sha256s);
    return new Map(
      sha256s.map((sha256) => {
        const rows = this.#sql(
          `WITH own AS (SELECT id FROM pictures WHERE sha256 = ?),
             linked AS (SELECT other AS id FROM links WHERE picture = (SELECT id FROM own)
               UNION SELECT picture FROM links WHERE other = (SELECT id FROM own))
           SELECT p.sha256 FROM linked JOIN pictures p USING (id) WHERE NOT EXISTS (
             SELECT 1 FROM settled a JOIN settled b USING (decision)
             WHERE a.picture = (SELECT id FROM own) AND b.picture = p.id AND a.kind = 'not-a-duplicate')`,
        ).all(sha256) as { sha256: string }[];
        return [sha256, new Set(rows.flatMap((it) => (wanted.has(it.sha256) ? [it.sha256] : [])))] as const;
      }),
    );
  }

  /** Pictures of which somebody has said that they are not duplicates of it. */
  toldApartFrom(sha256: string): ReadonlySet<string> {
    const rows = this.#sql(
      `SELECT p.sha256 FROM pictures own JOIN settled a ON a.picture = own.id JOIN settled b USING (decision)
         JOIN pictures p ON p.id = b.picture
       WHERE own.sha256 = ? AND a.kind = 'not-a-duplicate' AND p.id <> own.id`,
    ).all(sha256) as { sha256: string }[];
    return new Set(rows.map((it) => it.sha256));
  }

  totals(): GroupTotals {
    return this.#sql(
      'SELECT count(*) AS "groups", coalesce(sum(images), 0) AS images, coalesce(sum(saved_bytes), 0) AS savedBytes FROM stars',
    ).get() as GroupTotals;
  }

  /** `null` for an id that nobody gave. */
  decision(id: string): DecisionRow | null {
    const row = this.#sql('SELECT body, is_undone AS isUndone FROM decisions WHERE id = ?').get(id);
    return row === undefined ? null : readDecision(row);
  }

  /** The last first. @param before position of the last one of the page before. */
  decisions(limit: number, before: number): readonly (DecisionRow & { readonly position: number })[] {
    const rows = this.#sql(
      'SELECT position, body, is_undone AS isUndone FROM decisions WHERE position < ? ORDER BY position DESC LIMIT ?',
    ).all(before, limit);
    return rows.map((row) => ({ ...readDecision(row), position: (row as { position: number }).position }));
  }

  close(): void {
    this.#db.close();
  }

  #undone(decision: string): void {
    this.#sql('UPDATE decisions SET is_undone = 1 WHERE id = ?').run(decision);
    this.#sql('INSERT OR IGNORE INTO changed SELECT picture FROM settled WHERE decision = ?').run(decision);
    this.#sql('DELETE FROM settled WHERE decision = ?').run(decision);
  }

  #pictureOf(sha256: string): number {
    this.#sql('INSERT OR IGNORE INTO pictures (sha256) VALUES (?)').run(sha256);
    return (this.#sql('SELECT id FROM pictures WHERE sha256 = ?').get(sha256) as { id: number }).id;
  }

  #changed(picture: number): void {
    this.#sql('INSERT OR IGNORE INTO changed VALUES (?)').run(picture);
  }

  #sql(sql: string): Database.Statement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#db.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

function readDecision(row: unknown): DecisionRow {
  const { body, isUndone } = row as { body: string; isUndone: number };
  return { decision: JSON.parse(body), isUndone: isUndone === 1 };
}
