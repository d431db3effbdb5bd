import { count, moment } from '../words.js';
import { areDecisionsRead, type Decision, decisions, undo } from './decide.js';
import { refusal } from './review-state.js';

const LISTED = 10;

/** What was decided last, by whom, and a way back from each. */
export function LastDecisions() {
  const all = decisions.value.slice(0, LISTED);
  return (
    <details class="last-decisions panel" open={matchMedia('(min-width: 75rem)').matches}>
      <summary>Last decisions</summary>
      {areDecisionsRead.value && all.length === 0 && <p class="quiet">None yet.</p>}
      <ul>
        {all.map((it) => (
          <li key={it.id} class={it.isUndone ? 'undone' : ''}>
            <span>
              <b>{words(it)}</b>
              <span class="quiet">
                {it.at === null ? '' : moment(it.at)}
                {it.by === null ? '' : ` by ${it.by}`}
              </span>
            </span>
            {it.isUndone ? (
              <span class="quiet">Undone</span>
            ) : (
              <button
                type="button"
                class="small"
                disabled={refusal.value !== null}
                aria-label={`Undo: ${words(it)}`}
                onClick={() => undo(it.id ?? '')}
              >
                Undo
              </button>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}

function words({ decision, kept, removed }: Decision): string {
  const first = kept[0]?.imageId ?? '';
  const others = kept.length === 1 ? first : `${first} and ${count(kept.length - 1, 'other')}`;
  if (decision === 'resolve') return `${count(removed.length, 'image')} deleted, kept ${others}`;
  return decision === 'keep' ? `Kept all: ${others}` : `No duplicates: ${others}`;
}
