import { FOREVER, type LogUnderTest } from './log-under-test.js';
import { record } from './records.js';

export function topicCases(log: () => LogUnderTest): void {
  test('asking twice for the same topic is fine, also at the same time', async () => {
    await Promise.all([log().ensureTopic(), log().ensureTopic()]);
    await log().ensureTopic();
    expect(await log().watermarks()).toHaveLength(4);
  });

  test.each([{ partitions: 5 }, { retention: 'compact' as const }])(
    'a topic that is not as asked is a mismatch: %j',
    async (wanted) => {
      await log().ensureTopic();
      const mismatch = { code: 'topic-mismatch', facts: { found: FOREVER, wanted: { ...FOREVER, ...wanted } } };
      await expect(log().ensureTopic(wanted)).rejects.toMatchObject(mismatch);
      await expect(log().checkTopic(wanted)).rejects.toMatchObject(mismatch);
      await log().checkTopic();
    },
  );

  test('an unknown topic is refused by every call', async () => {
    const refused = { code: 'topic-unknown' };
    await expect(log().checkTopic()).rejects.toMatchObject(refused);
    await expect(log().append([record('a')])).rejects.toMatchObject(refused);
    await expect(log().subscribe()).rejects.toMatchObject(refused);
    await expect(log().readPartition(0)).rejects.toMatchObject(refused);
    await expect(log().watermarks()).rejects.toMatchObject(refused);
    await expect(log().topicId()).rejects.toMatchObject(refused);
  });
}
