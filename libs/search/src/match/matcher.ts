import { LRUCache } from 'lru-cache';
import type { Generation, GreyCopy, Hit, ImageId, VectorIndex } from '#core';
import { type Alignment, type HashDistance, TurnedHashes } from '../second-look/index.js';
import { type Evidence, isSeenInPictures } from './evidence.js';
import { type MatchModel, scaleFor } from './match-model.js';
import { imagesInTurns, judged, type MatchScale, probability, strength } from './match-scale.js';
import type { SecondLooks } from './second-looks.js';

/**
 * How a result matches the picture that was asked about: the same file; made from the same picture, by edits; or it only looks
 * alike, as far as can be told.
 */
export const MATCH_KINDS = ['look-alike', 'same-picture', 'identical'] as const;
export type MatchKind = (typeof MATCH_KINDS)[number];

/** The one picture that is asked about, as far as others can be told to be made from it. */
export interface AskedPicture {
  /** `null` of a region: that is no file. */
  readonly sha256: string | null;
  readonly perceptualHash: string;
  /** Images that were indexed before copies were kept have none. */
  readonly greyCopy: GreyCopy | null;
}

export interface Match {
  readonly kind: MatchKind;
  /** 0 to 1: that one was made from the other, if one image of the collection was. */
  readonly probability: number;
  /** How many strangers of the collection show as much evidence, on average, for a query; of one in several turns at most so many. */
  readonly falseMatches: number;
  /** `null` where one of the two pictures is plain. */
  readonly hash: HashDistance | null;
  /** `null` where no second look was taken. */
  readonly alignment: Alignment | null;
}

/**
 * Which hits a second look is taken at: none; those of which a glance leaves open whether they are copies; all that may be.
 */
export type Looks = 'none' | 'open' | 'all';

/** How hits were found, and are compared. */
export interface Comparing {
  readonly generation: Generation;
  /** Of which a hit's score is the cosine. */
  readonly vector: string;
  readonly looks: Looks;
  /** Turns of the picture that were searched by, where a hit has the score of the one that is nearest. Default: 1. */
  readonly turns?: number;
}

export interface MatcherOptions {
  readonly index: Pick<VectorIndex, 'count' | 'fetch'>;
  readonly looks: Pick<SecondLooks, 'look'>;
  readonly models: MatchModels;
  /** Share of what is called the same picture that shall be it, below 1: the rest, in a query, is how many strangers may be called so. */
  readonly precision: number;
}

/** Models of matches by encoder and vector. */
export interface MatchModels {
  modelOf(generation: Generation, vector: string): Promise<MatchModel>;
}

/** A glance leaves open what has between these probabilities. */
const OPEN = { least: 0.05, most: 0.999 } as const;
/** How long a count of images is good enough: a threshold moves by the logarithm of it. */
const COUNT_MS = 10_000;

/** Says of hits whether they are the picture that was asked about. */
export class Matcher {
  readonly #options: MatcherOptions;
  readonly #counts = new LRUCache<string, number>({ max: 8, ttl: COUNT_MS });

  constructor(options: MatcherOptions) {
    this.#options = options;
  }

  /** Of each hit, in their order. */
  async matches(
    asked: AskedPicture,
    hits: readonly Hit[],
    { generation, vector, looks, turns = 1 }: Comparing,
    signal: AbortSignal,
  ): Promise<readonly Match[]> {
    const model = await this.#options.models.modelOf(generation, vector);
    const images = await this.#images(generation.name);
    const among = (scale: MatchScale) => imagesInTurns(scale, images, turns);
    const hashes = new TurnedHashes(asked.perceptualHash, asked.greyCopy);
    const glances = hits.map((hit): Glance => {
      const hash = hashes.distanceTo(hit.record.perceptualHash);
      return { hit, hash, evidence: { cosine: hit.score, hashBits: hash?.bits ?? null, alignment: null } };
    });
    const looked = glances.filter(
      (it) => !isIdentical(asked, it.hit) && isLookedAt(it, model, among(model.glance), looks),
    );
    const alignments = await this.#alignments(asked, looked, generation.name, signal);
    return glances.map((it) => this.#match(asked, it, alignments.get(it.hit.imageId) ?? null, model, among));
  }

  async #images(generation: string): Promise<number> {
    const known = this.#counts.get(generation);
    if (known !== undefined) return known;
    const { ready } = await this.#options.index.count({ generation });
    this.#counts.set(generation, ready);
    return ready;
  }

  async #alignments(
    { greyCopy: query }: AskedPicture,
    glances: readonly Glance[],
    generation: string,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<ImageId, Alignment>> {
    if (query === null || glances.length === 0) return new Map();
    const ids = glances.map(({ hit }) => hit.imageId);
    const records = await this.#options.index.fetch(ids, { generation, withGreyCopies: true });
    const copies = records.flatMap((it): readonly (readonly [ImageId, GreyCopy])[] =>
      it.state === 'ready' && it.greyCopy !== undefined ? [[it.imageId, it.greyCopy]] : [],
    );
    const found = await this.#options.looks.look({ query, candidates: copies.map(([, copy]) => copy) }, signal);
    return new Map(copies.flatMap(([imageId], at) => (found[at] === undefined ? [] : [[imageId, found[at]]])));
  }

  #match(
    asked: AskedPicture,
    { hit, hash, evidence }: Glance,
    alignment: Alignment | null,
    model: MatchModel,
    among: (scale: MatchScale) => number,
  ): Match {
    if (isIdentical(asked, hit)) return { kind: 'identical', probability: 1, falseMatches: 0, hash, alignment };
    const whole = { ...evidence, alignment: alignment?.score ?? null };
    const scale = scaleFor(model, whole);
    const { isSame, ...rest } = judged(scale, whole, among(scale), this.#options.precision);
    return { kind: isSame ? 'same-picture' : 'look-alike', ...rest, hash, alignment };
  }
}

interface Glance {
  readonly hit: Hit;
  readonly hash: HashDistance | null;
  readonly evidence: Evidence;
}

function isIdentical({ sha256 }: AskedPicture, { record }: Hit): boolean {
  return sha256 === record.image.sha256;
}

function isLookedAt({ evidence }: Glance, model: MatchModel, images: number, looks: Looks): boolean {
  const { glance, worthALook } = model;
  if (looks === 'none') return false;
  const strong = strength(glance, evidence);
  if (looks === 'all') return strong >= worthALook;
  const likely = probability(glance, strong, images);
  // However near the vectors are, it has to be seen.
  return likely > OPEN.least && (likely < OPEN.most || !isSeenInPictures(evidence));
}
