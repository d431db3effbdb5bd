import fc from 'fast-check';
import {
  DUPLICATE_DECISIONS_TOPIC,
  decodeDuplicateDecision,
  type EventLog,
  IMAGE_EVENTS_TOPIC,
  type ImageState,
  nullOn,
  parseImageId,
  partitionOf,
  type ReadOptions,
} from '#core';
import { madeFrom } from '#pipeline';
import { addedEvent, deletedEvent, MemoryEventLog, MemoryLogStorage, stateOf, testSeed, updatedEvent } from '#testkit';
import { letterStates, PICTURES } from './some-collection.js';
import { Collection, exported, FINGERPRINT, imported, memoryCollection, misplace, VECTORS } from './transfer-world.js';

jest.setTimeout(180_000);

const id = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const picture = fc.constantFrom(...PICTURES);
const put = fc.record({ kind: fc.constant('put' as const), id, picture });
const garbage = fc.record({ kind: fc.constant('garbage' as const), id });
const settle = fc.record({ kind: fc.constant('settle' as const) });
const compact = fc.record({ kind: fc.constant('compact' as const) });
const step = fc.oneof(
  put,
  garbage,
  settle,
  compact,
  fc.record({ kind: fc.constant('patch' as const), id, picture, back: fc.nat(3) }),
  fc.record({ kind: fc.constant('delete' as const), id }),
  fc.record({ kind: fc.constant('misplace' as const), id, picture, hasKey: fc.boolean() }),
  fc.record({ kind: fc.constant('upload' as const) }),
  fc.record({ kind: fc.constant('resolve' as const), id }),
  fc.record({ kind: fc.constant('act' as const), action: fc.constantFrom('redrive', 'discard'), share: fc.nat(10) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function take(it: Collection, storage: MemoryLogStorage, step: Step): Promise<void> {
  switch (step.kind) {
    case 'put':
      return it.publish(addedEvent(step.id, stateOf(step.picture)));
    case 'patch': {
      const high = storage.topics.get(IMAGE_EVENTS_TOPIC)?.high[partitionOf(step.id, it.partitions)] ?? 0;
      return it.publish(madeFrom(updatedEvent(step.id, stateOf(step.picture)), Math.max(0, high - step.back)));
    }
    case 'delete':
      return it.publish(deletedEvent(step.id));
    case 'garbage':
      return it.publish({ key: step.id, value: Buffer.from('garbage'), headers: {} });
    case 'misplace': {
      const elsewhere = (partitionOf(step.id, it.partitions) + 1) % it.partitions;
      const { value, headers } = updatedEvent(step.id, stateOf(step.picture));
      return misplace(storage, elsewhere, { key: step.hasKey && it.partitions > 1 ? step.id : null, value, headers });
    }
    case 'settle':
      return it.settle();
    case 'compact':
      return storage.topics.has(VECTORS) ? (it.log as MemoryEventLog).compact(VECTORS) : undefined;
    case 'upload':
      return it.upload(PICTURES[3]);
    case 'resolve': {
      await it.settle();
      const images = Object.entries(await it.shown()).flatMap(([imageId, { state, image }]) =>
        state === 'ready' ? [{ imageId: parseImageId(imageId), sha256: (image as ImageState).sha256 }] : [],
      );
      const kept = images.filter(({ imageId }) => imageId !== step.id);
      const removed = images.filter(({ imageId }) => imageId === step.id);
      if (kept.length === 0 || removed.length === 0) return;
      // Of a patch that does not hold the index shows what the log does not.
      await nullOn('image-changed', it.decisions.resolve({ kept, removed }, null));
      return;
    }
    case 'act': {
      const { letters } = await it.letters.list({ limit: 100 });
      const letter = letters[step.share % Math.max(1, letters.length)];
      if (letter !== undefined) await it.letters.act(letter.id, step.action as 'redrive', null);
    }
  }
}

/** All that was resolved is taken back, as far as that goes. */
async function shownAfterUndoing(it: Collection): Promise<unknown> {
  for (const record of await it.records(DUPLICATE_DECISIONS_TOPIC).catch(() => [])) {
    const decision = decodeDuplicateDecision(record);
    if (decision.kind === 'resolve') await it.decisions.undo(decision, null);
  }
  await it.settle();
  // What is added again has the time at which it was.
  return Object.entries(await it.shown())
    .map(([imageId, shown]) => [imageId, { ...shown, eventTimeMs: 0 }])
    .sort();
}

test('whatever a log holds, and however often it moves, its collection stays the same', async () => {
  const partitions = fc.integer({ min: 1, max: 5 });
  await fc.assert(
    fc.asyncProperty(
      partitions,
      fc.array(step, { maxLength: 25 }),
      fc.array(partitions, { minLength: 1, maxLength: 3 }),
      async (first, steps, moves) => {
        const storage = new MemoryLogStorage();
        const from = await memoryCollection(first, storage);
        await from.upload(...PICTURES.slice(0, 3));
        for (const it of steps) await take(from, storage, it);
        let log = from.log;
        for (const count of moves) {
          const to = new MemoryEventLog(new MemoryLogStorage());
          // A log that was imported has no generation yet, so what is wanted has to be named.
          await imported(await exported(log, storage.topics.has(VECTORS) ? [FINGERPRINT] : []), to, count);
          log = to;
        }
        const to = await Collection.of(log, moves.at(-1) ?? 1, from.blobs);
        const embeddedBefore = from.embedded;
        await from.settle();
        await to.settle();
        expect(await to.shown()).toEqual(await from.shown());
        expect(await letterStates(to)).toEqual(await letterStates(from));
        expect(to.embedded).toBeLessThanOrEqual(from.embedded - embeddedBefore);
        expect(await shownAfterUndoing(to)).toEqual(await shownAfterUndoing(from));
      },
    ),
    { seed: testSeed(), numRuns: 60, endOnFailure: true },
  );
});

/** Between any two calls of an export something happens to the log. */
function eventful(log: EventLog, happen: () => Promise<void>): EventLog {
  return new Proxy(log, {
    get(target, name) {
      const method = Reflect.get(target, name).bind(target);
      if (name !== 'read') {
        return async (...args: readonly unknown[]) => {
          await happen();
          return method(...args);
        };
      }
      return async function* (options: ReadOptions) {
        await happen();
        for await (const record of target.read(options)) {
          yield record;
          if (record.offset % 3 === 0) await happen();
        }
      };
    },
  });
}

test('whatever happens during an export, what is imported is the fold of its events', async () => {
  // What an export must not miss is short: a change, its vector, and the compaction that takes the vector before.
  const meanwhile = fc.array(fc.oneof(put, garbage, settle, compact, step), { minLength: 15, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3 }),
      fc.array(step, { minLength: 10, maxLength: 25 }),
      meanwhile,
      async (n, first, later) => {
        const storage = new MemoryLogStorage();
        const from = await memoryCollection(n, storage);
        // All of them from the start, so that what is embedded is the same whenever it is.
        await from.upload(...PICTURES);
        for (const it of [...first, { kind: 'settle' } as const]) await take(from, storage, it);
        const coming = [...later];
        const happen = async () => {
          const next = coming.shift();
          if (next !== undefined) await take(from, storage, next);
        };
        const log = new MemoryEventLog(new MemoryLogStorage());
        await imported(await exported(eventful(from.log, happen)), log, n + 1);
        const to = await Collection.of(log, n + 1, from.blobs);
        const again = await memoryCollection(n + 1, new MemoryLogStorage());
        await again.upload(...PICTURES);
        for (const { key, value, headers } of await to.records(IMAGE_EVENTS_TOPIC)) {
          await again.publish({ key: key ?? '', value, headers });
        }
        await to.settle();
        await again.settle();
        expect(await to.shown()).toEqual(await again.shown());
        // Only what counts nowhere has no place.
        const { letters } = await to.letters.list({ limit: 1000 });
        const nowhere = letters.filter(({ original }) => original?.partition === n + 1);
        for (const { reason } of nowhere) expect(reason.message).toMatch(/^(partition|key) must be/);
      },
    ),
    { seed: testSeed(), numRuns: 15, endOnFailure: true },
  );
});
