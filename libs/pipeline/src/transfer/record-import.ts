import {
  CALIBRATIONS_TOPIC,
  DEAD_LETTER_ACTIONS_TOPIC,
  DEAD_LETTERS_TOPIC,
  DUPLICATE_DECISIONS_TOPIC,
  encodeDeadLetter,
  IMAGE_EVENTS_TOPIC,
  type LogRecord,
  LookalikeError,
  type NewRecord,
  type NextOffsets,
  type Position,
  partitionOf,
} from '#core';
import { readEvent } from '../embed-stage.js';
import { loggedEvent } from '../logged-event.js';
import { type ExportHeader, exportInvalid } from './export-lines.js';
import type { PositionTable } from './position-table.js';
import type { TopicCopy } from './topic-copy.js';
import { asItWas, Translation } from './translation.js';

export interface TopicCounts {
  readonly imported: number;
  /** It has no place here, or what it is about has none. */
  readonly leftOut: number;
}

export interface ImportCounts {
  readonly events: TopicCounts;
  readonly vectors: TopicCounts;
  readonly letters: TopicCounts;
  readonly actions: TopicCounts;
  readonly calibrations: TopicCounts;
  /** About duplicates. */
  readonly decisions: TopicCounts;
  /** Letters that were made for events that were left out. */
  readonly lettersMade: number;
  /** Events whose picture lies in the blob store. */
  readonly eventsWithBlob: number;
}

export interface RecordImportOptions {
  readonly header: ExportHeader;
  /** By topic. */
  readonly copies: ReadonlyMap<string, TopicCopy>;
  readonly events: PositionTable;
  readonly letters: PositionTable;
}

const KINDS = ['events', 'vectors', 'letters', 'actions', 'calibrations', 'decisions'] as const;
type Kind = (typeof KINDS)[number];

function noneOfEach(): Record<Kind, number> {
  return Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<Kind, number>;
}

/** Brings the records of an export into the topics of another log, one by one, in the order of the export. */
export class RecordImport {
  readonly #options: RecordImportOptions;
  readonly #translation: Translation;
  readonly #originPartitions: number;
  readonly #imported = noneOfEach();
  readonly #leftOut = noneOfEach();
  #lettersMade = 0;
  #eventsWithBlob = 0;
  /** By topic: of each partition here, the end of what was done. */
  readonly #done = new Map<string, Map<number, number>>();
  /** Topics of which records came that were not done. */
  readonly #begunRest = new Set<string>();

  constructor(options: RecordImportOptions) {
    const { header, events, letters } = options;
    this.#options = options;
    this.#originPartitions = header.partitions[IMAGE_EVENTS_TOPIC] ?? 1;
    this.#translation = new Translation({
      events,
      letters,
      partitions: this.#copy(IMAGE_EVENTS_TOPIC).partitions,
      originPartitions: this.#originPartitions,
      origin: header.log,
    });
  }

  get counts(): ImportCounts {
    const of = (kind: Kind): TopicCounts => ({ imported: this.#imported[kind], leftOut: this.#leftOut[kind] });
    return {
      events: of('events'),
      vectors: of('vectors'),
      letters: of('letters'),
      actions: of('actions'),
      calibrations: of('calibrations'),
      decisions: of('decisions'),
      lettersMade: this.#lettersMade,
      eventsWithBlob: this.#eventsWithBlob,
    };
  }

  /** Up to where the encoders of the export have done everything. */
  doneIn(topic: string): NextOffsets {
    return this.#done.get(topic) ?? new Map();
  }

  /** @throws as `TopicCopy`; `export-file-invalid`. */
  async take(record: LogRecord): Promise<void> {
    switch (record.topic) {
      case IMAGE_EVENTS_TOPIC:
        return this.#event(record);
      case DEAD_LETTERS_TOPIC: {
        const place = await this.#add('letters', record, await this.#translation.letter(record));
        if (place !== null) await this.#options.letters.set(record, place);
        return;
      }
      case DEAD_LETTER_ACTIONS_TOPIC: {
        const place = await this.#add('actions', record, await this.#translation.action(record));
        return this.#noteDone(record, place);
      }
      case CALIBRATIONS_TOPIC:
        // Of an encoder, which is the same everywhere.
        await this.#add('calibrations', record, asItWas(record));
        return;
      case DUPLICATE_DECISIONS_TOPIC:
        await this.#add('decisions', record, await this.#translation.decision(record));
        return;
      default:
        await this.#add('vectors', record, await this.#translation.vector(record));
    }
  }

  /** Of all events of one image, and of no other: those that lie in the partition of its key (docs/adr/0014). */
  async #event(record: LogRecord): Promise<void> {
    const { key, partition } = record;
    if (key === null || partition !== partitionOf(key, this.#originPartitions)) return this.#misplaced(record);
    const place = this.#copy(IMAGE_EVENTS_TOPIC).placeOf(key);
    const added = await this.#add('events', record, await this.#translation.event({ ...record, key }, place));
    await this.#options.events.set(record, place);
    this.#noteDone(record, added);
    if (hasBlob(record, this.#originPartitions)) this.#eventsWithBlob += 1;
  }

  /** In a log that puts it where its key belongs it would count, so it is kept as a letter. */
  async #misplaced(record: LogRecord): Promise<void> {
    await this.#add('events', record, null);
    if (record.offset < (this.#options.header.setAside[record.partition] ?? 0)) return;
    const original = { ...record, ...this.#translation.nowhere(record) };
    await this.#copy(DEAD_LETTERS_TOPIC).add(encodeDeadLetter({ reason: this.#reason(record), original }));
    this.#lettersMade += 1;
  }

  #reason(record: LogRecord) {
    const read = readEvent(record, this.#originPartitions);
    if ('reason' in read) return read.reason;
    throw new LookalikeError('internal', 'An event that lies where it belongs was taken for another.');
  }

  async #add(kind: Kind, { topic }: LogRecord, record: NewRecord | null): Promise<Position | null> {
    if (record === null) {
      this.#leftOut[kind] += 1;
      return null;
    }
    this.#imported[kind] += 1;
    return this.#copy(topic).add(record);
  }

  #noteDone({ topic, partition, offset }: LogRecord, place: Position | null): void {
    if (offset >= (this.#options.header.done[topic]?.[partition] ?? 0)) {
      this.#begunRest.add(topic);
      return;
    }
    if (this.#begunRest.has(topic))
      throw exportInvalid('order', `What is done of ${topic} must come first.`, { topic });
    const ends = this.#done.get(topic) ?? new Map<number, number>();
    if (place !== null) ends.set(place.partition, place.offset + 1);
    this.#done.set(topic, ends);
  }

  /** @throws `export-file-invalid` at a topic that the export's header does not name. */
  #copy(topic: string): TopicCopy {
    const copy = this.#options.copies.get(topic);
    if (copy !== undefined) return copy;
    throw exportInvalid('line', `The file has a record of ${topic}, which is no topic of an export.`, { topic });
  }
}

function hasBlob(record: LogRecord, partitions: number): boolean {
  const event = loggedEvent(record, partitions);
  return event !== null && event.kind !== 'deleted' && event.state.uri.startsWith('blob:');
}
