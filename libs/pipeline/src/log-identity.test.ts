import { IMAGE_EVENTS_TOPIC } from '#core';
import { ensureEventsTopic, logIdentity } from '#pipeline';
import { MemoryEventLog, MemoryLogStorage } from '#testkit';

describe('the identity of a log', () => {
  test('is the same whenever it is asked for', async () => {
    const log = new MemoryEventLog();
    const identity = await logIdentity(log);
    expect(identity).toMatch(/^[0-9a-f-]{36}$/);
    expect(await logIdentity(log)).toBe(identity);
  });

  test('is one for all that ask a new log at once', async () => {
    const log = new MemoryEventLog();
    const identities = await Promise.all(Array.from({ length: 8 }, () => logIdentity(log)));
    expect(new Set(identities).size).toBe(1);
  });

  test('is another for another log', async () => {
    expect(await logIdentity(new MemoryEventLog())).not.toBe(await logIdentity(new MemoryEventLog()));
  });
});

describe('the topic of the events', () => {
  test('is made with the log, and found again', async () => {
    const log = new MemoryEventLog();
    await ensureEventsTopic(log, 3);
    expect(await log.watermarks(IMAGE_EVENTS_TOPIC)).toHaveLength(3);
    const identity = await logIdentity(log);
    await ensureEventsTopic(log, 3);
    expect(await logIdentity(log)).toBe(identity);
  });

  test('keeps the number of partitions that it was made with, whatever became of the topic', async () => {
    const storage = new MemoryLogStorage();
    const log = new MemoryEventLog(storage);
    await ensureEventsTopic(log, 3);
    const facts = { setting: 'LOOKALIKE_PARTITIONS', wanted: 4, found: 3 };
    await expect(ensureEventsTopic(log, 4)).rejects.toMatchObject({ code: 'invalid-setting', facts });
    storage.topics.delete(IMAGE_EVENTS_TOPIC);
    await log.ensureTopic(IMAGE_EVENTS_TOPIC, { partitions: 4, retention: 'forever' });
    await expect(ensureEventsTopic(log, 4)).rejects.toMatchObject({ code: 'invalid-setting', facts });
    await expect(ensureEventsTopic(log, 3)).rejects.toMatchObject({ code: 'topic-mismatch' });
  });

  test('is not made again, empty, when it is gone', async () => {
    const storage = new MemoryLogStorage();
    const log = new MemoryEventLog(storage);
    await ensureEventsTopic(log, 3);
    storage.topics.delete(IMAGE_EVENTS_TOPIC);
    await expect(ensureEventsTopic(log, 3)).rejects.toMatchObject({ code: 'log-mismatch', canRetry: false });
    await expect(log.watermarks(IMAGE_EVENTS_TOPIC)).rejects.toMatchObject({ code: 'topic-unknown' });
  });
});
