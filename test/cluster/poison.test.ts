import { DEAD_LETTERS_TOPIC, decodeDeadLetter, IMAGE_EVENTS_TOPIC, type NewRecord } from '#core';
import { addedEvent, eventually, recordsOf, stateOf } from '#testkit';
import { samplePicture } from '../query/sample-pictures.js';
import { describeWithCluster } from './cluster.js';

jest.setTimeout(180_000);

const EVENTS = 1_000;
const POISONED = 617;

describeWithCluster('a record that is no event', 'among a thousand', (cluster) => {
  test('is set aside with its reason, and stops nobody', async () => {
    const picture = await samplePicture('nagasaki-boats');
    await cluster().collection.visible(await cluster().collection.add('first', picture));
    await cluster().withLog(async (log) => {
      const poison: NewRecord = { key: 'poison', value: Buffer.from('{"not": "an event"'), headers: {} };
      const events = Array.from({ length: EVENTS }, (_, at) =>
        at === POISONED ? poison : addedEvent(`image-${at}`, stateOf(picture)),
      );
      await log.append(IMAGE_EVENTS_TOPIC, events);
      await eventually(async () => {
        expect((await cluster().collection.status()).images).toEqual({ ready: EVENTS, failed: 0, deleted: 0 });
      }, 120_000);
      const letters = (await recordsOf(log, DEAD_LETTERS_TOPIC)).map(decodeDeadLetter);
      expect(letters).toMatchObject([{ reason: { code: 'invalid-event' }, original: { key: 'poison' } }]);
    });
  });
});
