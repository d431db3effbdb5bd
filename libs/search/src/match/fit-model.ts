import { type Evidence, SIGNALS, type Signal, signalValue } from './evidence.js';
import { logisticWeights } from './logistic-regression.js';
import type { MatchModel } from './match-model.js';
import { type MatchScale, type Strangers, shareOfStrangers, strength } from './match-scale.js';

export interface Measured {
  /** Of pictures with what was made from them. */
  readonly copies: readonly Evidence[];
  /** Of the strangers that a search would have looked at: the nearest by cosine. */
  readonly strangers: readonly Evidence[];
  /**
   * Pairs of strangers that those were taken from. The others count as having less evidence, which holds of the cosine. Of hash and alignment it
   * holds only as far as they are no candidates of a search: of all pairs, more have as much by these.
   */
  readonly pairs: number;
}

/**
 * Strangers that a tail is measured on: the strongest of these, for the rest is not the tail's form. Of 400 the weakest have near
 * hashes and no alignment, while the strongest have alignments; 100 know the scale to 10 %.
 */
const TAIL = { share: 0.01, least: 20, most: 100 } as const;
const RANKS = 8;
/** Where there are no copies at all: as good as none. */
const LEAST_RATIO = -20;
const RATIO_POINTS = 24;

/** Copies of which a second look may be missed. */
const MISSED = 0.001;

/**
 * Fits how strong evidence of copies is, at a glance and with a second look.
 * @param signals that count, of those there are; the cosine of an encoder that was not measured does not.
 */
export function fitModel(measured: Measured, signals: readonly Signal[] = SIGNALS): MatchModel {
  const glance = fitScale(
    measured,
    signals.filter((it) => it !== 'alignment'),
  );
  const strengths = measured.copies.map((it) => strength(glance, it)).sort((a, b) => a - b);
  const worthALook = strengths[Math.floor(MISSED * strengths.length)] ?? Number.NEGATIVE_INFINITY;
  return { glance, look: fitScale(measured, signals), worthALook };
}

function fitScale({ copies, strangers, pairs }: Measured, signals: readonly Signal[]): MatchScale {
  const weights = signalWeights(copies, strangers, signals);
  const strengths = (all: readonly Evidence[]) => all.map((it) => strength({ weights }, it)).sort((a, b) => b - a);
  const [ofCopies, ofStrangers] = [strengths(copies), strengths(strangers)];
  const known = strangersOf(ofStrangers, pairs);
  return { weights, strangers: known, ratios: ratiosOf(ofCopies, known) };
}

/** Copies and strangers count for the same in all, whatever their numbers. */
function signalWeights(
  copies: readonly Evidence[],
  strangers: readonly Evidence[],
  signals: readonly Signal[],
): MatchScale['weights'] {
  const observed = (all: readonly Evidence[], isCopy: boolean) =>
    all.map((it) => ({ values: signals.map((name) => signalValue(name, it)), isCopy, weight: 1_000 / all.length }));
  const found = logisticWeights([...observed(copies, true), ...observed(strangers, false)]);
  return Object.fromEntries(signals.map((name, at) => [name, found[at] ?? 0]));
}

/** The scale of the tail by maximum likelihood: the mean of what exceeds its threshold. */
function strangersOf(strongestFirst: readonly number[], pairs: number): Strangers {
  const { share, least, most } = TAIL;
  const inTail = Math.max(least, Math.min(most, Math.floor(share * strongestFirst.length)));
  const count = Math.max(1, Math.min(strongestFirst.length - 1, inTail));
  const points = ranks(strongestFirst.length, count).map(
    (rank) => [strongestFirst[rank - 1] ?? 0, rank / pairs] as const,
  );
  const [from = 0] = points.at(-1) ?? [];
  const excess = strongestFirst.slice(0, count).reduce((sum, it) => sum + it - from, 0);
  return { points: rising(points), scale: Math.max(excess / count, Number.EPSILON) };
}

/** From the weakest down to the first of the tail, evenly by their logarithms. */
function ranks(all: number, tail: number): readonly number[] {
  const step = (all / tail) ** (1 / (RANKS - 1));
  return Array.from({ length: RANKS }, (_, at) => Math.max(tail, Math.round(all / step ** at)));
}

/** Of points with the same evidence the last, which has the smallest share. */
function rising(points: Strangers['points']): Strangers['points'] {
  return points.filter(([evidence], at) => evidence < (points[at + 1]?.[0] ?? Number.POSITIVE_INFINITY));
}

/** Densities of both by evidence, and the logarithm of their ratio, which is made to rise: more evidence is never less. */
function ratiosOf(copies: readonly number[], strangers: Strangers): MatchScale['ratios'] {
  const [weakest = 0] = strangers.points[0] ?? [];
  const highest = copies[0] ?? 0;
  const lowest = Math.min(copies.at(-1) ?? 0, weakest);
  const width = bandwidth(copies);
  let most = LEAST_RATIO;
  return Array.from({ length: RATIO_POINTS }, (_, at) => {
    const point = lowest + ((highest - lowest) * at) / (RATIO_POINTS - 1);
    most = Math.max(most, Math.log(density(copies, point, width)) - Math.log(densityOfStrangers(strangers, point)));
    return [point, most] as const;
  });
}

/** How fast their share falls. */
function densityOfStrangers(strangers: Strangers, at: number): number {
  const { points, scale } = strangers;
  const next = points.findIndex(([evidence]) => evidence > at);
  const [from, to] = next === -1 ? [] : [points[Math.max(0, next - 1)], points[Math.max(1, next)]];
  const share = shareOfStrangers(strangers, at);
  if (from === undefined || to === undefined) return share / scale;
  return (share * Math.log(from[1] / to[1])) / (to[0] - from[0]);
}

/** Silverman's rule (Density Estimation for Statistics and Data Analysis, 1986, 3.4.2). */
function bandwidth(values: readonly number[]): number {
  const mean = values.reduce((sum, it) => sum + it, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, it) => sum + (it - mean) ** 2, 0) / values.length);
  return Math.max(1e-9, 0.9 * deviation * values.length ** -0.2);
}

/** A kernel estimate with normal kernels. */
function density(values: readonly number[], at: number, width: number): number {
  const sum = values.reduce((total, it) => total + Math.exp(-(((at - it) / width) ** 2) / 2), 0);
  return Math.max(Number.MIN_VALUE, sum / (values.length * width * Math.sqrt(2 * Math.PI)));
}
