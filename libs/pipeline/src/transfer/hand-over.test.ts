import type { NextOffsets } from '#core';
import { MemoryEventLog } from '#testkit';
import { handOver } from './hand-over.js';

const TOPIC = 'events';
const GROUP = 'somebody';

let log: MemoryEventLog;
beforeEach(async () => {
  log = new MemoryEventLog();
  await log.ensureTopic(TOPIC, { partitions: 4, retention: 'forever' });
  await log.append(
    TOPIC,
    Array.from({ length: 100 }, (_, i) => ({ key: `key-${i}`, value: Buffer.from(`${i}`), headers: {} })),
  );
});
afterEach(() => log.close());

async function halves(): Promise<NextOffsets> {
  const marks = await log.watermarks(TOPIC);
  return new Map(marks.slice(1).map(({ partition, high }) => [partition, Math.floor(high / 2)]));
}

test('a group stands where it was told to, and nowhere else', async () => {
  const ends = await halves();
  await handOver(log, TOPIC, GROUP, ends);
  expect(await log.committed(TOPIC, GROUP)).toEqual(ends);
  // Once more changes nothing, and needs no place in the group.
  await handOver(log, TOPIC, GROUP, ends);
  expect(await log.committed(TOPIC, GROUP)).toEqual(ends);
});

test('a group that somebody else reads with is not handed over', async () => {
  const other = await log.subscribe({
    topic: TOPIC,
    group: GROUP,
    limits: { maxRecords: 1, maxBytes: 1, maxWaitMs: 0 },
  });
  await expect(handOver(log, TOPIC, GROUP, await halves(), 50)).rejects.toMatchObject({
    code: 'log-mismatch',
    facts: { topic: TOPIC, group: GROUP },
  });
  await other.close();
});
