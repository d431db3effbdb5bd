import { DEAD_LETTER_ACTIONS_TOPIC, IMAGE_EVENTS_TOPIC } from '#core';
import { addedEvent, deletedEvent, eventually, MemoryVectorIndex, plainPicture, stateOf } from '#testkit';
import { send } from '../ingest/requests.js';
import { EmbedderServer } from './embedder-server.js';

describe('GET /v1/status', () => {
  let server: EmbedderServer;
  let index: MemoryVectorIndex;
  beforeEach(async () => {
    index = new MemoryVectorIndex();
    server = await new EmbedderServer(index).start();
  });
  afterEach(() => server.stop());

  const status = async () => (await send(`${server.url}/v1/status`)).body;

  test('names encoder, generation, images by state and stages', async () => {
    const { log, blobs } = server;
    await blobs.put(plainPicture('cat'), { maxBytes: 1000 });
    const events = [
      addedEvent('cat', stateOf(plainPicture('cat'))),
      addedEvent('lost', stateOf(plainPicture('never stored'))),
      deletedEvent('gone'),
    ];
    await log.append(IMAGE_EVENTS_TOPIC, events);
    await eventually(async () => {
      const { images, stages } = await status();
      expect(images).toEqual({ ready: 1, failed: 1, deleted: 1 });
      expect(stages).toMatchObject([
        { name: 'embed', topic: IMAGE_EVENTS_TOPIC, lag: 0, lagSeconds: 0, secondsLeft: 0 },
        { name: 'redrive', topic: DEAD_LETTER_ACTIONS_TOPIC, lag: 0, lagSeconds: 0, secondsLeft: 0 },
        { name: 'index', lag: 0, lagSeconds: 0, secondsLeft: 0 },
        { name: 'duplicates', lag: 0, lagSeconds: 0, secondsLeft: 0 },
      ]);
      const [embed] = stages;
      expect(embed.partitions).toEqual([{ partition: 0, end: 3, committed: 3, lag: 0, lagSeconds: 0 }]);
    });
    expect(await status()).toMatchObject({ encoder: { trained: false }, generation: (await index.live())?.name });
  });

  test('says how old the event is that a stage waits with', async () => {
    jest.spyOn(index, 'apply').mockRejectedValue(new Error('away'));
    await server.log.append(IMAGE_EVENTS_TOPIC, [deletedEvent('a')]);
    await eventually(async () => {
      const { stages } = await status();
      const [, , waiting] = stages;
      expect(waiting).toMatchObject({ name: 'index', lag: 1, partitions: [{ end: 1, committed: 0, lag: 1 }] });
      expect(waiting.lagSeconds).toBeGreaterThan(0);
      expect(waiting.partitions[0].lagSeconds).toBe(waiting.lagSeconds);
    });
    jest.restoreAllMocks();
  });
});
