import {
  type DeletedRecord,
  encodeVectorRecord,
  type ImageRecordState,
  type LogRecord,
  type NewRecord,
  type Position,
  type VectorRecord,
} from '#core';

/**
 * What became of one event when it was embedded once more, as it goes into the topic of the vectors (docs/adr/0013).
 * The key names the event and what became of it: whichever of them comes last, a failure never replaces what succeeded,
 * and compaction never takes it for its image's last record. No imageId has a control character.
 */
export function redrivenRecord(record: VectorRecord, original: Place): NewRecord {
  return { ...encodeVectorRecord(record), key: keyOf(original, record.state) };
}

/** Under the keys of whatever became of one event when it was embedded once more, its image's deletion: the others are superseded. */
export function redrivenDeletions(deletion: DeletedRecord, original: Place): readonly NewRecord[] {
  const { value, headers } = encodeVectorRecord(deletion);
  return (['ready', 'failed'] as const).map((state) => ({ key: keyOf(original, state), value, headers }));
}

type Place = Pick<LogRecord, 'topic'> & Position;

function keyOf({ topic, partition, offset }: Place, state: ImageRecordState): string {
  return `\u0001${topic}/${partition}-${offset}/${state}`;
}
