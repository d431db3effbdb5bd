import { IMAGE_EVENTS_TOPIC, type ImageState } from '#core';
import {
  addedEvent,
  describeWithS3,
  eventually,
  HttpRelay,
  MemoryVectorIndex,
  plainPicture,
  type RelayedRequest,
  recordsOf,
  sha256Of,
  stateOf,
} from '#testkit';
import { send } from '../ingest/requests.js';
import { EmbedderServer } from './embedder-server.js';

const PREFIX = 'uploads-of-a-platform';
const BOAT = plainPicture('boat');
/** Of other bytes, so that they do not come from the cache. */
const CAT = plainPicture('cat');
const AWAY = { status: 503, body: '<Error><Code>SlowDown</Code></Error>' };

describeWithS3('events that name pictures by links to objects', (s3) => {
  let relay: HttpRelay;
  let server: EmbedderServer;
  beforeAll(async () => {
    relay = await HttpRelay.start(s3().where.endpoint);
    server = await new EmbedderServer(new MemoryVectorIndex(), {
      ...s3().settings(relay.url),
      LOOKALIKE_S3_SOURCE_BUCKETS: s3().where.bucket,
      LOOKALIKE_LINK_TRIES: '3',
    }).start();
    await s3().put(`${PREFIX}/boat.png`, BOAT);
    await s3().put(`${PREFIX}/cat.png`, CAT);
  });
  afterAll(async () => {
    await server?.stop();
    await relay?.stop();
    await s3().drop(PREFIX);
  });
  beforeEach(() => {
    relay.requests.length = 0;
    relay.fault = () => 'pass';
  });

  const at = (name: string, picture: Buffer = BOAT, bucket = s3().where.bucket): ImageState => ({
    ...stateOf(picture),
    uri: `s3://${bucket}/${PREFIX}/${name}`,
  });
  const states = async () => (await send(`${server.url}/v1/status`)).body.images;
  const publish = (events: Readonly<Record<string, ImageState>>) =>
    server.log.append(
      IMAGE_EVENTS_TOPIC,
      Object.entries(events).map(([imageId, state]) => addedEvent(imageId, state)),
    );
  const reasons = async () => {
    const { letters } = (await send(`${server.url}/v1/dead-letters`)).body;
    const entries = letters.map((it: { original: { key: string }; reason: { code: string } }) => [
      it.original.key,
      it.reason.code,
    ]);
    return Object.fromEntries(entries);
  };

  test('are embedded, or fail with the reason, and nobody is asked for what is not allowed', async () => {
    await publish({
      boat: at('boat.png'),
      gone: { ...at('nothing.png'), sha256: '1'.repeat(64) },
      wrong: { ...at('boat.png'), sha256: sha256Of(CAT), sizeBytes: BOAT.length },
      other: { ...at('boat.png', BOAT, 'secrets'), sha256: '2'.repeat(64) },
      steps: { ...at('../boat.png'), sha256: '3'.repeat(64) },
    });
    await eventually(async () => expect(await states()).toMatchObject({ ready: 1, failed: 4 }));
    expect(await reasons()).toEqual({
      gone: 'link-gone',
      wrong: 'link-hash-mismatch',
      other: 'link-refused',
      steps: 'link-refused',
    });
    const asked = relay.requests.map(({ path }: RelayedRequest) => path.split('?')[0]).sort();
    const path = `/${s3().where.bucket}/${PREFIX}`;
    expect(asked).toEqual([`${path}/boat.png`, `${path}/boat.png`, `${path}/nothing.png`]);
  });

  test('are tried again while S3 fails, and given up after so many tries', async () => {
    relay.fault = () => (relay.requests.length < 3 ? AWAY : 'pass');
    await publish({ flaky: at('cat.png', CAT) });
    await eventually(async () => expect(await states()).toMatchObject({ ready: 2 }));
    expect(relay.requests).toHaveLength(3);
    relay.requests.length = 0;
    relay.fault = () => AWAY;
    await publish({ down: { ...at('down.png'), sha256: '4'.repeat(64) } });
    await eventually(async () => expect(await reasons()).toMatchObject({ down: 'link-given-up' }));
    expect(relay.requests).toHaveLength(3);
  });

  test('wait for as long as S3 refuses us and not the object', async () => {
    relay.fault = () => ({ status: 403, body: '<Error><Code>InvalidAccessKeyId</Code></Error>' });
    const before = (await recordsOf(server.log, 'dead-letters')).length;
    const kite = plainPicture('kite');
    await s3().put(`${PREFIX}/kite.png`, kite);
    await publish({ kite: at('kite.png', kite) });
    await eventually(() => expect(relay.requests.length).toBeGreaterThan(1));
    expect(await recordsOf(server.log, 'dead-letters')).toHaveLength(before);
    relay.fault = () => 'pass';
    await eventually(async () => expect(await states()).toMatchObject({ ready: 3 }));
  });
});
