import { IMAGE_EVENTS_TOPIC } from '#core';
import { addedEvent, eventually, stateOf } from '#testkit';
import { json, send } from '../ingest/requests.js';
import { samplePicture } from '../query/sample-pictures.js';
import { describeWithCluster } from './cluster.js';

jest.setTimeout(180_000);

const LATE = Array.from({ length: 12 }, (_, at) => `late-${at}`);
const NONE = { open: 0, redriving: 0, redriven: 0, superseded: 0, discarded: 0, erased: 0 };

describeWithCluster('events whose picture comes late', 'with two embedders', (cluster) => {
  test('are found once they were sent again, whichever embedder is asked, and overtake nothing', async () => {
    const other = await cluster().another('embedder');
    const embedders = [cluster().process('embedder').url, other.url];
    const letters = (url: string) => send(`${url}/v1/status`).then(({ body }) => body.deadLetters);
    const picture = await samplePicture('nagasaki-boats');
    await cluster().withLog((log) =>
      log.append(
        IMAGE_EVENTS_TOPIC,
        LATE.map((it) => addedEvent(it, stateOf(picture))),
      ),
    );
    for (const url of embedders) {
      await eventually(async () => expect(await letters(url)).toEqual({ ...NONE, open: LATE.length }), 60_000);
    }
    // The bytes come with another image; one image of the twelve has gone on meanwhile.
    const { collection } = cluster();
    await collection.visible(await collection.add('uploaded', picture));
    const [gone = ''] = LATE;
    await collection.visible(await collection.delete(gone));
    const body = json('POST', { reason: 'blob-missing' });
    expect((await send(`${other.url}/v1/dead-letters/redrive`, body)).body).toEqual({
      count: LATE.length,
      next: null,
    });
    const done = { ...NONE, redriven: LATE.length - 1, superseded: 1 };
    for (const url of embedders) await eventually(async () => expect(await letters(url)).toEqual(done), 60_000);
    await eventually(async () => {
      expect((await collection.status()).images).toEqual({ ready: LATE.length, failed: 0, deleted: 1 });
    }, 60_000);
  });
});
