import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Picture, previewOf, thumbnailOf } from './picture.js';
import { examplesOf, nameOf, type Query, queryBy } from './query.js';
import { RegionPicture } from './region-picture.js';
import { query, refine, search, searchByFile } from './search-state.js';

const MODES = { fast: 'Fast', balanced: 'Balanced', exact: 'Exact' } as const;

/** What is searched by: first an invitation, then a strip that says what by. */
export function QueryPanel() {
  const now = query.value;
  const heading = useFocusOf(now);
  if (now === null) {
    return (
      <section class="query" aria-label="What to search by">
        <Frames />
        <h1>Find pictures that look like yours</h1>
        <p class="quiet">Drop a picture anywhere, paste one, or choose a file.</p>
        <Ways />
      </section>
    );
  }
  return (
    <section class="query used" aria-label="What to search by">
      <RegionPicture query={now} />
      <div class="asked">
        <p class="eyebrow">{now.region === null ? 'Searched by' : 'Searched by a part of'}</p>
        <h1 ref={heading} id="searched-name" tabIndex={-1}>
          {nameOf(now.source)}
        </h1>
        <Examples query={now} />
        <Options query={now} />
      </div>
      <Ways />
    </section>
  );
}

/** A heading that takes the focus when a new query takes away what has it: a result goes with the others, a chip with its example. */
function useFocusOf(now: Query | null) {
  const heading = useRef<HTMLHeadingElement>(null);
  const isFirst = useRef(true);
  useLayoutEffect(() => {
    const { activeElement: it, body } = document;
    if (!isFirst.current && (it === body || it?.closest('#results'))) heading.current?.focus({ preventScroll: true });
    isFirst.current = false;
  }, [now]);
  return heading;
}

function Ways() {
  const [file, camera, link] = [
    useRef<HTMLInputElement>(null),
    useRef<HTMLInputElement>(null),
    useRef<HTMLInputElement>(null),
  ];
  const [hasLink, setHasLink] = useState(false);
  const take = ({ currentTarget }: { currentTarget: HTMLInputElement }) => {
    searchByFile(currentTarget.files?.[0]);
    // So that choosing the same file again is a change.
    currentTarget.value = '';
  };
  const hidden = {
    type: 'file',
    accept: 'image/*',
    class: 'unseen',
    tabIndex: -1,
    'aria-hidden': true,
    onChange: take,
  } as const;
  return (
    <div class="ways">
      <input ref={file} id="file" {...hidden} />
      <input ref={camera} id="camera" capture="environment" {...hidden} />
      <button type="button" class="primary" onClick={() => file.current?.click()}>
        Choose a picture
      </button>
      <button type="button" class="camera" onClick={() => camera.current?.click()}>
        Take a photo
      </button>
      <button type="button" aria-expanded={hasLink} onClick={() => setHasLink(!hasLink)}>
        Use a link
      </button>
      {hasLink && (
        <form
          class="link"
          onSubmit={(event) => {
            event.preventDefault();
            if (link.current?.value)
              search(queryBy({ kind: 'link', link: link.current.value.trim() }, query.value ?? undefined));
          }}
        >
          <input ref={link} type="url" required placeholder="https://…" aria-label="Link to a picture" />
          <button type="submit">Search</button>
        </form>
      )}
    </div>
  );
}

/** Further examples as chips, each of which can be taken away again. */
function Examples({ query: { positives, negatives } }: { query: Query }) {
  if (positives.length + negatives.length === 0) return null;
  const chip = (imageId: string, sign: '+' | '−', rest: Partial<Query>) => (
    <li key={sign + imageId} class={sign === '+' ? 'chip' : 'chip not'}>
      <Picture address={thumbnailOf(imageId)} />
      <span>
        {sign === '+' ? 'and like' : 'not like'} <b>{imageId}</b>
      </span>
      <button type="button" aria-label={`Remove the example ${imageId}`} onClick={() => refine(rest)}>
        ×
      </button>
    </li>
  );
  const without = (ids: readonly string[], imageId: string) => ids.filter((it) => it !== imageId);
  return (
    <ul class="chips" aria-label="More examples">
      {positives.map((it) => chip(it, '+', { positives: without(positives, it) }))}
      {negatives.map((it) => chip(it, '−', { negatives: without(negatives, it) }))}
    </ul>
  );
}

function Options({ query: now }: { query: Query }) {
  const hasOne = examplesOf(now) === 1;
  return (
    <div class="options">
      <label>
        Mode{' '}
        <select
          value={now.mode}
          onChange={({ currentTarget }) => refine({ mode: currentTarget.value as Query['mode'] })}
        >
          {Object.entries(MODES).map(([mode, title]) => (
            <option key={mode} value={mode}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <label class="check" title={hasOne ? undefined : 'Copies are told of one picture, without further examples'}>
        <input
          type="checkbox"
          checked={now.copiesOnly && hasOne}
          disabled={!hasOne}
          onChange={({ currentTarget }) => refine({ copiesOnly: currentTarget.checked })}
        />
        Only copies of this picture
      </label>
      {previewOf(now.source) !== null && now.region === null && (
        <span class="quiet hint">Drag on the picture to search by a part of it</span>
      )}
      {now.region !== null && (
        <button type="button" class="small" onClick={() => refine({ region: null })}>
          Search by the whole picture
        </button>
      )}
    </div>
  );
}

const Frames = () => (
  <svg class="frames" viewBox="0 0 96 64" aria-hidden="true">
    <rect x="5" y="12" width="44" height="44" rx="9" class="frame back" />
    <rect x="45" y="6" width="46" height="46" rx="9" class="frame front" />
    <circle cx="61" cy="21" r="4.5" class="sun" />
    <path d="M47.5 47l13-14 9 9 8-8 11 12.5" class="hills" />
  </svg>
);
