import { type EventLog, type LogRecord, LookalikeError, partitionOf } from '#core';

export function standInLog(): EventLog {
  const partitions: LogRecord[][] = [];
  return {
    ensureTopic: async (_topic, config) => {
      for (let i = partitions.length; i < config.partitions; i++) partitions.push([]);
    },
    append: async (topic, records) =>
      records.map((record) => {
        const partition = partitionOf(record.key, partitions.length);
        const offset = partitions[partition]?.length ?? 0;
        partitions[partition]?.push({ ...record, topic, partition, offset, timestampMs: Date.now() });
        return { partition, offset };
      }),
    read: async function* ({ partition, from }) {
      yield* (partitions[partition] ?? []).slice(from);
    },
    watermarks: async () => partitions.map((it, partition) => ({ partition, low: 0, high: it.length })),
    close: async () => {},
  } as Partial<EventLog> as EventLog;
}

export async function standInInspect(head: Uint8Array): Promise<{ mediaType: string }> {
  if (head.length === 0) throw new LookalikeError('picture-empty', 'The file is empty.');
  if (head[0] === 0xff && head[1] === 0xd8) return { mediaType: 'image/jpeg' };
  if (head[0] === 0x89 && head[1] === 0x50) return { mediaType: 'image/png' };
  throw new LookalikeError('picture-not-recognised', 'This is no picture.');
}
