import { IMAGE_EVENTS_TOPIC } from '#core';
import { addedEvent, eventually, MemoryVectorIndex, plainPicture, sha256Of, stateOf } from '#testkit';
import { json, send } from '../ingest/requests.js';
import { EmbedderServer } from './embedder-server.js';

const [CAT, DOG] = ['cat', 'dog'].map(plainPicture) as [Buffer, Buffer];

describe('POST /v1/blobs/collect', () => {
  let server: EmbedderServer;
  beforeEach(async () => {
    server = await new EmbedderServer(new MemoryVectorIndex()).start();
    for (const it of [CAT, DOG]) await server.blobs.put(it, { maxBytes: 1000 });
    await server.log.append(IMAGE_EVENTS_TOPIC, [addedEvent('cat', stateOf(CAT))]);
    await eventually(async () => {
      expect((await send(`${server.url}/v1/status`)).body.images).toEqual({ ready: 1, failed: 0, deleted: 0 });
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
    return server.stop();
  });

  const collected = async (body: object = {}) => {
    const response = await fetch(`${server.url}/v1/blobs/collect`, json('POST', body));
    const lines = (await response.text()).trimEnd().split('\n');
    return { status: response.status, ...JSON.parse(lines.at(-1) ?? '') };
  };
  /** Of the store, which has no other. */
  const passDays = (days: number) => {
    const now = Date.now();
    jest.spyOn(Date, 'now').mockReturnValue(now + days * 86_400_000);
  };

  test('deletes what nothing refers to after twice the delay, and keeps pictures and thumbnails', async () => {
    expect(await collected()).toMatchObject({
      status: 200,
      type: 'collected',
      report: { isDryRun: false, kept: { blobs: 2 }, waiting: { blobs: 1, bytes: DOG.length } },
    });
    passDays(2);
    expect((await collected({ dryRun: true })).report).toMatchObject({ isDryRun: true, withdrawn: { blobs: 1 } });
    expect((await collected()).report).toMatchObject({ kept: { blobs: 2 }, withdrawn: { blobs: 1 } });
    expect(await server.blobs.stat(sha256Of(DOG))).not.toBeNull();
    passDays(2);
    expect((await collected()).report).toMatchObject({ kept: { blobs: 2 }, deleted: { blobs: 1 } });
    expect(await server.blobs.stat(sha256Of(DOG))).toBeNull();
    expect(await (await fetch(`${server.url}/metrics`)).text()).toContain(
      'lookalike_collected_blobs_total{outcome="deleted"} 1',
    );
  });

  test('refuses what it does not know', async () => {
    expect(await collected({ dryrun: true })).toMatchObject({ status: 400, code: 'invalid-request' });
  });
});
