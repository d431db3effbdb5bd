import { eventLogContract } from '../contracts/event-log/event-log-contract.js';
import { MemoryEventLog, MemoryLogStorage } from './memory-event-log.js';

eventLogContract('The log in memory', async ({ maxRecordBytes }) => {
  const storage = new MemoryLogStorage();
  let log = new MemoryEventLog(storage, maxRecordBytes);
  return {
    log,
    reopen: async () => {
      await log.close();
      log = new MemoryEventLog(storage, maxRecordBytes);
      return log;
    },
    cleanup: () => log.close(),
    compact: async (topic) => log.compact(topic),
  };
});
