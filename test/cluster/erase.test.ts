import { existsSync, readdirSync } from 'node:fs';
import { COPY_LINKS_TOPIC, IMAGE_EVENTS_TOPIC } from '#core';
import { recordsOf, sha256Of, truncated } from '#testkit';
import { idsOf } from '../e2e/collection.js';
import { json, send } from '../ingest/requests.js';
import { samplePicture } from '../query/sample-pictures.js';
import { describeWithCluster } from './cluster.js';

jest.setTimeout(180_000);

const WEEK_MS = 7 * 24 * 3_600_000;

describeWithCluster('an image that is erased', 'from a log that keeps all', (cluster) => {
  test('is gone from the index, the store and what is shown, and what the log still has is told', async () => {
    const { collection, workplace } = cluster();
    const picture = await samplePicture('nagasaki-boats');
    const broken = truncated(picture, 0.5);
    await collection.visible(await collection.add('other', await samplePicture('black-canyon')));
    expect(await collection.visible(await collection.add('rosa', broken, { note: 'a secret' }))).toMatchObject({
      state: 'failed',
    });
    await collection.visible(await collection.add('rosa', picture, { note: 'a secret' }));

    const { url } = cluster().process('embedder');
    const beforeMs = Date.now();
    const answer = await fetch(`${url}/v1/images/rosa/erase`, json('POST', { waitSeconds: 60 }));
    const { remains, ...erased } = JSON.parse((await answer.text()).trim().split('\n').at(-1) ?? '');
    expect(erased).toMatchObject({ type: 'erased', waitingFor: [], deadLetters: 1, blobsShared: 0 });
    // Where it was compared with others before.
    const others = remains.filter(({ topic }: { topic: string }) => topic !== COPY_LINKS_TOPIC);
    expect(others).toEqual([
      { topic: IMAGE_EVENTS_TOPIC, records: 2, goneAtMs: null },
      { topic: 'dead-letters', records: 1, goneAtMs: null },
      { topic: expect.stringMatching(/^image-vectors\./), records: null, goneAtMs: expect.any(Number) },
    ]);
    expect(others[2].goneAtMs).toBeGreaterThanOrEqual(beforeMs + WEEK_MS);

    expect((await collection.image('rosa')).body).toMatchObject({ state: 'deleted' });
    expect(idsOf(await collection.search(picture, 10))).toEqual(['other']);
    expect((await send(`${url}/v1/dead-letters`)).body).toEqual({ letters: [], next: null });
    const blobs = readdirSync(workplace.path('data/blobs'), { recursive: true, encoding: 'utf8' }).join('\n');
    for (const it of [picture, broken]) expect(blobs).not.toContain(sha256Of(it));
    expect(existsSync(workplace.path('data/blobs'))).toBe(true);
    const events = await cluster().withLog((log) => recordsOf(log, IMAGE_EVENTS_TOPIC));
    const { partition, offset } = erased.deletion;
    expect(events.filter(({ key }) => key === 'rosa').at(-1)).toMatchObject({ partition, offset });
  });
});
