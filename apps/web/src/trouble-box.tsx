import { more, nextCursor, run, trouble } from './search-state.js';

/** Why the last search or its next page has no results. */
export function TroubleBox() {
  const { value: it } = trouble;
  if (it === null || it.code === 'unauthenticated') return null;
  const isExpired = it.code === 'cursor-expired';
  // A next page that failed is asked for again by itself: what is shown stays.
  const isOfNext = nextCursor.value !== null && !isExpired;
  return (
    <div class="problem" role="alert">
      <strong>{isExpired ? 'The index has been replaced meanwhile' : it.title}</strong>
      <p>{isExpired ? 'Its next results are of the new one: search again to see them.' : it.detail}</p>
      {it.rules.length > 0 && (
        <ul>
          {it.rules.map((rule) => (
            <li key={rule}>{rule}</li>
          ))}
        </ul>
      )}
      {(it.canRetry || isExpired) && (
        <button type="button" onClick={isOfNext ? more : run}>
          {isExpired ? 'Search again' : 'Try again'}
        </button>
      )}
    </div>
  );
}
