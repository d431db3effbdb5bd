import { IMAGE_EVENTS_TOPIC, imageVectorsTopic, LookalikeError } from '#core';
import { deletedEvent, eventually, MemoryEventLog } from '#testkit';
import { WaitingImages } from './waiting-images.js';

describe('waiting images', () => {
  const searched = { generation: 'one', fingerprint: '0123456789abcdef' };
  const vectors = imageVectorsTopic(searched.fingerprint);
  let log: MemoryEventLog;

  beforeEach(async () => {
    log = new MemoryEventLog();
    await log.ensureTopic(IMAGE_EVENTS_TOPIC, { partitions: 2, retention: 'forever' });
    await log.ensureTopic(vectors, { partitions: 2, retention: 'compact' });
  });

  test('are what the embed stage and the index stage have before them', async () => {
    await log.append(IMAGE_EVENTS_TOPIC, [deletedEvent('a'), deletedEvent('b')]);
    await log.append(vectors, [deletedEvent('c')]);
    const waiting = new WaitingImages(log);
    expect(waiting.before(searched)).toBeNull();
    await eventually(async () => expect(waiting.before(searched)).toBe(3));
    expect(waiting.before({ ...searched, generation: 'other' })).toBeNull();
  });

  test('are not known while the log is away', async () => {
    jest.spyOn(log, 'watermarks').mockRejectedValue(new LookalikeError('log-unavailable', 'It is away.'));
    const waiting = new WaitingImages(log);
    waiting.before(searched);
    await new Promise((resolve) => setImmediate(resolve));
    expect(waiting.before(searched)).toBeNull();
  });
});
