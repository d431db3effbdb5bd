import { useState } from 'preact/hooks';
import { Card } from './card.js';
import { type Copies, copies, lookForCopiesAgain, showCopies, shownCopies, waitingFor } from './search-state.js';
import { count } from './words.js';

/** More than about two rows would hide what looks alike. */
const FIRST = 8;

/** What is said of copies, and told to screen readers with the summary. */
export function copiesWords(now: Copies): string {
  switch (now.state) {
    case 'unasked':
      return '';
    case 'looking':
      return waitingFor.value ?? 'Looking for copies …';
    case 'failed':
      return `Copies could not be looked for: ${now.trouble.title}.`;
    case 'found':
      return now.results.length === 0
        ? 'No copies found'
        : count(now.results.length, 'copy', 'copies').concat(' found');
  }
}

/**
 * Copies of the one picture that is asked about, before what looks alike. While they are looked for there is the line that they
 * come to; where somebody is at the results already, they come when they are asked for.
 */
export function CopiesSection() {
  const now = copies.value;
  const [isWhole, setWhole] = useState(false);
  if (now.state === 'unasked') return null;
  const all = shownCopies.value;
  if (all.length === 0) return <CopiesLine now={now} />;
  return (
    <section class="found copies" aria-labelledby="copies-title">
      <h2 id="copies-title" class="results-head">
        The same picture · {all.length}
      </h2>
      <ul class="grid">
        {(isWhole ? all : all.slice(0, FIRST)).map((it) => (
          <Card key={it.imageId} result={it} />
        ))}
      </ul>
      {all.length > FIRST && (
        <button type="button" class="small" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
          {isWhole ? 'Show fewer' : `Show all ${all.length}`}
        </button>
      )}
    </section>
  );
}

function CopiesLine({ now }: { now: Copies }) {
  const isOffered = now.state === 'found' && now.results.length > 0;
  return (
    <div class={isOffered ? 'copies-line offered' : 'copies-line'}>
      {isOffered ? <strong>{copiesWords(now)}</strong> : <p class="quiet">{copiesWords(now)}</p>}
      {isOffered && (
        <button type="button" class="small" onClick={showCopies}>
          Show them first
        </button>
      )}
      {now.state === 'failed' && (
        <button type="button" class="small" onClick={lookForCopiesAgain}>
          Look again
        </button>
      )}
    </div>
  );
}
