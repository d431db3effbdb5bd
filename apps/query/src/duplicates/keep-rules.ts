import type { DecidedImage, ReadyRecord } from '#core';
import type { KeepRule } from './duplicates-body.js';

type Facts = Pick<ReadyRecord, 'imageId' | 'width' | 'height' | 'image' | 'eventTimeMs'>;

const pixels = ({ width, height }: Facts) => width * height;
const bytes = ({ image }: Facts) => image.sizeBytes;

/** What a rule looks at first, and what decides between those that are equal by it. */
const ORDERS: Readonly<Record<KeepRule, readonly ((it: Facts) => number)[]>> = {
  resolution: [(it) => -pixels(it), (it) => -bytes(it), (it) => it.eventTimeMs],
  bytes: [(it) => -bytes(it), (it) => -pixels(it), (it) => it.eventTimeMs],
  date: [(it) => it.eventTimeMs, (it) => -pixels(it), (it) => -bytes(it)],
};

/** The one that stays by a rule; of those that are equal by everything, the first by id. */
export function keptBy(rule: KeepRule, images: readonly Facts[]): DecidedImage {
  const [first] = [...images].sort((a, b) => {
    for (const of of ORDERS[rule]) if (of(a) !== of(b)) return of(a) - of(b);
    return a.imageId < b.imageId ? -1 : 1;
  });
  const { imageId, image } = first as Facts;
  return { imageId, sha256: image.sha256 };
}
