import { askToDelete, failure, made, said, settle, undoLast } from './decide.js';
import { sorted } from './groups.js';
import { areKeysShown, RULE_TITLES, RULES } from './keys.js';
import { currentGroup, goToGroup } from './moves.js';
import { groups, refusal, ruleOfAll } from './review-state.js';

/** What can be done with the group that is chosen, and what was done last. Always in sight. */
export function ActionBar() {
  const group = currentGroup();
  const goes = group === null ? 0 : sorted(group, ruleOfAll.value).goes.length;
  const isOff = group === null || group.isReturning || refusal.value !== null;
  const rule = group === null || group.chosen !== null ? null : (group.rule ?? ruleOfAll.value);
  return (
    <div class="action-bar">
      <Said />
      {failure.value !== null && <Failure />}
      <fieldset class="choices touchless">
        <legend>Stays</legend>
        {RULES.map((it) => (
          <button
            key={it.rule}
            type="button"
            class="small"
            disabled={group === null}
            aria-pressed={rule === it.rule}
            onClick={it.choose}
          >
            {RULE_TITLES[it.rule]} <kbd>{it.key}</kbd>
          </button>
        ))}
      </fieldset>
      <fieldset class="choices deciding" title={refusal.value ?? undefined}>
        <legend class="unseen">Decide</legend>
        <button type="button" disabled={isOff} onClick={() => settle('not-a-duplicate')}>
          No duplicates <kbd>n</kbd>
        </button>
        <button type="button" disabled={isOff} onClick={() => settle('keep')}>
          Keep all <kbd>a</kbd>
        </button>
        <button type="button" class="danger" disabled={isOff} onClick={askToDelete}>
          {goes === 0 ? 'Delete others' : `Delete ${goes}`} <kbd>d</kbd>
        </button>
        <button type="button" disabled={refusal.value !== null || made.value.length === 0} onClick={undoLast}>
          Undo <kbd>u</kbd>
        </button>
        <button
          type="button"
          class="touchless"
          aria-label="Keys ?"
          onClick={() => {
            areKeysShown.value = true;
          }}
        >
          <kbd>?</kbd>
        </button>
      </fieldset>
    </div>
  );
}

/** Told to screen readers as it changes. */
export function Said() {
  const { words, isUndoable } = said.value;
  return (
    <p class="said" role="status">
      {words}
      {isUndoable && <span class="touchless"> Undo: u.</span>}
    </p>
  );
}

function Failure() {
  if (failure.value === null) return null;
  const { words, sha256 } = failure.value;
  const at = groups.value.findIndex((it) => it.sha256 === sha256);
  return (
    <p class="not-done" role="alert">
      {words}{' '}
      {at !== -1 && (
        <button
          type="button"
          class="small"
          onClick={() => {
            failure.value = null;
            goToGroup(at);
          }}
        >
          Show the group
        </button>
      )}
    </p>
  );
}
