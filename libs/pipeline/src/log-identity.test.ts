import { logIdentity } from '#pipeline';
import { MemoryEventLog } from '#testkit';

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
