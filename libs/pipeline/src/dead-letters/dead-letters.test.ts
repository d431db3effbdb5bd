import { DEAD_LETTER_ACTIONS_TOPIC, DEAD_LETTERS_TOPIC, type ErrorCode, encodeDeadLetter, type LogRecord } from '#core';
import { DeadLetters, type LetterQuery, LetterStates } from '#pipeline';
import { MemoryEventLog } from '#testkit';

const START_MS = 1_800_000_000_000;
const PARTITIONS = 3;

describe('dead letters', () => {
  let log: MemoryEventLog;
  let nowMs: number;
  beforeEach(async () => {
    log = new MemoryEventLog();
    nowMs = START_MS;
    jest.spyOn(Date, 'now').mockImplementation(() => nowMs);
    await log.ensureTopic(DEAD_LETTERS_TOPIC, { partitions: PARTITIONS, retention: 'forever' });
    await log.ensureTopic(DEAD_LETTER_ACTIONS_TOPIC, { partitions: PARTITIONS, retention: 'forever' });
  });
  afterEach(() => jest.restoreAllMocks());

  const lettersOf = (maxRead?: number) => new DeadLetters(log, new LetterStates(log), maxRead);

  /** Sets aside the events of `image-0` and so on, a second apart, for two reasons in turn. */
  async function setAside(count: number): Promise<void> {
    for (let at = 0; at < count; at++) {
      const code: ErrorCode = at % 2 === 0 ? 'picture-damaged' : 'blob-missing';
      const original: LogRecord = {
        topic: 'image-events',
        partition: 0,
        offset: at,
        timestampMs: nowMs - 10,
        key: `image-${at}`,
        value: Buffer.from('{}'),
        headers: { ce_id: `event-${at}` },
      };
      await log.append(DEAD_LETTERS_TOPIC, [encodeDeadLetter({ reason: { code, message: code }, original })]);
      nowMs += 1000;
    }
  }

  async function keys(letters: DeadLetters, query: Partial<LetterQuery> = {}): Promise<(string | null | undefined)[]> {
    const found: (string | null | undefined)[] = [];
    let page = await letters.list({ limit: 4, ...query });
    found.push(...page.letters.map((it) => it.original?.key));
    while (page.next !== null) {
      page = await letters.list({ limit: 4, ...query, cursor: page.next });
      found.push(...page.letters.map((it) => it.original?.key));
    }
    return found;
  }

  const names = (...numbers: number[]) => numbers.map((it) => `image-${it}`);

  test('are listed newest first, page by page, with their position and reason', async () => {
    await setAside(11);
    const letters = lettersOf();
    expect(await keys(letters)).toEqual(names(10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
    const { letters: found } = await letters.list({ limit: 1 });
    expect(found).toEqual([
      {
        id: { partition: expect.any(Number), offset: expect.any(Number) },
        state: 'open',
        atMs: START_MS + 10_000,
        reason: { code: 'picture-damaged', message: 'picture-damaged' },
        original: {
          topic: 'image-events',
          partition: 0,
          offset: 10,
          key: 'image-10',
          timestampMs: START_MS + 9_990,
          sizeBytes: 2,
        },
      },
    ]);
  });

  test.each<[Partial<LetterQuery>, number[]]>([
    [{ reason: 'blob-missing' }, [9, 7, 5, 3, 1]],
    [{ imageId: 'image-4' }, [4]],
    [{ imageId: 'image-4', reason: 'blob-missing' }, []],
    [{ sinceMs: START_MS + 7_000 }, [10, 9, 8, 7]],
    [{ untilMs: START_MS + 2_000 }, [1, 0]],
    [{ sinceMs: START_MS + 3_000, untilMs: START_MS + 5_000 }, [4, 3]],
    [{ state: 'discarded' }, []],
  ])('can be asked for by %j', async (query, expected) => {
    await setAside(11);
    for (const maxRead of [1, 6, 1000]) expect(await keys(lettersOf(maxRead), query)).toEqual(names(...expected));
  });

  test('cost a bounded number of records, however few of them match', async () => {
    await setAside(40);
    const letters = lettersOf(9);
    let read = 0;
    const original = log.read.bind(log);
    jest.spyOn(log, 'read').mockImplementation(async function* (options) {
      for await (const record of original(options)) {
        read += 1;
        yield record;
      }
    });
    const { letters: found, next } = await letters.list({ limit: 50, state: 'discarded' });
    expect(found).toEqual([]);
    expect(next).not.toBeNull();
    expect(read).toBeLessThanOrEqual(9);
  });

  test('one is shown whole, with what was done last', async () => {
    await setAside(1);
    const letters = lettersOf();
    const [{ id } = { id: { partition: 0, offset: 0 } }] = (await letters.list({ limit: 1 })).letters;
    expect(await letters.get(id)).toMatchObject({
      state: 'open',
      original: { key: 'image-0', value: Buffer.from('{}'), headers: { ce_id: 'event-0' } },
      lastAction: null,
    });
    expect(await letters.act(id, 'discard', 'operator')).toBe('discarded');
    expect(await letters.get(id)).toMatchObject({
      state: 'discarded',
      lastAction: { action: 'discard', by: 'operator', atMs: START_MS + 1000 },
    });
  });

  test.each([
    { partition: 0, offset: 99 },
    { partition: 99, offset: 0 },
  ])('there is none at %j', async (id) => {
    await setAside(3);
    for (const call of [lettersOf().get(id), lettersOf().act(id, 'redrive', null)]) {
      await expect(call).rejects.toMatchObject({ code: 'dead-letter-unknown' });
    }
    expect((await log.watermarks(DEAD_LETTER_ACTIONS_TOPIC)).map((it) => it.high)).toEqual([0, 0, 0]);
  });

  test('open ones with a reason are acted on page by page, each once, and counted', async () => {
    await setAside(11);
    const letters = lettersOf(6);
    const query = { reason: 'blob-missing', limit: 2 };
    let [acted, pages] = [0, 0];
    let page = await letters.actOnPage(query, 'redrive', null);
    acted += page.count;
    while (page.next !== null && pages++ < 100) {
      page = await letters.actOnPage({ ...query, cursor: page.next }, 'redrive', null);
      acted += page.count;
    }
    expect(acted).toBe(5);
    expect(await letters.counts()).toEqual({
      open: 6,
      redriving: 5,
      redriven: 0,
      superseded: 0,
      discarded: 0,
      erased: 0,
    });
    expect((await letters.actOnPage({ ...query, limit: 100 }, 'redrive', null)).count).toBe(0);
  });

  test('a record that is no letter is shown as such and can be discarded', async () => {
    await log.append(DEAD_LETTERS_TOPIC, [{ key: 'x', value: Buffer.from('{'), headers: {} }]);
    const letters = lettersOf();
    const [letter] = (await letters.list({ limit: 5 })).letters;
    expect(letter).toMatchObject({ reason: { code: 'invalid-record' }, original: null });
    if (letter === undefined) throw new Error('not listed');
    expect(await letters.act(letter.id, 'discard', null)).toBe('discarded');
  });
});
