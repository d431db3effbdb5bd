import { pino } from 'pino';
import { DEAD_LETTERS_TOPIC, IMAGE_EVENTS_TOPIC, LookalikeError } from '#core';
import { addedEvent, deletedEvent, eventually, MemoryVectorIndex, plainPicture, recordsOf, stateOf } from '#testkit';
import { EmbedderServer } from './embedder-server.js';

const LOST = stateOf(plainPicture('never stored'), { album: 'private' });

describe('the log of an embedder', () => {
  // biome-ignore lint/suspicious/noExplicitAny: lines have many forms
  const lines: any[] = [];
  const logger = pino({ level: 'info' }, { write: (line) => lines.push(JSON.parse(line)) });
  let index: MemoryVectorIndex;
  let server: EmbedderServer;
  beforeEach(async () => {
    lines.length = 0;
    index = new MemoryVectorIndex();
    server = await new EmbedderServer(index, {}, logger).start();
  });
  afterEach(() => server.stop());

  const said = (msg: string) => lines.filter((it) => it.msg === msg);
  const letters = async () => (await recordsOf(server.log, DEAD_LETTERS_TOPIC)).length;

  test('tells of a fault once, with everything that is known of it, and of its end', async () => {
    const cause = new Error('ECONNREFUSED');
    const away = new LookalikeError('index-unavailable', 'The index is away.', { cause, facts: { url: 'http://q' } });
    const apply = jest.spyOn(index, 'apply').mockRejectedValue(away);
    await server.log.append(IMAGE_EVENTS_TOPIC, [deletedEvent('a'), deletedEvent('b')]);
    await eventually(() => expect(apply.mock.calls.length).toBeGreaterThan(2));
    apply.mockRestore();
    await eventually(() => expect(said('The stage goes on.')).toHaveLength(1));
    const topic = expect.stringMatching(/^image-vectors\./);
    expect(said('The stage waits.')).toEqual([
      expect.objectContaining({
        level: 50,
        stage: 'index',
        topic,
        during: 'effect',
        code: 'index-unavailable',
        records: expect.any(Number),
        positions: [{ partition: 0, offset: 0 }],
        imageIds: expect.arrayContaining(['a']),
        err: expect.objectContaining({ facts: { url: 'http://q' }, stack: expect.stringContaining('ECONNREFUSED') }),
      }),
    ]);
    expect(said('The stage goes on.')).toEqual([
      expect.objectContaining({ level: 30, stage: 'index', topic, waitedMs: expect.any(Number) }),
    ]);
  });

  test('tells of each event that is set aside, once, by position, image and reason', async () => {
    // The letters are written, nobody hears of it, and the batch is repeated.
    const { append } = server.log;
    let failures = 0;
    jest.spyOn(server.log, 'append').mockImplementation(async (topic, records) => {
      const positions = await append.call(server.log, topic, records);
      if (topic === DEAD_LETTERS_TOPIC && failures++ === 0) throw new Error('away');
      return positions;
    });
    const garbage = { key: '\u0000'.repeat(500), value: Buffer.from('{'), headers: {} };
    await append.call(server.log, IMAGE_EVENTS_TOPIC, [garbage, addedEvent('lost', LOST), deletedEvent('gone')]);
    await eventually(async () => expect((await index.count()).deleted).toBe(1));
    expect([await letters(), failures]).toEqual([2, 1]);
    const head = { level: 40, stage: 'embed', topic: IMAGE_EVENTS_TOPIC, partition: 0 };
    const message = expect.any(String);
    expect(said('An event was set aside.')).toEqual([
      expect.objectContaining({ ...head, offset: 0, reason: { code: 'invalid-event', message } }),
      expect.objectContaining({ ...head, offset: 1, imageId: 'lost', reason: { code: 'blob-missing', message } }),
    ]);
    expect(said('An event was set aside.')[0]).not.toHaveProperty('imageId');
    expect(JSON.stringify(lines)).not.toContain('private');
  });
});
