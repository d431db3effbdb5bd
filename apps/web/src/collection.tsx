import { useEffect, useRef, useState } from 'preact/hooks';
import { rowRatio } from './card.js';
import { Picture } from './picture.js';
import { place } from './search-state.js';
import { apiKey, ask, type Schemas, type Trouble, troubleOf } from './server.js';
import { status } from './status.js';
import { bytes, count, moment } from './words.js';

type Listed = Schemas['ListedImage'];
const STATES = { ready: 'Ready', failed: 'Failed', deleted: 'Deleted' } as const;
const TABS = { '': 'All', ...STATES };
const ALL = Object.keys(STATES);

/** Images as searches see them, with their states, and why those that failed did. None of them waits: only the log knows of those that do. */
export function Collection() {
  const { state } = place.value;
  const [images, setImages] = useState<readonly Listed[]>([]);
  const [cursor, setCursor] = useState<string | null>(null);
  const [fault, setFault] = useState<Trouble | null>(null);
  const [isBusy, setBusy] = useState(true);
  const underWay = useRef(new AbortController());
  /** @param from the cursor of the page before; `null` begins anew. */
  const load = async (from: string | null) => {
    underWay.current.abort();
    underWay.current = new AbortController();
    const { signal: stop } = underWay.current;
    setBusy(true);
    try {
      const query = {
        state: (state === '' ? ALL : [state]) as Schemas['ImageRecordState'][],
        ...(from !== null && { cursor: from }),
      };
      const got = await ask((server) => server.get('/v1/images', { params: { query } }), stop);
      if (stop.aborted) return;
      setImages((before) => (from === null ? got.images : [...before, ...got.images]));
      setCursor(got.nextCursor);
      setFault(null);
    } catch (error) {
      if (stop.aborted) return;
      setFault(troubleOf(error));
    }
    setBusy(false);
  };
  useEffect(() => {
    setImages([]);
    setCursor(null);
    setFault(null);
    void load(null);
    return () => underWay.current.abort();
  }, [state, apiKey.value]);
  return (
    <section class="collection" aria-label="Collection" aria-busy={isBusy}>
      <header class="view-head">
        <h1>Collection</h1>
        <nav class="tabs" aria-label="State">
          {Object.entries(TABS).map(([it, title]) => (
            <a key={it} href={`#collection=${it}`} aria-current={it === state ? 'page' : undefined}>
              {title}
              {counted(it)}
            </a>
          ))}
        </nav>
      </header>
      {fault !== null && fault.code !== 'unauthenticated' && (
        <div class="problem" role="alert">
          <strong>{fault.title}</strong>
          <p>{fault.detail}</p>
          <button type="button" onClick={() => load(fault.code === 'cursor-expired' ? null : cursor)}>
            Try again
          </button>
        </div>
      )}
      <ul class="grid">
        {images.map((it) => (
          <Tile key={it.imageId} image={it} />
        ))}
      </ul>
      {!isBusy && fault === null && images.length === 0 && <p class="nothing">There are no such images.</p>}
      {cursor !== null && (
        <div class="end">
          <button type="button" disabled={isBusy} onClick={() => load(cursor)}>
            {isBusy ? 'Loading…' : 'More images'}
          </button>
        </div>
      )}
      <p class="unseen" role="status">
        {isBusy ? 'Loading' : count(images.length, 'image')}
      </p>
    </section>
  );
}

function counted(state: string): string {
  const images = status.value?.images;
  return images && (state === 'ready' || state === 'failed' || state === 'deleted') ? ` ${images[state]}` : '';
}

function Tile({ image }: { image: Listed }) {
  const { imageId, state, reason, thumbnail, version, width = 1, height = 1, sizeBytes, eventTime } = image;
  const facts = [sizeBytes === undefined ? '' : bytes(sizeBytes), moment(eventTime)]
    .filter((it) => it !== '')
    .join(' · ');
  return (
    <li class={`card ${state}`} style={{ '--ratio': rowRatio(width / height) }}>
      {state === 'ready' && thumbnail !== undefined ? (
        <a class="result" href={`#${new URLSearchParams({ image: imageId })}`} aria-label={`Search by ${imageId}`}>
          <Picture address={`${thumbnail}?version=${version}`} />
        </a>
      ) : (
        <div class="no-picture">{state === 'failed' ? 'No picture' : 'Deleted'}</div>
      )}
      <div class="caption">
        <span class={`badge ${state}`}>{STATES[state as keyof typeof STATES]}</span>
        <span class="name" title={imageId}>
          {imageId}
        </span>
        <span class="sure">
          {width > 1 ? `${width} × ${height} · ` : ''}
          {facts}
        </span>
        {reason !== undefined && (
          <span class="reason">
            {reason.message} <code>{reason.code}</code>
          </span>
        )}
      </div>
    </li>
  );
}
