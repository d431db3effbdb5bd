import { Picture } from './picture.js';
import { examplesOf, MAX_EXAMPLES, type Query } from './query.js';
import { compared, query, refine, searchByImage } from './search-state.js';
import type { Found } from './server.js';
import { certainty, cosine, differenceOf, percent, VERDICT_WORDS, verdictOf } from './words.js';

/** Very long or tall pictures are cropped to keep the rows. */
export const rowRatio = (ratio: number) => Math.min(2.6, Math.max(0.55, ratio)).toFixed(4);

export function Card({ result }: { result: Found }) {
  const { imageId, score, thumbnail, version, width, height } = result;
  const verdict = verdictOf(result);
  const notes = [certainty(result), differenceOf(result)].filter((it) => it !== '');
  const said = [
    imageId,
    ...(verdict === null ? [] : [VERDICT_WORDS[verdict]]),
    ...notes,
    `similarity ${cosine(score)}`,
  ];
  return (
    <li class="card" style={{ '--ratio': rowRatio(width / height) }}>
      <button
        type="button"
        class="result"
        title={`Search by ${imageId}`}
        onClick={() => searchByImage(imageId)}
        aria-label={`${said.join(', ')}. Search by this picture.`}
      >
        <Picture address={`${thumbnail}?version=${version}`} />
      </button>
      <div class="caption">
        <span class="named">
          <span class="name" title={imageId}>
            {imageId}
          </span>
          <Similarity score={score} />
        </span>
        {verdict !== null && <span class={`badge ${verdict}`}>{VERDICT_WORDS[verdict]}</span>}
        {notes.map((it) => (
          <span key={it} class="sure">
            {it}
          </span>
        ))}
        <Facts result={result} />
        <span class="acts">
          <button
            type="button"
            aria-label={`Compare with ${imageId}`}
            onClick={() => {
              compared.value = imageId;
            }}
          >
            Compare
          </button>
          <ExampleButton sign="+" words="More like" imageId={imageId} />
          <ExampleButton sign="−" words="Less like" imageId={imageId} />
        </span>
      </div>
    </li>
  );
}

/** Takes a result as one more example: for what is wanted, or for what is not. */
function ExampleButton({ sign, words, imageId }: { sign: '+' | '−'; words: string; imageId: string }) {
  const now = query.value;
  const kind = sign === '+' ? 'positives' : 'negatives';
  return (
    <button
      type="button"
      disabled={now === null || examplesOf(now) >= MAX_EXAMPLES || isExample(now, imageId)}
      aria-label={`${words} ${imageId}`}
      title={`${words} this`}
      onClick={() => refine({ [kind]: [...(now?.[kind] ?? []), imageId] })}
    >
      {sign}
    </button>
  );
}

/** Results stay as they are until the next answer comes. */
function isExample({ positives, negatives }: Query, imageId: string): boolean {
  return positives.includes(imageId) || negatives.includes(imageId);
}

/** The cosine as a number and a bar: it says which is nearer, not whether it is the same. */
const Similarity = ({ score }: { score: number }) => (
  <span class="similarity" title={`Cosine ${score.toFixed(4)}`}>
    similarity <b>{cosine(score)}</b>
    <span class="level" style={{ '--share': Math.max(0, score) }} />
  </span>
);

export function Facts({ result: { attributes = {}, labels = [] } }: { result: Pick<Found, 'attributes' | 'labels'> }) {
  const entries = Object.entries(attributes);
  if (entries.length + labels.length === 0) return null;
  return (
    <span class="facts">
      {labels.slice(0, 3).map(({ name, probability }) => (
        <span key={name} class="fact" title={`Label, ${percent(probability)}`}>
          {name}
        </span>
      ))}
      {entries.slice(0, 4).map(([name, value]) => (
        <span key={name} class="fact" title={name}>
          {Array.isArray(value) ? value.join(', ') : String(value)}
        </span>
      ))}
    </span>
  );
}
