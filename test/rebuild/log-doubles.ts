import {
  decodeGenerationEvent,
  decodeVectorRecord,
  type EventLog,
  INDEX_GENERATIONS_TOPIC,
  type LogRecord,
  type NewRecord,
  type NextOffsets,
  type SubscribeOptions,
  type Subscription,
} from '#core';
import { Generations, indexGroup, inRole } from '#pipeline';
import { replacing } from './replacing.js';

/** Long enough for its image to go on meanwhile. */
const LATE_MS = 20_000;

type Hand = (records: readonly LogRecord[], subscription: Subscription) => Promise<readonly LogRecord[]>;

/** A log whose subscriptions hand out batches in their own way. */
function handing(log: EventLog, handOf: (options: SubscribeOptions) => Promise<Hand | null>): EventLog {
  return replacing(log, {
    subscribe: async (options) => {
      const hand = await handOf(options);
      const subscription = await log.subscribe(options);
      if (hand === null) return subscription;
      return replacing(subscription, {
        next: async () => {
          for (;;) {
            const records = await subscription.next();
            if (records === null) return null;
            const handed = await hand(records, subscription);
            if (handed.length > 0) return handed;
          }
        },
      });
    },
  });
}

function endOf(records: readonly LogRecord[]): NextOffsets {
  return new Map(records.map(({ partition, offset }) => [partition, offset + 1]));
}

const isDriver = ({ topic }: SubscribeOptions) => topic === INDEX_GENERATIONS_TOPIC;

/** A position is committed as soon as it was handed out, before its effect. */
export function committingEarly(log: EventLog): EventLog {
  return handing(log, async (options) => {
    if (isDriver(options)) return null;
    return async (records, subscription) => {
      await subscription.commit(endOf(records)).catch(() => {});
      return records;
    };
  });
}

/** A group of an index stage that is new begins at the end of its topic. */
export function beginningAtTheEnd(log: EventLog): EventLog {
  return handing(log, async ({ topic, group }) => {
    if (!group.startsWith('index.') || (await log.committed(topic, group)).size > 0) return null;
    const ends = new Map((await log.watermarks(topic)).map(({ partition, high }) => [partition, high]));
    return async (records, subscription) => {
      const wanted = records.filter(({ partition, offset }) => offset >= (ends.get(partition) ?? 0));
      if (wanted.length < records.length) await subscription.commit(endOf(records)).catch(() => {});
      return wanted;
    };
  });
}

/** The stage of a generation that is built looks as if it had read everything, so nothing is waited for. */
export function lookingCaughtUp(log: EventLog): EventLog {
  const generations = new Generations(log);
  return replacing(log, {
    committed: async (topic, group) => {
      const next = group.startsWith('index.') ? inRole(await generations.current(), 'next') : null;
      if (next === null || group !== indexGroup(next.name)) return log.committed(topic, group);
      return new Map((await log.watermarks(topic)).map(({ partition, high }) => [partition, high]));
    },
  });
}

/** Nobody sees that a generation was cancelled, so it may still be switched to. */
export function hidingCancellations(log: EventLog): EventLog {
  return replacing(log, {
    read: async function* (options) {
      for await (const record of log.read(options)) {
        if (options.topic === INDEX_GENERATIONS_TOPIC && decodeGenerationEvent(record).kind === 'cancelled') continue;
        yield record;
      }
    },
  });
}

/** Vectors are dropped, and who would have to make them again stands behind the events. */
export function keepingGroups(log: EventLog): EventLog {
  return replacing(log, { forgetGroup: async () => {} });
}

/** What a redrive makes has its image's own key, and comes late. */
export function redrivingUnderTheImagesKey(log: EventLog): EventLog {
  return replacing(log, {
    append: async (topic, records) => {
      if (records.some(isRedriven)) await new Promise((resolve) => setTimeout(resolve, LATE_MS));
      const own = (it: NewRecord) => (isRedriven(it) ? { ...it, key: decodeVectorRecord(it).imageId } : it);
      return log.append(topic, records.map(own));
    },
  });
}

function isRedriven({ key }: NewRecord): boolean {
  return key.startsWith('\u0001');
}

/** A picture that failed leaves a letter and nothing else. */
export function withoutFailures(log: EventLog): EventLog {
  return replacing(log, {
    append: async (topic, records) => {
      if (!topic.startsWith('image-vectors.')) return log.append(topic, records);
      const isFailure = (it: NewRecord) => it.headers.state === 'failed' || safeState(it) === 'failed';
      return log.append(
        topic,
        records.filter((it) => !isFailure(it)),
      );
    },
  });
}

function safeState(record: NewRecord): string | null {
  try {
    return decodeVectorRecord(record).state;
  } catch {
    return null;
  }
}
