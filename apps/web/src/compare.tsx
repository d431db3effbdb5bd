import { useLayoutEffect, useRef } from 'preact/hooks';
import { ComparePictures } from './compare-pictures.js';
import { Why } from './compare-why.js';
import type { Query } from './query.js';
import { compared, query, searchByImage, shown } from './search-state.js';
import { VERDICT_WORDS, verdictOf } from './words.js';

export function Compare() {
  const at = shown.value.findIndex(({ imageId }) => imageId === compared.value);
  return at < 0 || query.value === null ? null : <CompareDialog at={at} query={query.value} />;
}

/** Both pictures, and why the server says what it says of them. Arrows lead to the results beside it. */
function CompareDialog({ at, query: now }: { at: number; query: Query }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const it = dialog.current;
    it?.showModal();
    // The browser gives the focus back to what had it before.
    return () => it?.close();
  }, []);
  const result = shown.value[at];
  if (result === undefined) return null;
  const verdict = verdictOf(result);
  const go = (step: number) => {
    compared.value = shown.value[at + step]?.imageId ?? result.imageId;
  };
  return (
    <dialog
      ref={dialog}
      class="compare"
      aria-labelledby="compare-title"
      onClose={() => {
        compared.value = null;
      }}
      onKeyDown={({ key, target }) => {
        // The arrows of a slider are its own.
        if (target instanceof HTMLInputElement) return;
        if (key === 'ArrowLeft' || key === 'ArrowRight') go(key === 'ArrowLeft' ? -1 : 1);
      }}
    >
      <header>
        <h2 id="compare-title">{verdict === null ? 'Side by side' : VERDICT_WORDS[verdict]}</h2>
        <span class="quiet">
          {at + 1} of {shown.value.length}
        </span>
        <button type="button" disabled={at === 0} aria-label="Result before" onClick={() => go(-1)}>
          ‹
        </button>
        <button type="button" disabled={at + 1 === shown.value.length} aria-label="Next result" onClick={() => go(1)}>
          ›
        </button>
        <button type="button" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </header>
      <ComparePictures query={now} result={result} />
      <Why result={result} />
      <footer>
        <button
          type="button"
          class="primary"
          onClick={() => {
            dialog.current?.close();
            searchByImage(result.imageId);
          }}
        >
          Search by this result
        </button>
      </footer>
    </dialog>
  );
}
