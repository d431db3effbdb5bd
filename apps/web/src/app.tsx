import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Collection } from './collection.js';
import { Compare } from './compare.js';
import { Duplicates } from './duplicates/duplicates.js';
import { Filters } from './filters.js';
import { KeyForm } from './key-form.js';
import { Operations } from './operations.js';
import { QueryPanel } from './query-panel.js';
import { Results } from './results.js';
import { place, searchByFile } from './search-state.js';
import { apiKey, keepApiKey, keyWanted } from './server.js';
import { collectionWords, isTrained, watchStatus } from './status.js';

const VIEWS = {
  search: ['Search', '#'],
  collection: ['Collection', '#collection'],
  duplicates: ['Duplicates', '#duplicates'],
  operations: ['Operations', '#operations'],
} as const;

const isDragging = signal(false);
const isOffline = signal(!navigator.onLine);

/** @param props.onKey when a key was given. */
export function App({ onKey }: { onKey: () => unknown }) {
  useEffect(() => listen(), []);
  useEffect(() => watchStatus(), []);
  const { view } = place.value;
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to the content
      </button>
      <Bar />
      <main id="main" tabIndex={-1}>
        {keyWanted.value !== null && <KeyForm onKey={onKey} />}
        {isOffline.value && (
          <p class="notice" role="status">
            <strong>Offline.</strong> What is shown stays; searching goes on with the network.
          </p>
        )}
        {isTrained.value === false && (view === 'search' || view === 'collection') && <Untrained />}
        {view === 'search' && (
          <>
            <QueryPanel />
            <div class="work">
              <Filters />
              <Results />
            </div>
          </>
        )}
        {view === 'collection' && <Collection />}
        {view === 'duplicates' && <Duplicates />}
        {view === 'operations' && <Operations />}
      </main>
      <Compare />
      {isDragging.value && (
        <div class="drop-here" aria-hidden="true">
          Drop to search
        </div>
      )}
    </>
  );
}

function Bar() {
  const { view } = place.value;
  return (
    <header class="bar">
      <a class="brand" href="/" aria-label="lookalike, start page">
        <img src="/page/icon.svg" alt="" width="26" height="26" /> lookalike
      </a>
      <nav class="tabs" aria-label="Views">
        {Object.entries(VIEWS).map(([name, [title, address]]) => (
          <a key={name} href={address} aria-current={name === view ? 'page' : undefined}>
            {title}
          </a>
        ))}
      </nav>
      <p class="count">{collectionWords.value}</p>
      {apiKey.value !== null && (
        <button
          type="button"
          class="small"
          onClick={() => {
            keepApiKey(null);
            keyWanted.value = '';
          }}
        >
          Change key
        </button>
      )}
    </header>
  );
}

const Untrained = () => (
  <details id="untrained" class="notice">
    <summary>
      <strong>Finds near-duplicates only:</strong> the encoder that runs here has no trained weights.
    </summary>
    <p>
      It recognises the same picture cropped, resized or recompressed. It does not know what is in a picture, so what
      comes after the copies may be anything, however high its similarity is.
    </p>
  </details>
);

function listen(): () => void {
  const stop = new AbortController();
  const on = <K extends keyof WindowEventMap>(name: K, act: (event: WindowEventMap[K]) => void) =>
    addEventListener(name, act, { signal: stop.signal });
  on('dragover', (event) => {
    event.preventDefault();
    isDragging.value = event.dataTransfer?.types.includes('Files') ?? false;
  });
  on('dragleave', (event) => {
    if (event.relatedTarget === null) isDragging.value = false;
  });
  on('drop', (event) => {
    event.preventDefault();
    isDragging.value = false;
    searchByFile(event.dataTransfer?.files[0]);
  });
  on('paste', (event) => searchByFile(event.clipboardData?.files[0]));
  on('online', () => {
    isOffline.value = false;
  });
  on('offline', () => {
    isOffline.value = true;
  });
  return () => stop.abort();
}
