import { eventually, faultyLog, MemoryEventLog } from '#testkit';
import { PartitionOwner } from './partition-owner.js';

test('who does not own the partition tells when the log can be reached again', async () => {
  const log = new MemoryEventLog();
  await log.ensureTopic('topic', { partitions: 1, retention: 'forever' });
  await log.append('topic', [{ key: 'a', value: null, headers: {} }]);
  const faults: unknown[] = [];
  const faulty = faultyLog(log, { seed: 1, rules: { next: [{ fault: 'fail', on: 1 }] } });
  const onLost = async () => {};
  const owner = new PartitionOwner({
    log: faulty,
    topic: 'topic',
    group: 'g',
    onLost,
    onFault: (it) => faults.push(it),
  });
  await owner.start();
  await eventually(() => expect(faults).toEqual([expect.objectContaining({ code: 'log-unavailable' }), null]));
  await owner.stop();
  await log.close();
});
