import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { decodeLoggedEvent, type EventLog, IMAGE_EVENTS_TOPIC, type ImageEvent, partitionOf } from '#core';
import { DEFAULT_KAFKA_SETTINGS, openKafkaLog } from '#log-kafka';
import { describeWith, describeWithOwnKafka, kafkaJars, PROJECT_ROOT, sha256Of } from '#testkit';
import { allOf, makeTopic } from './patient-log.js';

jest.setTimeout(120_000);

const run = promisify(execFile);
const PARTITIONS = 8;
const URI = 'https://pictures.example.com/boats.jpg';
const PICTURE = Buffer.from('any bytes');
/** Where murmur2 and other hashes differ, a client that takes another is found out. */
const IDS = ['holiday/boats.jpg', 'žluťoučký kůň 🐎', 'a "quoted" id', 'x'];

type Publish = (...args: readonly string[]) => Promise<{ stdout: string }>;

describeWithOwnKafka('the examples publish events that are read back', (kafka) => {
  let log: EventLog;
  let folder: string;
  let picture: string;

  beforeAll(async () => {
    log = openKafkaLog({ ...DEFAULT_KAFKA_SETTINGS, brokers: kafka().brokers });
    await makeTopic(log, IMAGE_EVENTS_TOPIC, { partitions: PARTITIONS, retention: 'forever' });
    folder = await mkdtemp(join(tmpdir(), 'lookalike-examples-'));
    picture = join(folder, 'picture.jpg');
    await writeFile(picture, PICTURE);
  });
  afterAll(async () => {
    await log?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const publishWithNode: Publish = (...args) =>
    run(process.execPath, [join(PROJECT_ROOT, 'examples/publish-kafkajs/publish.js'), kafka().brokers.join(), ...args]);
  const publishWithJava: Publish = async (...args) => {
    const file = join(PROJECT_ROOT, 'examples/publish-java/Publish.java');
    // The container of a test may speak another charset than UTF-8 to Java.
    const env = { ...process.env, LC_ALL: 'C.UTF-8' };
    return run('java', ['-cp', `${await kafkaJars()}/*`, file, kafka().brokers.join(), ...args], { env });
  };

  async function eventsOf(imageId: string): Promise<{ event: ImageEvent; at: string }[]> {
    const records = (await allOf(log, IMAGE_EVENTS_TOPIC)).filter((it) => it.key === imageId);
    return records.map((it) => ({
      event: decodeLoggedEvent(it, PARTITIONS),
      at: `partition ${it.partition} offset ${it.offset}`,
    }));
  }

  async function expectLife(publish: Publish, imageId: string, source: string): Promise<void> {
    const before = (await eventsOf(imageId)).length;
    const told = [
      await publish('added', imageId, picture, URI, 'image/jpeg', '{"album": "holiday", "year": 2026}'),
      await publish('updated', imageId, picture, URI, 'image/jpeg'),
      await publish('deleted', imageId),
    ];
    const found = (await eventsOf(imageId)).slice(before);
    const sha256 = sha256Of(PICTURE);
    const state = { uri: URI, sha256, sizeBytes: PICTURE.length, mediaType: 'image/jpeg' };
    expect(found.map((it) => it.event)).toMatchObject([
      { kind: 'added', imageId, source, state: { ...state, attributes: { album: 'holiday', year: 2026 } } },
      { kind: 'updated', imageId, source, state: { ...state, attributes: {} } },
      { kind: 'deleted', imageId, source },
    ]);
    expect(new Set(found.map((it) => it.event.eventId)).size).toBe(3);
    expect(found.map((it) => it.at)).toEqual(told.map((it) => it.stdout.trim()));
  }

  test('with kafkajs', () => expectLife(publishWithNode, 'by-kafkajs', '/examples/publish-kafkajs'));

  test.each(IDS)('and lookalike itself puts %j where kafkajs does', async (imageId) => {
    const { stdout } = await publishWithNode('deleted', imageId);
    expect(stdout).toMatch(new RegExp(`^partition ${partitionOf(imageId, PARTITIONS)} `));
  });

  test('a wrong call says how to call it, and publishes nothing', async () => {
    await expect(publishWithNode('added', 'nothing')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('usage'),
    });
    expect(await eventsOf('nothing')).toEqual([]);
  });

  describeWith('a JDK', hasJdk())('with the Java client', () => {
    test('an image is added, updated and deleted', () =>
      expectLife(publishWithJava, 'by-java', '/examples/publish-java'));

    test.each(IDS)('the events of %j lie in one partition, whoever published them', async (imageId) => {
      await publishWithJava('deleted', imageId);
      await publishWithNode('deleted', imageId);
      const partitions = (await eventsOf(imageId)).map((it) => it.at.split(' ')[1]);
      expect(partitions.length).toBeGreaterThan(1);
      expect(new Set(partitions)).toEqual(new Set([String(partitionOf(imageId, PARTITIONS))]));
    });
  });
});

/** A runtime alone does not run Java from its source. */
function hasJdk(): boolean {
  try {
    return execFileSync('java', ['--list-modules'], { encoding: 'utf8' }).includes('jdk.compiler@');
  } catch {
    return false;
  }
}
