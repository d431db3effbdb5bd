import {
  DEAD_LETTER_ACTIONS_TOPIC,
  DEAD_LETTERS_TOPIC,
  encodeVectorRecord,
  IMAGE_EVENTS_TOPIC,
  INDEX_GENERATIONS_TOPIC,
  imageVectorsTopic,
} from '#core';
import { DeadLetters, type Erasure, embedAgain, eraseImage, Generations, LetterStates } from '#pipeline';
import {
  addedEvent,
  damagedPicture,
  faultyBlobs,
  faultyIndex,
  faultyLog,
  plainPicture,
  recordsOf,
  sha256Of,
  stateOf,
  updatedEvent,
} from '#testkit';
import { AuditedWorld, idOf } from '../../test/audited-world.js';
import type { EraseOptions } from './erase-options.js';

const [CAT, DOG] = ['cat', 'dog'].map(plainPicture) as [Buffer, Buffer];
const BAD = damagedPicture('bad');
const SECRET = 'Rosa lives in 12 Lime Street';
const settledWithin = (promise: Promise<unknown>, ms: number) =>
  Promise.race([promise.then(() => true), new Promise<false>((resolve) => setTimeout(() => resolve(false), ms))]);
const secretly = (picture: Uint8Array) => stateOf(picture, { note: SECRET });

describe('an image that is erased', () => {
  let world: AuditedWorld;
  let states: LetterStates;
  let blobsOfOthers: readonly string[];
  const open = async () => {
    world = await AuditedWorld.open();
    states = new LetterStates(world.log);
    await world.log.ensureTopic(DEAD_LETTER_ACTIONS_TOPIC, { partitions: 2, retention: 'forever' });
    await world.log.ensureTopic(INDEX_GENERATIONS_TOPIC, { partitions: 1, retention: 'forever' });
    const { name, schema } = world.generation;
    const generations = new Generations(world.log);
    await generations.decide({ kind: 'established', generation: name, schema, replaces: null, by: null });
    await world.put(CAT, DOG, BAD);
    await world.take(addedEvent('other', stateOf(DOG)));
    blobsOfOthers = (await blobsLeft()).filter((it) => ![CAT, BAD].map(sha256Of).includes(it));
    await world.take(addedEvent('rosa', secretly(BAD)));
    await world.take(updatedEvent('rosa', secretly(CAT)));
  };
  beforeEach(open);
  afterEach(() => world.close());

  const options = (ports: Partial<EraseOptions> = {}): EraseOptions => {
    const { log, index, blobs } = world;
    return {
      log,
      index,
      blobs,
      generations: new Generations(log),
      waitMs: 5_000,
      publishMs: 0,
      by: 'somebody',
      ...ports,
    };
  };

  async function blobsLeft(): Promise<readonly string[]> {
    const found: string[] = [];
    for await (const { sha256 } of (await world.blobs.list()).copies) found.push(sha256);
    return found.sort();
  }

  /** While the stages do their work. */
  async function erase(imageId: string, ports: Partial<EraseOptions> = {}): Promise<Erasure> {
    const erasing = eraseImage(options(ports), idOf(imageId));
    let isDone = false;
    const end = () => {
      isDone = true;
    };
    erasing.then(end, end);
    while (!isDone) {
      await world.embed();
      await world.redrive();
      await world.fill();
      await new Promise(setImmediate);
    }
    return erasing;
  }

  /** Another one was tried, and its generation dropped; its vectors are kept. */
  async function leaveAnEncoder(): Promise<void> {
    const generations = new Generations(world.log);
    const about = { generation: 'tried', by: null };
    const { schema } = world.generation;
    const left = { ...schema, encoder: { ...schema.encoder, fingerprint: 'left' } };
    const started = { source: 'events', marks: [], switchWhenVerified: false } as const;
    await generations.decide({ kind: 'started', schema: left, ...started, ...about });
    await generations.decide({ kind: 'cancelled', reason: null, ...about });
    await generations.decide({ kind: 'dropped', ...about });
  }

  /** Everything that the log holds, as text. */
  async function loggedText(): Promise<string> {
    const topics = [IMAGE_EVENTS_TOPIC, world.vectorsTopic, DEAD_LETTERS_TOPIC, DEAD_LETTER_ACTIONS_TOPIC];
    const records = (await Promise.all(topics.map((it) => recordsOf(world.log, it)))).flat();
    return records
      .map(({ value, headers }) => {
        const text = Buffer.from(value ?? []).toString('latin1');
        // A letter has its original in Base64.
        const inside = text.replace(/"value":"([^"]+)"/g, (_, it) => Buffer.from(it, 'base64').toString('latin1'));
        return `${JSON.stringify(headers)} ${inside}`;
      })
      .join('\n');
  }

  async function expectErased(): Promise<void> {
    await world.fill();
    expect(await loggedText()).not.toContain(SECRET);
    expect(JSON.stringify(world.record('rosa'))).not.toContain(SECRET);
    expect(world.record('rosa').state).toBe('deleted');
    expect(await blobsLeft()).toEqual(blobsOfOthers);
    const letters = await new DeadLetters(world.log, states).list({ limit: 10 });
    expect(letters.letters).toEqual([]);
    expect((await world.audit({ vectors: 'all' })).verdict).toBe('clean');
  }

  test('leaves its id and its deletion, and nothing of others is touched', async () => {
    expect(await loggedText()).toContain(SECRET);
    const thumbnail = world.record('rosa');
    const erasure = await erase('rosa');
    expect(erasure).toMatchObject({ waitingFor: [], deadLetters: 1, blobsShared: 0, remains: [] });
    const events = (await recordsOf(world.log, IMAGE_EVENTS_TOPIC)).filter(({ key }) => key === 'rosa');
    expect(events.map(({ partition, offset }) => ({ partition, offset }))).toEqual([erasure.deletion]);
    await expectErased();
    expect(thumbnail.state === 'ready' && (await world.blobs.stat(thumbnail.thumbnail))).toBeNull();
    expect(world.record('other').state).toBe('ready');
    expect(await new DeadLetters(world.log, states).counts()).toMatchObject({ open: 0, erased: 1 });
  });

  test('is not said to remain with an encoder that never had it', async () => {
    await leaveAnEncoder();
    expect(await erase('rosa')).toMatchObject({ remains: [] });
    await world.log.ensureTopic(imageVectorsTopic('left'), { partitions: 2, retention: 'compact' });
    expect(await erase('rosa')).toMatchObject({ remains: [] });
  });

  test('is erased again without harm', async () => {
    await erase('rosa');
    expect(await erase('rosa')).toMatchObject({ waitingFor: [], deadLetters: 0, blobsDeleted: 0, remains: [] });
    await expectErased();
  });

  test('loses the letter of a picture that a stage comes to while it is waited for', async () => {
    await world.append(updatedEvent('rosa', secretly(BAD)), addedEvent('rosa', secretly(DOG)));
    const erasing = eraseImage(options(), idOf('rosa'));
    await new Promise(setImmediate);
    // One event at a time, as a stage that is behind would meet them.
    await world.embed();
    expect(await erase('rosa')).toMatchObject({ waitingFor: [] });
    await erasing;
    await expectErased();
  });

  test('loses its thumbnail also when a first call ended before the index had the deletion', async () => {
    await eraseImage(options({ waitMs: 0 }), idOf('rosa'));
    await world.embed();
    await world.fill();
    await erase('rosa');
    await expectErased();
  });

  test('whose thumbnail somebody has published leaves it to them', async () => {
    const { thumbnail } = world.record('rosa') as { readonly thumbnail: string };
    await world.take(addedEvent('copy', { ...stateOf(CAT), sha256: thumbnail, uri: `blob:${thumbnail}` }));
    expect(await erase('rosa')).toMatchObject({ blobsShared: 1 });
    expect(await world.blobs.stat(thumbnail)).not.toBeNull();
  });

  test('leaves the same picture to what comes in again under its id while it is waited for', async () => {
    const erasing = eraseImage(options(), idOf('rosa'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await world.put(CAT);
    await world.take(addedEvent('rosa', stateOf(CAT, { note: 'again' })));
    while (!(await settledWithin(erasing, 10))) {
      await world.redrive();
      await world.fill();
    }
    expect(await erasing).toMatchObject({ waitingFor: [], blobsShared: 1 });
    await world.fill();
    expect(world.record('rosa').state).toBe('ready');
    expect(await loggedText()).not.toContain(SECRET);
    expect((await world.audit({ vectors: 'all' })).verdict).toBe('clean');
  });

  test.each(['rosa', 'twin'])(
    'gives back the picture that is published as %s the moment it is deleted',
    async (imageId) => {
      const { blobs } = world;
      const publishing = Object.create(blobs, {
        delete: {
          value: async (sha256: string) => {
            const deleted = await blobs.delete(sha256);
            if (sha256 === sha256Of(CAT)) await world.append(addedEvent(imageId, stateOf(CAT)));
            return deleted;
          },
        },
      });
      expect(await erase('rosa', { blobs: publishing })).toMatchObject({ waitingFor: [], blobsShared: 1 });
      expect(await blobs.stat(sha256Of(CAT))).not.toBeNull();
    },
  );

  test('loses nothing of what came in meanwhile under its id', async () => {
    const erasing = eraseImage(options(), idOf('rosa'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await world.put(DOG);
    await world.take(
      addedEvent('rosa', stateOf(DOG, { note: 'new' })),
      addedEvent('rosa', stateOf(BAD, { note: 'newer' })),
    );
    while (!(await settledWithin(erasing, 10))) {
      await world.redrive();
      await world.fill();
    }
    expect(await erasing).toMatchObject({ waitingFor: [] });
    const events = (await recordsOf(world.log, IMAGE_EVENTS_TOPIC)).filter(({ key }) => key === 'rosa');
    expect(events).toHaveLength(3);
    expect(await loggedText()).not.toContain(SECRET);
    expect((await new DeadLetters(world.log, states).list({ limit: 10 })).letters).toHaveLength(1);
  });

  test('loses what was embedded once more under keys of its own', async () => {
    const { log } = world;
    const positions = (await recordsOf(log, IMAGE_EVENTS_TOPIC)).filter(({ key }) => key === 'rosa');
    await embedAgain({ log, embedder: world.embedder() }, positions);
    await world.fill();
    await erase('rosa');
    await expectErased();
  });

  test('keeps a picture that another image has too', async () => {
    await world.take(addedEvent('twin', stateOf(CAT)));
    expect(await erase('rosa')).toMatchObject({ blobsShared: 1 });
    expect(await world.blobs.stat(sha256Of(CAT))).not.toBeNull();
    expect(world.record('twin').state).toBe('ready');
  });

  test('that comes again afterwards is a new one', async () => {
    await erase('rosa');
    await world.put(CAT);
    await world.take(addedEvent('rosa', stateOf(CAT, { note: 'new' })));
    await erase('other');
    await world.fill();
    expect(world.record('rosa').state).toBe('ready');
    expect((await world.audit({ vectors: 'all' })).verdict).toBe('clean');
  });

  test('stays whole while a generation does not have the deletion, and is told of', async () => {
    const erasure = await eraseImage(options({ waitMs: 0 }), idOf('rosa'));
    expect(erasure).toMatchObject({ waitingFor: ['audited'], deadLetters: 0, blobsDeleted: 0 });
    expect(await world.blobs.stat(sha256Of(CAT))).not.toBeNull();
    const again = await erase('rosa');
    expect(again).toMatchObject({ deletion: erasure.deletion, waitingFor: [] });
    await expectErased();
  });

  test('is told of where the log keeps what it has', async () => {
    const kept = new Proxy(world.log, {
      get: (target, name) => {
        const member = Reflect.get(target, name);
        if (name === 'forget') return async (topic: string) => (topic === IMAGE_EVENTS_TOPIC ? null : 7_000);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    await leaveAnEncoder();
    const left = imageVectorsTopic('left');
    await world.log.ensureTopic(left, { partitions: 2, retention: 'compact' });
    const rosa = world.records.get('rosa');
    if (rosa !== undefined) await world.log.append(left, [encodeVectorRecord(rosa)]);
    const { remains } = await erase('rosa', { log: kept });
    const later = expect.any(Number);
    expect(remains).toEqual([
      { topic: IMAGE_EVENTS_TOPIC, records: 2, goneAtMs: null },
      { topic: DEAD_LETTERS_TOPIC, records: 1, goneAtMs: later },
      { topic: world.vectorsTopic, records: null, goneAtMs: later },
      { topic: left, records: 1, goneAtMs: null },
    ]);
    // Its letter is there, and nobody sees it.
    const letters = new DeadLetters(world.log, states);
    expect((await letters.list({ limit: 10 })).letters).toEqual([]);
    const letter = { partition: 0, offset: 0 };
    for (const call of [letters.get(letter), letters.act(letter, 'redrive', null)]) {
      await expect(call).rejects.toMatchObject({ code: 'dead-letter-unknown' });
    }
    const again = await erase('rosa', { log: kept });
    expect(again.remains.map(({ topic, records }) => [topic, records])).toEqual(
      remains.map(({ topic, records }) => [topic, records]),
    );
    expect(again.deadLetters).toBe(0);
    expect(await letters.counts()).toMatchObject({ open: 0, erased: 1 });
  });

  test('that the log does not know is told from others', async () => {
    await expect(eraseImage(options(), idOf('nobody'))).rejects.toMatchObject({ code: 'image-unknown' });
  });

  test('is erased after a fault at any call, by the same call', async () => {
    for (const method of ['append', 'forget', 'fetch', 'delete'] as const) {
      for (const fault of ['fail', 'lost-acknowledgement'] as const) {
        for (let on = 1; on <= 3; on++) {
          await world.close();
          await open();
          const plan = { seed: 1, rules: { [method]: [{ fault, on }] } };
          const faulty = {
            log: faultyLog(world.log, plan),
            index: faultyIndex(world.index, plan),
            blobs: faultyBlobs(world.blobs, plan),
          };
          await expect(erase('rosa', faulty)).rejects.toMatchObject({ canRetry: true });
          await erase('rosa');
          await expectErased();
        }
      }
    }
  });
});
