import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Generation } from '#core';
import { type Evidence, judged, type SecondLooks, scaleFor, shippedModel } from '../match/index.js';
import { TurnedHashes } from '../second-look/index.js';
import { cosines, nearest } from './nearest.js';
import type { Original } from './sample.js';

/** Of each original, so many others are looked at. A copy that is farther away than these would be no result of a search either. */
const NEAREST = 20;
/** As sure as a search is by default. */
const PRECISION = 0.99;

export interface CopiesAmongOptions {
  readonly generation: Generation;
  readonly looks: Pick<SecondLooks, 'look'>;
  readonly signal: AbortSignal;
  /** After each original. */
  readonly onCompared?: () => void;
}

export interface AmongOriginals {
  /** Of each original the places of those that are copies of it, by the shipped model: a pair stands with both. */
  readonly copies: readonly ReadonlySet<number>[];
  /** Pairs that were compared, each once. */
  readonly looks: number;
}

/** Compares each original with those nearest to it by any of its vectors. @throws what the signal is aborted with. */
export async function copiesAmong(
  originals: readonly Original[],
  options: CopiesAmongOptions,
): Promise<AmongOriginals> {
  const copies = originals.map(() => new Set<number>());
  const compared = new Set<number>();
  const pairOf = (a: number, b: number) => Math.min(a, b) * originals.length + Math.max(a, b);
  for (const at of originals.keys()) {
    // What is left of an original may be cosines alone, with all others, which nothing waits for.
    await nextTurn();
    options.signal.throwIfAborted();
    const found = nearOnes(at, originals).filter(({ other }) => !compared.has(pairOf(at, other)));
    for (const other of await copiesOf(at, found, originals, options)) {
      copies[at]?.add(other);
      copies[other]?.add(at);
    }
    for (const { other } of found) compared.add(pairOf(at, other));
    options.onCompared?.();
  }
  return { copies, looks: compared.size };
}

/** An original near to another one. */
interface NearOne {
  readonly other: number;
  /** By all vectors, also those by which it is far away. */
  readonly cosineBy: Readonly<Record<string, number | undefined>>;
}

function nearOnes(at: number, originals: readonly Original[]): readonly NearOne[] {
  const own = Object.entries((originals[at] as Original).vectors);
  const all = own.map(([vector, values]) => ({ vector, values: cosines(originals, vector, values) }));
  const others = new Set(all.flatMap(({ values }) => nearest(values, NEAREST, new Set([at]))));
  return [...others].map((other) => ({
    other,
    cosineBy: Object.fromEntries(all.map(({ vector, values }) => [vector, values[other]])),
  }));
}

/** Of those near to an original its copies, as any of the vectors tells. */
async function copiesOf(
  at: number,
  near: readonly NearOne[],
  originals: readonly Original[],
  { generation, looks, signal }: CopiesAmongOptions,
): Promise<readonly number[]> {
  const own = originals[at] as Original;
  const places = near.map(({ other }) => other);
  const alignments = await alignmentsOf(own, places, originals, looks, signal);
  const hashes = new TurnedHashes(own.perceptualHash, own.greyCopy);
  const isCopy = ({ other, cosineBy }: NearOne) => {
    const { image, perceptualHash } = originals[other] as Original;
    if (image.sha256 === own.image.sha256) return true;
    const hashBits = hashes.distanceTo(perceptualHash)?.bits ?? null;
    const alignment = alignments.get(other) ?? null;
    return Object.entries(cosineBy).some(([vector, cosine = null]) => {
      const model = shippedModel(generation.schema.encoder, vector);
      const evidence: Evidence = { cosine, hashBits, alignment };
      return judged(scaleFor(model, evidence), evidence, originals.length, PRECISION).isSame;
    });
  };
  return near.filter(isCopy).map(({ other }) => other);
}

/** Scores of a picture's alignments with some of the originals, by their places; none where one of the two has no grey copy. */
export async function alignmentsOf(
  { greyCopy: query }: Pick<Original, 'greyCopy'>,
  places: readonly number[],
  originals: readonly Original[],
  looks: Pick<SecondLooks, 'look'>,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, number>> {
  if (query === null) return new Map();
  const looked = places.flatMap((at) => {
    const copy = originals[at]?.greyCopy ?? null;
    return copy === null ? [] : [{ at, copy }];
  });
  const found = await looks.look({ query, candidates: looked.map(({ copy }) => copy) }, signal);
  return new Map(looked.map(({ at }, i) => [at, found[i]?.score ?? 0]));
}
