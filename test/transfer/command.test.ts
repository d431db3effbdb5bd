import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { IMAGE_EVENTS_TOPIC } from '#core';
import { DEFAULT_KAFKA_SETTINGS, openKafkaLog } from '#log-kafka';
import {
  addedEvent,
  describeWithOwnKafka,
  eventually,
  MemoryLogStorage,
  PROJECT_ROOT,
  plainPicture,
  stateOf,
} from '#testkit';
import { type Collection, exported, FINGERPRINT, memoryCollection } from './transfer-world.js';

jest.setTimeout(180_000);

const COMMAND = join(PROJECT_ROOT, 'dist/apps/cli/src/main.js');
/** More than what is appended together, so that some of it is there when the broker goes away. */
const IMAGES = 3_000;

describeWithOwnKafka('the command on a log in Kafka', (kafka) => {
  const folder = mkdtempSync(join(tmpdir(), 'lookalike-command-'));
  const file = join(folder, 'export.ndjson.gz');
  let from: Collection;
  let packed: Buffer;
  beforeAll(async () => {
    from = await memoryCollection(3, new MemoryLogStorage());
    const picture = plainPicture('cat');
    await from.upload(picture);
    await from.publish(...Array.from({ length: IMAGES }, (_, i) => addedEvent(`image-${i}`, stateOf(picture))));
    await from.settle();
    packed = gzipSync(await exported(from.log));
    writeFileSync(file, packed);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('an import whose broker goes away ends with the reason, and goes on when it is back', async () => {
    const importing = start({}, 'log', 'import', '-', '--json');
    importing.stdin.write(packed.subarray(0, packed.length / 2));
    const log = openKafkaLog({ ...DEFAULT_KAFKA_SETTINGS, brokers: kafka().brokers });
    await eventually(async () => {
      const marks = await log.watermarks(IMAGE_EVENTS_TOPIC);
      expect(marks.some(({ high }) => high > 0)).toBe(true);
    }, 60_000);
    await log.close();
    kafka().pause();
    importing.stdin.end(packed.subarray(packed.length / 2));
    const { code, stderr } = await ended(importing);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('log-unavailable') });
    expect(stderr).toContain('Run the same import again');
    kafka().resume();

    const again = await ended(start({}, 'log', 'import', file, '--json'));
    expect(again).toMatchObject({ code: 0 });
    expect(JSON.parse(again.stdout)).toMatchObject({
      resumed: true,
      counts: { events: { imported: IMAGES }, vectors: { imported: IMAGES, leftOut: 0 } },
    });
  });

  test('an export gives back what was imported', async () => {
    const out = join(folder, 'again.ndjson.gz');
    const { code, stdout } = await ended(start({}, 'log', 'export', out, '--json', '--encoder', FINGERPRINT));
    expect(code).toBe(0);
    expect(JSON.parse(stdout).records).toMatchObject({ [IMAGE_EVENTS_TOPIC]: IMAGES });
    const piped = start({}, 'log', 'export', '-', '--encoder', FINGERPRINT);
    const chunks: Buffer[] = [];
    for await (const chunk of piped.stdout) chunks.push(chunk);
    const lines = gunzipSync(Buffer.concat(chunks)).toString().trimEnd().split('\n');
    expect(lines).toHaveLength(2 * IMAGES + 2);
  });

  test('a broker that is not there is told', async () => {
    const child = start({ LOOKALIKE_KAFKA_BROKERS: '127.0.0.1:9' }, 'log', 'export', join(folder, 'x'), '--json');
    expect(await ended(child)).toMatchObject({ code: 1, stderr: expect.stringContaining('log-unavailable') });
  });

  function start(more: Readonly<Record<string, string>>, ...args: string[]) {
    const env = {
      PATH: process.env.PATH ?? '',
      LOOKALIKE_KAFKA_BROKERS: kafka().brokers.join(),
      LOOKALIKE_KAFKA_APPEND_TIMEOUT_SECONDS: '2',
      LOOKALIKE_KAFKA_REQUEST_TIMEOUT_SECONDS: '2',
      LOOKALIKE_PARTITIONS: '5',
      ...more,
    };
    return spawn(process.execPath, [COMMAND, ...args], { env, stdio: 'pipe' });
  }

  async function ended(child: ReturnType<typeof start>) {
    const code = new Promise<number | null>((resolve) => child.once('close', resolve));
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { code: await code, stdout, stderr };
  }
});
