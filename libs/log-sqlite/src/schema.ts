import type { Database } from 'better-sqlite3';
import { LookalikeError } from '#core';

/** "llog" in ASCII, so that another program's file is told from ours. */
const APPLICATION_ID = 0x6c6c6f67;
const SCHEMA_VERSION = 1;

/**
 * `latest` and `superseded` serve compact topics only: each key's last record, and the records waiting to be dropped.
 * The last record of a key is never dropped, tombstone or not, so a partition's high watermark is its largest offset
 * plus one and needs no row of its own. A topic that was dropped keeps its row, under a name that no other can have: its id
 * is never given again, and what is left of its records is known by it.
 */
const TABLES = `
  CREATE TABLE topics (
    topic_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    partitions INTEGER NOT NULL,
    retention TEXT NOT NULL CHECK (retention IN ('forever', 'compact'))
  ) STRICT;
  CREATE TABLE records (
    record_id INTEGER PRIMARY KEY,
    topic_id INTEGER NOT NULL,
    partition INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    timestamp_ms INTEGER NOT NULL,
    key TEXT NOT NULL,
    headers TEXT NOT NULL,
    value BLOB
  ) STRICT;
  CREATE UNIQUE INDEX records_by_position ON records (topic_id, partition, offset);
  CREATE TABLE commits (
    topic_id INTEGER NOT NULL,
    group_name TEXT NOT NULL,
    partition INTEGER NOT NULL,
    next_offset INTEGER NOT NULL,
    PRIMARY KEY (topic_id, group_name, partition)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE latest (
    topic_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    record_id INTEGER NOT NULL,
    PRIMARY KEY (topic_id, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE superseded (record_id INTEGER PRIMARY KEY) STRICT;
`;

/** Creates the tables in an empty file, or checks that they are this version's. @throws `invalid-setting`. */
export function ensureSchema(db: Database): void {
  const isEmpty = db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
  if (isEmpty) {
    db.transaction(() => {
      db.exec(TABLES);
      db.pragma(`application_id = ${APPLICATION_ID}`);
      db.pragma(`user_version = ${SCHEMA_VERSION}`);
    }).immediate();
    return;
  }
  const application = db.pragma('application_id', { simple: true });
  const version = db.pragma('user_version', { simple: true });
  if (application !== APPLICATION_ID || version !== SCHEMA_VERSION) {
    throw new LookalikeError(
      'invalid-setting',
      `The data folder's log is of another program or version: found ${version}, wanted ${SCHEMA_VERSION}.`,
      { facts: { found: version, wanted: SCHEMA_VERSION, isOurs: application === APPLICATION_ID } },
    );
  }
}
