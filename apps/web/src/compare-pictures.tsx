import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { around, isSideways, laidOn, placed, sharesOf, turnTransform, WHOLE, withinPart } from './laid.js';
import { Picture, previewOf } from './picture.js';
import { nameOf, type Query, type Region } from './query.js';
import type { Found, Schemas } from './server.js';
import { TURN_WORDS, verdictOf } from './words.js';

type Common = Schemas['CommonPart'];

/** Of a side: an outline along the edge of a picture says nothing. */
const NEARLY_WHOLE = 0.96;

const isLaidOver = signal(false);
/** Of the query, where both lie over each other; 0 to 1. */
const opacity = signal(0.5);

/** The query and a result side by side, what both show outlined in the larger one; or, where that is known, laid over each other. */
export function ComparePictures({ query, result }: { query: Query; result: Found }) {
  const [ratio, setRatio] = useState(1);
  const common = commonOf(query, result);
  const turn = turnOf(result);
  const preview = previewOf(query.source);
  const isLaid = isLaidOver.value && common !== null && preview !== null;
  const picture = `${result.thumbnail}?version=${result.version}`;
  return (
    <>
      {common !== null && preview !== null && <LayWays />}
      {isLaid ? (
        <LaidOver common={common} turn={turn} ratio={result.width / result.height} below={picture} above={preview} />
      ) : (
        <div class="pair">
          <figure>
            <div class="stage" style={{ transform: turnTransform(turn) }}>
              <Framed address={preview} ratio={ratio} onRatio={setRatio} outline={query.region ?? common?.query} />
            </div>
            <figcaption>
              <span class="eyebrow">{turn === 'none' ? 'Query' : `Query, ${TURN_WORDS[turn]}`}</span>{' '}
              {nameOf(query.source)}
            </figcaption>
          </figure>
          <figure>
            <div class="stage">
              <Framed address={picture} ratio={result.width / result.height} outline={common?.candidate} />
            </div>
            <figcaption>
              <span class="eyebrow">Result</span> {result.imageId}
            </figcaption>
          </figure>
        </div>
      )}
    </>
  );
}

/** How the query lies over the result; as it is where they are told to be different pictures. */
function turnOf(result: Found): Schemas['Turn'] {
  if (verdictOf(result) === null) return 'none';
  return result.explanation?.alignment?.turn ?? result.hash?.turn ?? 'none';
}

/** The part that both show, of the query as of the whole picture that it is a region of. */
function commonOf({ region }: Query, result: Found): Common | null {
  const verdict = verdictOf(result);
  if (verdict === 'identical') return { query: WHOLE, candidate: WHOLE };
  const common = result.explanation?.alignment?.common;
  if (verdict === null || !common) return null;
  return region === null ? common : { ...common, query: withinPart(region, common.query) };
}

function LayWays() {
  return (
    <div class="lay-ways">
      <button
        type="button"
        class="small"
        aria-pressed={isLaidOver.value}
        onClick={() => {
          isLaidOver.value = !isLaidOver.value;
        }}
      >
        Lay over each other
      </button>
      {isLaidOver.value && (
        <label>
          Result
          <input
            type="range"
            min="0"
            max="1"
            step="0.01"
            value={opacity.value}
            aria-label="How much of the query shows"
            onInput={({ currentTarget }) => {
              opacity.value = Number(currentTarget.value);
            }}
          />
          Query
        </label>
      )}
    </div>
  );
}

interface FramedProps {
  readonly address: string | null;
  /** Width over height. */
  readonly ratio: number;
  readonly onRatio?: (ratio: number) => void;
  readonly outline: Region | undefined;
}

function Framed({ address, ratio, onRatio, outline }: FramedProps) {
  const isPart = outline !== undefined && Math.min(outline.width, outline.height) < NEARLY_WHOLE;
  return (
    <div class="framed" style={{ '--ratio': ratio }}>
      <Picture address={address} {...(onRatio && { onRatio })} />
      {isPart && <span class="outline" style={placed(outline)} />}
    </div>
  );
}

interface LaidOverProps {
  readonly common: Common;
  readonly turn: Schemas['Turn'];
  /** Of the result: width over height. */
  readonly ratio: number;
  readonly below: string;
  readonly above: string;
}

/** The turned query over the result, in a frame that both fit in. */
function LaidOver({ common, turn, ratio, below, above }: LaidOverProps) {
  const query = laidOn(common, turn);
  const frame = around(WHOLE, query);
  // Of the turned query as it is laid: a picture on its side has that one's width as its height.
  const laidRatio = (ratio * query.width) / query.height;
  const sides = isSideways(turn)
    ? { width: `${100 / laidRatio}%`, height: `${100 * laidRatio}%` }
    : { width: '100%', height: '100%' };
  return (
    <div class="laid-stage">
      <div class="laid" style={{ '--ratio': (ratio * frame.width) / frame.height }}>
        <div class="layer" style={placed(sharesOf(frame, WHOLE))}>
          <Picture address={below} />
        </div>
        <div class="layer laid-query" style={{ ...placed(sharesOf(frame, query)), opacity: opacity.value }}>
          <div class="turned" style={{ ...sides, transform: `translate(-50%, -50%) ${turnTransform(turn)}` }}>
            <Picture address={above} />
          </div>
        </div>
      </div>
    </div>
  );
}
