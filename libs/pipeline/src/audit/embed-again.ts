import { type EventLog, IMAGE_EVENTS_TOPIC, imageVectorsTopic, type Position } from '#core';
import { setAside } from '../dead-letters/set-aside.js';
import { readEvent, toOutcome } from '../embed-stage.js';
import type { PictureEmbedder } from '../picture-embedder.js';
import { recordAt } from '../record-at.js';
import { redrivenRecord } from '../redriven-record.js';
import { settleAll } from '../settle-all.js';

/** Events whose outcomes are in memory at once; the embedder has limits of its own for pictures. */
const BATCH = 64;

export interface EmbedAgainOptions {
  readonly log: EventLog;
  /** Of the encoder whose records are lost. */
  readonly embedder: PictureEmbedder;
  readonly signal?: AbortSignal;
}

export interface EmbeddedAgain {
  /** Records that the index stage will find; ready, failed and deleted ones. */
  readonly written: number;
  /** Of those, events that failed; each has a dead letter, of now or before. */
  readonly failed: number;
  /** Positions that hold no event of an image. */
  readonly noEvent: number;
}

/**
 * Embeds events whose vector records are lost, at their own versions, as a redrive does. Harmless when the record is
 * there after all: the guard knows which one counts.
 * @throws faults of the ports; what was written until then stays, and all of it may be done again.
 */
export async function embedAgain(
  { log, embedder, signal }: EmbedAgainOptions,
  positions: readonly Position[],
): Promise<EmbeddedAgain> {
  const partitions = (await log.watermarks(IMAGE_EVENTS_TOPIC)).length;
  const counts = { written: 0, failed: 0, noEvent: 0 };
  for (let at = 0; at < positions.length; at += BATCH) {
    signal?.throwIfAborted();
    const outcomes = await settleAll(
      positions.slice(at, at + BATCH).map(async (position) => {
        const source = await recordAt(log, IMAGE_EVENTS_TOPIC, position);
        return source === null ? null : toOutcome(readEvent(source, partitions), embedder);
      }),
    );
    const embedded = outcomes.flatMap((it) => (it?.record === undefined ? [] : [{ ...it, record: it.record }]));
    // Before the records, as in the embed stage: whoever sees a failure finds its reason.
    const letters = embedded.flatMap(({ deadLetter }) => deadLetter ?? []);
    await setAside(log, letters);
    const records = embedded.map(({ record, source }) => redrivenRecord(record, source));
    if (records.length > 0) await log.append(imageVectorsTopic(embedder.encoder.fingerprint), records);
    counts.written += records.length;
    counts.failed += letters.length;
    counts.noEvent += outcomes.length - embedded.length;
  }
  return counts;
}
