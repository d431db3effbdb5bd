import { DEAD_LETTERS_TOPIC, type EventLog, IMAGE_EVENTS_TOPIC, LOG_IMPORTS_TOPIC, LookalikeError } from '#core';
import { ExportReader, exportLog, planExport, requireImportFinished } from '#pipeline';
import { addedEvent, MemoryEventLog, MemoryLogStorage, plainPicture, recordsOf, stateOf, updatedEvent } from '#testkit';
import { Collection, exported, imported, inPieces, memoryCollection, VECTORS } from './transfer-world.js';

const [CAT, DOG] = ['cat', 'dog'].map(plainPicture) as [Buffer, Buffer];
/** Never uploaded. */
const ELK = plainPicture('elk');
const TOPICS = [IMAGE_EVENTS_TOPIC, VECTORS, DEAD_LETTERS_TOPIC];

async function someCollection(): Promise<Collection> {
  const it = await memoryCollection(3, new MemoryLogStorage());
  await it.upload(CAT, DOG);
  const ids = Array.from({ length: 40 }, (_, i) => `image-${i}`);
  await it.publish(...ids.map((id, i) => addedEvent(id, stateOf([CAT, DOG, ELK][i % 3] ?? CAT, { at: i }))));
  await it.settle();
  return it;
}

/** What is in a log, but for times. */
async function contents(log: EventLog) {
  const records = await Promise.all(TOPICS.map((topic) => recordsOf(log, topic)));
  return records.flat().map(({ timestampMs: _, value, ...it }) => ({ ...it, value: String(value) }));
}

/** Fails at its nth append. */
function dyingAt(log: EventLog, n: number): EventLog {
  let appends = 0;
  return new Proxy(log, {
    get(target, name) {
      if (name !== 'append') return Reflect.get(target, name).bind(target);
      return async (...args: Parameters<EventLog['append']>) => {
        appends += 1;
        if (appends >= n) throw new LookalikeError('log-unavailable', 'The log is away.');
        return target.append(...args);
      };
    },
  });
}

describe('an import that died', () => {
  let from: Collection;
  let lines: Buffer;
  let whole: Awaited<ReturnType<typeof contents>>;
  beforeAll(async () => {
    from = await someCollection();
    lines = await exported(from.log);
    const log = new MemoryEventLog(new MemoryLogStorage());
    await imported(lines, log, 2);
    whole = await contents(log);
  });

  test.each([2, 3, 4, 5, 6])('at its append %d is gone on with by the same file', async (n) => {
    const log = new MemoryEventLog(new MemoryLogStorage());
    await expect(imported(lines, dyingAt(log, n), 2)).rejects.toMatchObject({ code: 'log-unavailable' });
    await expect(requireImportFinished(log)).rejects.toMatchObject({
      code: 'log-mismatch',
      message: expect.stringContaining('lookalike log import'),
    });
    const result = await imported(lines, log, 2);
    expect(result.resumed).toBe(true);
    expect(await contents(log)).toEqual(whole);
    await requireImportFinished(log);
    const to = await Collection.of(log, 2, from.blobs);
    await to.settle();
    expect(to.embedded).toBe(0);
    expect(await to.shown()).toEqual(await from.shown());
  });

  test.each([0.1, 0.5, 0.9, 0.999])(
    'because its file was cut off at %d says so, and goes on with the whole one',
    async (share) => {
      const log = new MemoryEventLog(new MemoryLogStorage());
      const cut = lines.subarray(0, Math.floor(share * lines.length));
      await expect(imported(cut, log, 2)).rejects.toMatchObject({
        code: 'export-file-invalid',
        facts: { reason: 'cut-off' },
      });
      await expect(requireImportFinished(log)).rejects.toMatchObject({ code: 'log-mismatch' });
      await imported(lines, log, 2);
      expect(await contents(log)).toEqual(whole);
    },
  );

  test('refuses another file, another number of partitions, and an export', async () => {
    const log = new MemoryEventLog(new MemoryLogStorage());
    await expect(imported(lines, dyingAt(log, 4), 2)).rejects.toMatchObject({ code: 'log-unavailable' });
    await expect(imported(await exported(from.log), log, 2)).rejects.toMatchObject({ code: 'log-mismatch' });
    await expect(imported(lines, log, 3)).rejects.toMatchObject({ code: 'invalid-setting' });
    await expect(exported(log)).rejects.toMatchObject({ code: 'log-mismatch' });
  });

  test('tells what somebody else wrote in between', async () => {
    const log = new MemoryEventLog(new MemoryLogStorage());
    await expect(imported(lines, dyingAt(log, 3), 2)).rejects.toMatchObject({ code: 'log-unavailable' });
    await log.append(IMAGE_EVENTS_TOPIC, [addedEvent('image-0', stateOf(DOG))]);
    await expect(imported(lines, log, 2)).rejects.toMatchObject({
      code: 'log-mismatch',
      facts: { topic: IMAGE_EVENTS_TOPIC },
    });
  });

  test('a log with records takes no import', async () => {
    const to = await memoryCollection(2, new MemoryLogStorage());
    await to.publish(addedEvent('a', stateOf(CAT)));
    await expect(imported(lines, to.log, 2)).rejects.toMatchObject({ code: 'log-mismatch' });
    await expect(recordsOf(to.log, LOG_IMPORTS_TOPIC)).rejects.toMatchObject({ code: 'topic-unknown' });
  });

  test('a log that took one takes no other', async () => {
    const log = new MemoryEventLog(new MemoryLogStorage());
    await imported(lines, log, 2);
    await expect(imported(lines, log, 2)).rejects.toMatchObject({ code: 'log-mismatch' });
  });
});

test('somebody else who writes during an import is told', async () => {
  const from = await someCollection();
  const log = new MemoryEventLog(new MemoryLogStorage());
  const lines = await exported(from.log);
  async function* meanwhile() {
    yield* inPieces(lines.subarray(0, lines.length / 2));
    await log.append(IMAGE_EVENTS_TOPIC, [addedEvent('image-0', stateOf(DOG))]);
    yield* inPieces(lines.subarray(lines.length / 2));
  }
  await expect(imported(meanwhile(), log, 2)).rejects.toMatchObject({ code: 'log-mismatch' });
});

test('a record that is too large for the other log stops the import, and is named', async () => {
  const from = await someCollection();
  const log = new MemoryEventLog(new MemoryLogStorage(), 1000);
  await expect(imported(await exported(from.log), log, 2)).rejects.toMatchObject({
    code: 'record-too-large',
    facts: { topic: VECTORS, key: expect.stringContaining('image-') },
  });
});

test('an image that changes during the export, and whose vector is compacted away, is embedded from its later event', async () => {
  const storage = new MemoryLogStorage();
  const from = await memoryCollection(2, storage);
  await from.upload(CAT, DOG);
  await from.publish(addedEvent('a', stateOf(CAT)), addedEvent('b', stateOf(CAT)));
  await from.settle();
  const header = await planExport(from.log, { encoders: null });
  const lines: Uint8Array[] = [];
  await from.publish(updatedEvent('a', stateOf(DOG)));
  await from.settle();
  (from.log as MemoryEventLog).compact(VECTORS);
  for await (const chunk of exportLog(from.log, header)) lines.push(chunk);
  const log = new MemoryEventLog(new MemoryLogStorage());
  const { counts } = await imported(Buffer.concat(lines), log, 3);
  // Those of later events are not in the file.
  expect(counts.vectors).toEqual({ imported: 1, leftOut: 0 });
  const to = await Collection.of(log, 3, from.blobs);
  await to.settle();
  expect(to.embedded).toBe(1);
  expect(await to.shown()).toEqual(await from.shown());
});

test('a log of which all images change during the export is embedded again', async () => {
  const from = await memoryCollection(1, new MemoryLogStorage());
  await from.upload(CAT, DOG);
  await from.publish(addedEvent('a', stateOf(CAT)));
  await from.settle();
  const header = await planExport(from.log, { encoders: null });
  await from.publish(updatedEvent('a', stateOf(DOG)));
  await from.settle();
  (from.log as MemoryEventLog).compact(VECTORS);
  const lines: Uint8Array[] = [];
  for await (const chunk of exportLog(from.log, header)) lines.push(chunk);
  const log = new MemoryEventLog(new MemoryLogStorage());
  await imported(Buffer.concat(lines), log, 1);
  const to = await Collection.of(log, 1, from.blobs);
  await to.settle();
  expect(await to.shown()).toEqual(await from.shown());
});

describe('a file that is wrong', () => {
  let lines: string;
  beforeAll(async () => {
    lines = (await exported((await someCollection()).log)).toString();
  });
  const reading = async (text: string) => {
    const reader = await ExportReader.open(inPieces(Buffer.from(text)));
    for await (const _ of reader.records());
  };

  test('is none when nothing is', () => expect(reading(lines)).resolves.toBeUndefined());

  test.each<[string, string, (text: string) => string]>([
    ['a byte of a value', 'changed', (it) => it.replace(/("value":"....)./, (_, before) => `${before}_`)],
    ['a line that is missing', 'changed', (it) => it.split('\n').toSpliced(5, 1).join('\n')],
    ['lines that are swapped', 'order', (it) => swapped(it.split('\n')).join('\n')],
    ['something behind its end', 'changed', (it) => `${it}{}\n`],
    ['no end', 'cut-off', (it) => it.split('\n').slice(0, -2).join('\n').concat('\n')],
    ['half a line at its end', 'cut-off', (it) => it.slice(0, -20)],
    ['another version', 'version', (it) => it.replace('"version":1', '"version":2')],
    ['another format', 'not-an-export', (it) => it.replace('lookalike-log', 'another')],
    ['no JSON', 'line', (it) => it.replace('"partition"', 'partition')],
    ['no lines', 'not-an-export', () => 'GIF89a'.concat('\n')],
    ['nothing at all', 'not-an-export', () => ''],
  ])('%s', async (_, reason, change) => {
    expect(change(lines)).not.toBe(lines);
    await expect(reading(change(lines))).rejects.toMatchObject({ code: 'export-file-invalid', facts: { reason } });
  });

  /** Two records of one partition. */
  function swapped(all: readonly string[]): readonly string[] {
    return [...all.slice(0, 1), all[2] ?? '', all[1] ?? '', ...all.slice(3)];
  }
});
