import { useEffect, useRef } from 'preact/hooks';
import { Card } from './card.js';
import { CopiesSection, copiesWords } from './copies.js';
import { asksAboutOne, type Query } from './query.js';
import {
  alike,
  answer,
  busy,
  copies,
  isHandled,
  isSlow,
  more,
  nextCursor,
  query,
  refine,
  shown,
  waitingFor,
} from './search-state.js';
import { status } from './status.js';
import { TroubleBox } from './trouble-box.js';
import { count, duration } from './words.js';

const handle = () => {
  isHandled.value = true;
};
/** A page that moves under a pointer that rests is told to the pointer too. */
const handleMove = ({ movementX, movementY }: PointerEvent) => {
  if (movementX !== 0 || movementY !== 0) handle();
};

export function Results() {
  useEffect(() => {
    addEventListener('scroll', handle, { passive: true });
    return () => removeEventListener('scroll', handle);
  }, []);
  const now = query.value;
  const isFirst = busy.value === 'first';
  return (
    <section
      id="results"
      class="results"
      aria-label="Results"
      aria-busy={isFirst}
      onPointerMove={handleMove}
      onPointerDown={handle}
      onFocusIn={handle}
    >
      <CopiesSection />
      <section class="found" aria-label="What looks alike">
        <Head title={now !== null && isOnlyOfCopies(now) ? 'The same picture' : 'Most alike'} />
        {nextCursor.value === null && <TroubleBox />}
        {isFirst && shown.value.length === 0 ? (
          <Places />
        ) : (
          <ul class="grid">
            {alike.value.map((it) => (
              <Card key={it.imageId} result={it} />
            ))}
          </ul>
        )}
        {nextCursor.value !== null && <TroubleBox />}
        <End />
      </section>
      {now === null && status.value?.images?.ready === 0 && <Nothing sentence="The collection is empty." />}
      {now !== null && answer.value !== null && shown.value.length === 0 && <NothingFound query={now} />}
    </section>
  );
}

const isOnlyOfCopies = (now: Query) => now.copiesOnly && asksAboutOne(now);

const NothingFound = ({ query: now }: { query: Query }) =>
  now.choices.length > 0 || isOnlyOfCopies(now) ? (
    <p class="nothing">
      No picture fits.{' '}
      <button type="button" onClick={() => refine({ choices: [], copiesOnly: false })}>
        Search without filters
      </button>
    </p>
  ) : (
    <Nothing sentence="There is no other picture in the collection yet." />
  );

const Nothing = ({ sentence }: { sentence: string }) => (
  <p class="nothing">
    {sentence} Add some with <code>lookalike import &lt;folder&gt;</code>.
  </p>
);

function Head({ title }: { title: string }) {
  const { value: got } = answer;
  const summary = () => {
    if (busy.value === 'first')
      return waitingFor.value ?? (isSlow.value ? 'Still searching; the server takes its time…' : 'Searching…');
    if (got === null) return '';
    if (alike.value.length === 0) return shown.value.length === 0 ? 'Nothing found' : 'Nothing else found';
    return `${count(alike.value.length, 'picture')}${nextCursor.value === null ? '' : ' so far'}, in ${duration(got.tookMs)}`;
  };
  return (
    <div class="results-head">
      {got !== null && shown.value.length > 0 && <h2 id="alike-title">{title}</h2>}
      <p id="summary" class="summary" role="status">
        {summary()}
        {busy.value !== 'first' && <span class="unseen"> {copiesWords(copies.value)}</span>}
      </p>
      {got !== null && shown.value.length > 0 && (
        <details>
          <summary>What do these mean?</summary>
          <p>
            Similarity is the cosine between the vectors of two pictures. It puts them in order and promises nothing:
            what a number means differs from encoder to encoder. Whether a picture was made from yours is told apart
            from that, by perceptual hashes and by laying both over each other; a badge stands where that may be so,
            with how likely it is.
          </p>
          <p>
            Made by encoder {got.encoder.name} ({got.encoder.fingerprint}) from generation {got.generation} of the
            index, mode {got.mode}: {got.steps.map(({ name, tookMs }) => `${name} ${duration(tookMs)}`).join(', ')}.
          </p>
        </details>
      )}
      {got?.warnings.map(({ code, message }) => (
        <p key={code} class="notice">
          {message}
        </p>
      ))}
    </div>
  );
}

/** Asks for the next page when it comes into view. */
function End() {
  const end = useRef<HTMLDivElement>(null);
  const cursor = nextCursor.value;
  useEffect(() => {
    if (end.current === null || cursor === null) return;
    const observer = new IntersectionObserver(
      ([it]) => {
        if (it?.isIntersecting) void more();
      },
      { rootMargin: '600px' },
    );
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [cursor]);
  if (cursor === null) return null;
  return (
    <div ref={end} class="end">
      <button type="button" disabled={busy.value !== null} onClick={more}>
        {busy.value === 'more' ? 'Loading…' : 'More results'}
      </button>
    </div>
  );
}

const RATIOS = [1.4, 0.8, 1.5, 1.1, 0.75];
const Places = () => (
  <ul class="grid" aria-hidden="true">
    {Array.from({ length: 10 }, (_, at) => (
      <li key={at} class="ghost" style={{ '--ratio': RATIOS[at % 5] }} />
    ))}
  </ul>
);
