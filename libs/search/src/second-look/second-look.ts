import type { GreyCopy } from '#core';
import { type BlockEvidence, judge } from './block-evidence.js';
import { bestPlace, type Place } from './coarse-search.js';
import { type CommonPart, partsInCommon } from './common-part.js';
import type { PlaneSize } from './plane.js';
import { PreparedCopy } from './prepared-copy.js';
import { type RefinedPlace, refinePlace } from './refinement.js';
import { TURNS, type Turn } from './turns.js';
import { emptySample, isPlausible, resizedWarp, type Sample, samplePlane, stretch, type Warp } from './warp.js';

/**
 * How many places are looked at after each step of the search, and from what evidence on. 90 % of unrelated photos have no
 * place with 5.0 after the coarse search and none with 6.9 in the middle; crops to the middle half have 5.0 and 7.3 in 95 %.
 */
const COARSE = { places: 6, evidence: 4.7 } as const;
const FIRST = { places: 3, evidence: 5.6, steps: 2 } as const;
const MIDDLE = { places: 2, evidence: 6.7, steps: 5 } as const;
const FINE = { steps: 5 } as const;
/** Variance that counts as none, of local contrast and of grey levels: see `refinePlace`. */
const PLAIN_CONTRAST = 0.0225;
const PLAIN_GREY = 9;
/** Nats that are missing from every proof: what shows nearly nothing proves little, however well it matches. The median of 320 photos has 2,300 to give. */
const UNPROVEN = 1_000;

export interface Alignment {
  /**
   * 0 to 1: the share of the evidence that two copies could give for being of the same picture that they do give. Not a
   * probability: it is calibrated together with what else is known.
   */
  readonly score: number;
  /** How the query has to be turned to lie as the candidate does. */
  readonly turn: Turn;
  /** Root of the area of the query's frame over that of the candidate's: 0.5 for the middle half of a picture, 2 the other way. */
  readonly scale: number;
  /** Share of the smaller frame that lies inside the larger, 0 to 1. */
  readonly overlap: number;
  /** What both show, and where: within 5 % of a side, for pictures are laid over each other in 48 pixels. `null` where nothing is found. */
  readonly common: CommonPart | null;
}

/** Says nothing about two pictures. */
export const NO_ALIGNMENT: Alignment = { score: 0, turn: 'none', scale: 1, overlap: 0, common: null };

/** One copy laid on the other: `template`, the smaller by its frame, on `plane`. */
interface Laid {
  readonly template: PreparedCopy;
  readonly plane: PreparedCopy;
  readonly turn: Turn;
  /** Of the query; else the candidate is. */
  readonly isTemplate: boolean;
}

interface CoarsePlace extends Place {
  readonly laid: Laid;
}

interface MiddlePlace extends RefinedPlace {
  readonly laid: Laid;
  readonly size: PlaneSize;
  readonly evidence: number;
}

interface JudgedPlace extends BlockEvidence {
  readonly warp: Warp;
  /** How many of the template's pixels lie inside. */
  readonly inside: number;
}

/**
 * Lays the grey copy of a query over those of candidates, turned, cropped, scaled and a little slanted, and says how well
 * they match: an edited copy is told from a picture that only looks like it. Plain borders are taken off first. Places are
 * searched coarsely, one copy inside the other in eight turns and six sizes from 1 to 0.48; the best are refined, coarse to
 * fine, and judged block by block. What is plain or more than five times as long as wide has no place.
 */
export class SecondLook {
  readonly #turns: readonly PreparedCopy[];
  #sample: Sample = emptySample(0);

  constructor(query: GreyCopy) {
    this.#turns = TURNS.map((turn) => new PreparedCopy(query, turn)).filter(({ grey }) => grey.values.length > 0);
  }

  align(candidate: GreyCopy): Alignment {
    const prepared = new PreparedCopy(candidate, 'none');
    const [query] = this.#turns;
    if (query === undefined || prepared.grey.values.length === 0) return NO_ALIGNMENT;
    this.#makeRoomFor(Math.max(query.grey.values.length, prepared.grey.values.length));
    const first = this.#coarsePlaces(prepared).map((place) => this.#first(place));
    const middle = best(first, FIRST).map(({ laid, size, warp }) => this.#refined(laid, size, warp, MIDDLE.steps));
    return best(distinct(middle), MIDDLE)
      .map((place) => this.#alignmentAt(place))
      .reduce((a, b) => (b.score > a.score ? b : a), NO_ALIGNMENT);
  }

  #makeRoomFor(pixels: number): void {
    if (this.#sample.values.length < pixels) this.#sample = emptySample(pixels);
  }

  #coarsePlaces(candidate: PreparedCopy): readonly CoarsePlace[] {
    const places: CoarsePlace[] = [];
    for (const query of this.#turns) {
      for (const isTemplate of [true, false]) {
        const [template, plane] = isTemplate ? [query, candidate] : [candidate, query];
        const laid = { template, plane, turn: query.turn, isTemplate };
        for (const searched of template.templatesWithin(plane.coarse.contrast)) {
          const place = bestPlace(searched, plane.coarse);
          if (place.evidence >= COARSE.evidence) places.push({ ...place, laid });
        }
      }
    }
    return best(places, COARSE);
  }

  #first({ laid, size, left, top }: CoarsePlace): MiddlePlace {
    const { middle, coarse } = laid.plane;
    const factor = scaleBetween(coarse.contrast, middle);
    const middleSize = { width: Math.round(size.width * factor), height: Math.round(size.height * factor) };
    const found: Warp = { xx: 1, xy: 0, yx: 0, yy: 1, x: left + size.width / 2, y: top + size.height / 2 };
    const [from, to] = [
      { template: size, plane: coarse.contrast },
      { template: middleSize, plane: middle },
    ];
    return this.#refined(laid, middleSize, resizedWarp(found, from, to), FIRST.steps);
  }

  #refined(laid: Laid, size: PlaneSize, start: Warp, steps: number): MiddlePlace {
    const how = { steps, plain: PLAIN_CONTRAST, sample: this.#sample };
    const refined = refinePlace(laid.template.contrastIn(size), laid.plane.middle, start, how);
    const evidence = isPlausible(refined.warp) ? refined.correlation * Math.sqrt(size.width * size.height) : 0;
    return { ...refined, laid, size, evidence };
  }

  #alignmentAt(place: MiddlePlace): Alignment {
    const { template, plane, turn, isTemplate } = place.laid;
    const size = fineSize(place);
    const [from, to] = [
      { template: place.size, plane: plane.middle },
      { template: size, plane: plane.grey },
    ];
    const { warp, inside, found, possible } = this.#judged(place.laid, size, resizedWarp(place.warp, from, to));
    const { across, down } = stretch(warp);
    const pixels = size.width * size.height;
    const scale = Math.sqrt((pixels * across * down) / (plane.grey.width * plane.grey.height));
    const parts = partsInCommon(template, plane, size, warp);
    return {
      score: Math.max(0, found) / (possible + UNPROVEN),
      turn,
      scale: isTemplate ? scale : 1 / scale,
      // A template that was found to be larger than the plane holds it.
      overlap: Math.min(1, (inside / pixels) * Math.max(1, scale ** 2)),
      common:
        parts &&
        (isTemplate
          ? { query: parts.template, candidate: parts.plane }
          : { query: parts.plane, candidate: parts.template }),
    };
  }

  /**
   * By grey levels a place is found from farther away, by local contrast in spite of what covers the picture: so the
   * better of both counts, once more refined by contrast.
   */
  #judged({ template, plane }: Laid, size: PlaneSize, start: Warp): JudgedPlace {
    const grey = template.greyIn(size);
    const byContrast = (from: Warp) => {
      const how = { ...FINE, plain: PLAIN_CONTRAST, sample: this.#sample };
      return refinePlace(template.fineContrastIn(size), plane.fine, from, how).warp;
    };
    const byGrey = (from: Warp) =>
      refinePlace(grey, plane.grey, from, { ...FINE, plain: PLAIN_GREY, sample: this.#sample }).warp;
    const judged = (warp: Warp): JudgedPlace => {
      if (!isPlausible(warp)) return { warp, inside: 0, found: Number.NEGATIVE_INFINITY, possible: 0 };
      const inside = samplePlane(plane.grey, warp, size, this.#sample);
      return { warp, inside, ...judge(grey.values, this.#sample, size) };
    };
    const better = (a: JudgedPlace, b: JudgedPlace) => (b.found > a.found ? b : a);
    const place = better(judged(byContrast(start)), judged(byGrey(start)));
    return better(place, judged(byContrast(place.warp)));
  }
}

/** The template's size at which one of its pixels is about one of the plane's, never larger than it is. */
function fineSize({ laid: { template, plane }, size, warp }: MiddlePlace): PlaneSize {
  const factor = scaleBetween(plane.middle, plane.grey);
  const { across, down } = stretch(warp);
  const within = (side: number, most: number) => Math.max(1, Math.min(most, Math.round(side * factor)));
  return {
    width: within(size.width * across, template.grey.width),
    height: within(size.height * down, template.grey.height),
  };
}

function scaleBetween(from: PlaneSize, to: PlaneSize): number {
  return Math.sqrt((to.width * to.height) / (from.width * from.height));
}

function best<T extends { readonly evidence: number }>(
  places: readonly T[],
  { places: most, evidence: least }: { readonly places: number; readonly evidence: number },
): readonly T[] {
  return places
    .filter(({ evidence }) => evidence >= least)
    .sort((a, b) => b.evidence - a.evidence)
    .slice(0, most);
}

/** Without those that have come to the place of another. */
function distinct(places: readonly MiddlePlace[]): readonly MiddlePlace[] {
  return places.filter((place, at) => !places.slice(0, at).some((other) => isSamePlace(other, place)));
}

function isSamePlace(a: MiddlePlace, b: MiddlePlace): boolean {
  if (a.laid.template !== b.laid.template || a.laid.plane !== b.laid.plane) return false;
  const width = ({ warp, size }: MiddlePlace) => stretch(warp).across * size.width;
  return Math.abs(a.warp.x - b.warp.x) + Math.abs(a.warp.y - b.warp.y) < 1 && Math.abs(width(a) - width(b)) < 1.5;
}
