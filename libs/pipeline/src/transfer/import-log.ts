import {
  DEAD_LETTER_ACTIONS_TOPIC,
  DEAD_LETTERS_TOPIC,
  type EventLog,
  IMAGE_EVENTS_TOPIC,
  imageVectorsTopic,
  LookalikeError,
  unlessUnknown,
} from '#core';
import { embedGroup, redriveGroup } from '../groups.js';
import { ensureEventsTopic, logIdentity } from '../log-identity.js';
import type { ExportedEncoder, ExportHeader } from './export-lines.js';
import type { ExportReader } from './export-reader.js';
import { handOver } from './hand-over.js';
import { lastImport, markImport } from './import-marker.js';
import type { PositionTable } from './position-table.js';
import { type ImportCounts, RecordImport } from './record-import.js';
import { SINGLE_PARTITION_TOPICS } from './single-partition-topics.js';
import { TopicCopy } from './topic-copy.js';

export interface ImportOptions {
  readonly log: EventLog;
  /** Of the topics here; as the log was made with. */
  readonly partitions: number;
  /** Empty ones. */
  readonly events: PositionTable;
  readonly letters: PositionTable;
  /** Called for each record of the export. */
  readonly onRecord?: (topic: string) => void;
}

export interface ImportResult {
  /** Of the log that was exported, and of this one. */
  readonly origin: string;
  readonly log: string;
  /** An earlier import of the same export had stopped, and this one went on with it. */
  readonly resumed: boolean;
  readonly encoders: readonly ExportedEncoder[];
  readonly counts: ImportCounts;
}

/**
 * Fills an empty log from an export, whatever the numbers of partitions. The order of each image's events stays, so their versions
 * do, though they are other numbers: they are places in this log, which has a name of its own.
 *
 * What is written follows from the export and the number of partitions alone, so an import that died is gone on with by the same
 * export: what is there already is compared, what is missing is appended. Until it has ended the log is marked, and nothing
 * starts on it.
 * @throws `log-mismatch` when the log is not empty, or somebody else writes to it; `export-file-invalid`, `record-too-large`,
 * `invalid-setting`, `topic-mismatch`, `log-unavailable`.
 */
export async function importLog(reader: ExportReader, options: ImportOptions): Promise<ImportResult> {
  const { log, partitions, events, letters, onRecord = () => {} } = options;
  const { header } = reader;
  const marker = { export: header.export, log: header.log } as const;
  const resumed = await requireImportable(log, header);
  if (!resumed) await markImport(log, { ...marker, state: 'started' });
  await ensureTopics(log, header, partitions);
  const copies = new Map<string, TopicCopy>();
  for (const topic of topicsOf(header)) copies.set(topic, await TopicCopy.begin(log, topic));
  const records = new RecordImport({ header, copies, events, letters });
  for await (const record of reader.records()) {
    await records.take(record);
    onRecord(record.topic);
  }
  for (const copy of copies.values()) await copy.end();
  for (const { fingerprint } of header.encoders) {
    // Whose images have all changed since is at the beginning again: a group that has done something, but without a vector,
    // stands for a topic that was deleted (`requireVectors`).
    if (copies.get(imageVectorsTopic(fingerprint))?.isEmpty !== false) continue;
    await handOver(log, IMAGE_EVENTS_TOPIC, embedGroup(fingerprint), records.doneIn(IMAGE_EVENTS_TOPIC));
    await handOver(
      log,
      DEAD_LETTER_ACTIONS_TOPIC,
      redriveGroup(fingerprint),
      records.doneIn(DEAD_LETTER_ACTIONS_TOPIC),
    );
  }
  await markImport(log, { ...marker, state: 'finished' });
  const { counts } = records;
  return { origin: header.log, log: await logIdentity(log), resumed, encoders: header.encoders, counts };
}

/** @returns whether this export was begun with. @throws `log-mismatch`. */
async function requireImportable(log: EventLog, header: ExportHeader): Promise<boolean> {
  const last = await lastImport(log);
  if (last?.state === 'started') {
    if (last.export === header.export) return true;
    throw notEmpty('An import of another file into this log was begun and did not end', { export: last.export });
  }
  for (const topic of topicsOf(header)) {
    if (await hasRecords(log, topic)) throw notEmpty(`The log is not empty: ${topic} has records`, { topic });
  }
  return false;
}

function notEmpty(what: string, facts: Readonly<Record<string, unknown>>): LookalikeError {
  const message = `${what}. Import into a new log: versions of two logs cannot be compared.`;
  return new LookalikeError('log-mismatch', message, { facts });
}

async function hasRecords(log: EventLog, topic: string): Promise<boolean> {
  const marks = await unlessUnknown(log.watermarks(topic));
  return marks?.some(({ high }) => high > 0) ?? false;
}

async function ensureTopics(log: EventLog, { encoders }: ExportHeader, partitions: number): Promise<void> {
  await ensureEventsTopic(log, partitions);
  await log.ensureTopic(DEAD_LETTERS_TOPIC, { partitions, retention: 'forever' });
  await log.ensureTopic(DEAD_LETTER_ACTIONS_TOPIC, { partitions, retention: 'forever' });
  for (const topic of SINGLE_PARTITION_TOPICS) await log.ensureTopic(topic, { partitions: 1, retention: 'forever' });
  for (const { fingerprint } of encoders) {
    await log.ensureTopic(imageVectorsTopic(fingerprint), { partitions, retention: 'compact' });
  }
}

function topicsOf({ encoders }: ExportHeader): readonly string[] {
  const vectors = encoders.map(({ fingerprint }) => imageVectorsTopic(fingerprint));
  return [IMAGE_EVENTS_TOPIC, DEAD_LETTERS_TOPIC, DEAD_LETTER_ACTIONS_TOPIC, ...SINGLE_PARTITION_TOPICS, ...vectors];
}
