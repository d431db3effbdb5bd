import { encodeVectorRecord, type LogRecord, type NewRecord, type VectorRecord } from '#core';

/**
 * What became of one event when it was embedded once more, as it goes into the topic of the vectors (docs/adr/0013).
 * The key names the event and what became of it: whichever of them comes last, a failure never replaces what succeeded,
 * and compaction never takes it for its image's last record. No imageId has a control character.
 */
export function redrivenRecord(record: VectorRecord, { topic, partition, offset }: LogRecord): NewRecord {
  return { ...encodeVectorRecord(record), key: `\u0001${topic}/${partition}-${offset}/${record.state}` };
}
