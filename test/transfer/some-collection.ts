import {
  addedEvent,
  damagedPicture,
  deletedEvent,
  MemoryLogStorage,
  plainPicture,
  stateOf,
  updatedEvent,
} from '#testkit';
import { type Collection, memoryCollection } from './transfer-world.js';

/** The last is uploaded after the event that names it. */
export const PICTURES = [plainPicture('cat'), plainPicture('dog'), plainPicture('owl'), plainPicture('elk')] as const;
const [CAT, DOG, OWL, ELK] = PICTURES;
const BAT = damagedPicture('bat');

/** A collection with something of everything. */
export async function someCollection(partitions: number, storage = new MemoryLogStorage()): Promise<Collection> {
  return fill(await memoryCollection(partitions, storage));
}

export async function fill(it: Collection): Promise<Collection> {
  await it.upload(CAT, DOG, OWL, BAT);
  const ids = Array.from({ length: 30 }, (_, i) => `image-${i}`);
  await it.publish(...ids.map((id, i) => addedEvent(id, stateOf([CAT, DOG, OWL][i % 3] ?? CAT, { at: i }))));
  await it.publish(
    updatedEvent('image-1', stateOf(OWL, { at: 100 })),
    deletedEvent('image-2'),
    addedEvent('late', stateOf(ELK)),
    addedEvent('broken', stateOf(BAT)),
    { key: 'image-3', value: Buffer.from('garbage'), headers: {} },
  );
  await it.settle();
  await it.upload(ELK);
  const { letters } = await it.letters.list({ limit: 100 });
  const late = letters.find(({ original }) => original?.key === 'late');
  const broken = letters.find(({ original }) => original?.key === 'broken');
  if (late === undefined || broken === undefined) throw new Error('There are no letters.');
  await it.letters.act(late.id, 'redrive', null);
  await it.letters.act(broken.id, 'discard', 'somebody');
  await it.settle();
  return it;
}

/** Which letters there are and what became of them, wherever they lie. */
export async function letterStates(it: Collection) {
  const { letters } = await it.letters.list({ limit: 100 });
  return letters.map(({ state, reason, original }) => `${original?.key} ${reason.code} ${state}`).sort();
}
