import { type Evidence, isSeenInPictures, type Signal, signalValue } from './evidence.js';

/**
 * How strong evidence is that a picture was made from another: measured on pictures that were edited, and on strangers. The
 * evidence of several signals is one number, their weighted sum.
 */
export interface MatchScale {
  readonly weights: Readonly<Partial<Record<Signal, number>>>;
  readonly strangers: Strangers;
  /**
   * ln of how many times as often copies have this evidence as strangers, by the evidence, both rising. Between two points
   * along the line between them; before the first and after the last as there.
   */
  readonly ratios: readonly (readonly [evidence: number, logRatio: number])[];
}

/**
 * The share of unrelated pairs with at least some evidence: all below the first point, between two points along the line between the
 * logarithms of their shares, and beyond the last one, with the share s at the evidence e, s × e^-((evidence − e) / scale). What exceeds a high
 * threshold does so exponentially in the simplest case of the theorem of Pickands, Balkema and de Haan (Coles, An Introduction
 * to Statistical Modeling of Extreme Values, 2001, chapter 4).
 */
export interface Strangers {
  readonly points: readonly (readonly [evidence: number, share: number])[];
  readonly scale: number;
}

export function strength({ weights }: Pick<MatchScale, 'weights'>, evidence: Evidence): number {
  return (Object.entries(weights) as [Signal, number][]).reduce(
    (sum, [signal, weight]) => sum + weight * signalValue(signal, evidence),
    0,
  );
}

/**
 * For how many images those of a collection count where each was looked at in several turns of the picture, and goes by the cosine of the nearest:
 * a stranger has as much evidence in any of them at most so many times as often (Boole's inequality). Of hash and alignment the
 * best turn is what was measured.
 */
export function imagesInTurns({ weights }: Pick<MatchScale, 'weights'>, images: number, turns: number): number {
  return (weights.cosine ?? 0) > 0 ? turns * images : images;
}

/** How many strangers have at least such evidence, on average, for a query among so many images. */
export function falseMatches({ strangers }: Pick<MatchScale, 'strangers'>, strong: number, images: number): number {
  return images * shareOfStrangers(strangers, strong);
}

export function shareOfStrangers({ points, scale }: Strangers, strong: number): number {
  const [first = 0] = points[0] ?? [];
  const [last = 0, lastShare = 1] = points.at(-1) ?? [];
  if (strong < first) return 1;
  if (strong >= last) return lastShare * Math.exp(-(strong - last) / scale);
  return Math.exp(
    between(
      points.map(([evidence, share]) => [evidence, Math.log(share)] as const),
      strong,
    ),
  );
}

/** The evidence that this share of unrelated pairs has at least: the other way round. */
export function strengthOfShare({ points, scale }: Strangers, share: number): number {
  const [last = 0, lastShare = 1] = points.at(-1) ?? [];
  if (share < lastShare) return last + scale * Math.log(lastShare / share);
  const byShare = points.map(([evidence, it]) => [Math.log(it), evidence] as const).reverse();
  return between(byShare, Math.log(share));
}

/** That this is a copy, if one of so many images is: 0 to 1, by Bayes. */
export function probability({ ratios }: Pick<MatchScale, 'ratios'>, strong: number, images: number): number {
  return 1 / (1 + Math.max(1, images) * Math.exp(-between(ratios, strong)));
}

/** More often than not. */
const LIKELIER = 0.5;

export interface Judgement {
  readonly falseMatches: number;
  readonly probability: number;
  /** Whether it is called the same picture. */
  readonly isSame: boolean;
}

/**
 * What is not seen in the pictures is never called the same, nor likelier than not, however near the vectors are.
 * @param precision wanted of what is called the same picture, below 1: the rest is how many strangers may be called so in a query.
 */
export function judged(scale: MatchScale, evidence: Evidence, images: number, precision: number): Judgement {
  const strong = strength(scale, evidence);
  const strangers = falseMatches(scale, strong, images);
  const byNumbers = probability(scale, strong, images);
  const likely = isSeenInPictures(evidence) ? byNumbers : Math.min(byNumbers, LIKELIER);
  return { falseMatches: strangers, probability: likely, isSame: strangers <= 1 - precision && likely > LIKELIER };
}

/** On the line from point to point, which stays at its ends. */
function between(points: readonly (readonly [at: number, value: number])[], at: number): number {
  const after = points.findIndex(([it]) => it >= at);
  const [to, high] = points[after] ?? points.at(-1) ?? [0, 0];
  const [from, low] = points[after - 1] ?? [to, high];
  return after <= 0 || to === from ? high : low + ((high - low) * (at - from)) / (to - from);
}
