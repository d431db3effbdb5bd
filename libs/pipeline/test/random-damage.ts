import fc from 'fast-check';
import type { NewRecord, VectorRecord } from '#core';
import { addedEvent, damagedPicture, deletedEvent, plainPicture, stateOf, updatedEvent } from '#testkit';
import { type AuditedWorld, deletedRecord, idOf } from './audited-world.js';

export const PICTURES = [plainPicture('cat'), plainPicture('dog'), damagedPicture('bad')];
const IDS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
/** Never published. */
const STRANGERS = ['x', 'y'];
/** In a partition there are fewer events than that. */
const BEYOND = 1_000_000;
const DAMAGES = ['remove', 'age', 'bury', 'revive', 'push', 'revector'] as const;

interface RandomEvent {
  readonly do: 'add' | 'update' | 'delete' | 'garbage';
  readonly id: string;
  readonly picture: number;
}

const event: fc.Arbitrary<RandomEvent> = fc.record({
  do: fc.constantFrom('add', 'add', 'update', 'delete', 'delete', 'garbage'),
  id: fc.constantFrom(...IDS),
  picture: fc.nat(PICTURES.length - 1),
});

export const randomEvents = (maxLength: number) => fc.array(event, { minLength: 1, maxLength, size: 'max' });

export interface RandomDamage {
  readonly id: string;
  readonly how: (typeof DAMAGES)[number];
}

/** Of each image one. */
export const randomDamages: fc.Arbitrary<readonly RandomDamage[]> = fc.uniqueArray(
  fc.record({ id: fc.constantFrom(...IDS, ...STRANGERS), how: fc.constantFrom(...DAMAGES) }),
  { selector: ({ id }) => id, maxLength: 6 },
);

export function eventRecord({ do: what, id, picture }: RandomEvent): NewRecord {
  if (what === 'delete') return deletedEvent(id);
  if (what === 'garbage') return { key: id, value: Buffer.from('garbage'), headers: {} };
  const state = stateOf(PICTURES[picture] ?? Buffer.of());
  return what === 'add' ? addedEvent(id, state) : updatedEvent(id, state);
}

/** @returns what an audit has to find, as `kind id`; nothing when that damage cannot be done to this image. */
export function inflict(world: AuditedWorld, { id, how }: RandomDamage): string[] {
  const before = world.records.get(id);
  const kind = before === undefined ? damageUnknown(world, id, how) : damageKnown(world, before, how);
  return kind === null ? [] : [`${kind} ${id}`];
}

function damageUnknown(world: AuditedWorld, id: string, how: RandomDamage['how']): string | null {
  if (how !== 'bury' && how !== 'push') return null;
  const version = how === 'bury' ? 0 : BEYOND;
  world.records.set(id, deletedRecord(id, version));
  // In a partition that is empty every version is beyond the end.
  return version < world.endOf(id) ? 'extra' : 'ahead';
}

function damageKnown(world: AuditedWorld, before: VectorRecord, how: RandomDamage['how']): string | null {
  const { imageId: id, version, state } = before;
  if (how === 'remove') {
    world.records.delete(id);
    return 'missing';
  }
  if (how === 'push') {
    world.records.set(id, { ...before, version: BEYOND });
    return 'ahead';
  }
  if (how === 'age' && version > 0) {
    // Not with the vector of the later event: the log may have another one of the earlier.
    const earlier = before.state === 'ready' ? failedRecord(id, version - 1) : { ...before, version: version - 1 };
    world.records.set(id, earlier);
    return 'stale';
  }
  if (how === 'bury' && state !== 'deleted') {
    world.records.set(id, deletedRecord(id, version));
    return 'wrong-state';
  }
  if (how === 'revive' && state === 'deleted') {
    world.records.set(id, failedRecord(id, version));
    return 'resurrected';
  }
  if (how !== 'revector' || before.state !== 'ready') return null;
  const other = before.vectors.fc?.map((value, at) => (at % 2 === 0 ? -value : value)) ?? new Float32Array();
  world.records.set(id, { ...before, vectors: { fc: other } });
  return 'wrong-vector';
}

function failedRecord(id: string, version: number): VectorRecord {
  const reason = { code: 'picture-damaged', message: 'It is damaged.' } as const;
  return { imageId: idOf(id), version, eventTimeMs: 1, state: 'failed', image: stateOf(Buffer.of(1)), reason };
}
