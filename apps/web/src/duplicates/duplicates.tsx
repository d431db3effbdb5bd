import { useEffect, useRef } from 'preact/hooks';
import { apiKey } from '../server.js';
import { whole } from '../words.js';
import { ActionBar } from './action-bar.js';
import { loadDecisions, toConfirm } from './decide.js';
import { GroupRow } from './group-row.js';
import { areKeysShown, pressed } from './keys.js';
import { LastDecisions } from './last-decisions.js';
import { currentGroup, goToGroup, isComparing } from './moves.js';
import { DeleteQuestion, KeysList } from './questions.js';
import { ReviewHead, waitingWords } from './review-head.js';
import {
  busy,
  fault,
  groups,
  hint,
  load,
  look,
  more,
  nextCursor,
  refusal,
  stopLoading,
  totals,
  unlisted,
  waiting,
} from './review-state.js';
import { SideBySide } from './side-by-side.js';
import { useNear } from './use-near.js';

const EVERY_MS = 10_000;

/** Images that are copies of each other, group by group, and what shall become of them: by keyboard as much as by pointer. */
export function Duplicates() {
  useEffect(() => {
    // Of a visit that ended in a dialog.
    [isComparing.value, areKeysShown.value, toConfirm.value] = [false, false, null];
    void load();
    void loadDecisions();
    const timer = setInterval(look, EVERY_MS);
    return () => {
      clearInterval(timer);
      stopLoading();
    };
  }, [apiKey.value]);
  useEffect(() => {
    // Whoever has just come here has the focus nowhere, or where they came from.
    const focused = document.activeElement;
    const isFree = focused === null || focused === document.body || focused.closest('.bar') !== null;
    // With an empty list it is nowhere: a list that is read anew begins at its first group.
    if (groups.value.length === 0 || currentGroup() === null) goToGroup(0, isFree);
  }, [groups.value]);
  return (
    <section class="duplicates" aria-label="Duplicates" aria-busy={busy.value === 'first'} onKeyDown={pressed}>
      <ReviewHead />
      <Notices />
      <div class="review">
        <div class="groups">
          {groups.value.length > 0 && (
            // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: arrows go from cell to cell (the grid pattern of ARIA)
            <table role="grid" aria-label="Groups of duplicates">
              <tbody>
                {groups.value.map((it) => (
                  <GroupRow key={it.sha256} group={it} />
                ))}
              </tbody>
            </table>
          )}
          <End />
          <Nothing />
        </div>
        <LastDecisions />
      </div>
      <ActionBar />
      <SideBySide />
      <DeleteQuestion />
      <KeysList />
    </section>
  );
}

function Notices() {
  const it = fault.value;
  const isStale = it?.code === 'invalid-cursor';
  return (
    <>
      {refusal.value !== null && (
        <p class="notice" role="note">
          {refusal.value}
        </p>
      )}
      {it !== null && it.code !== 'unauthenticated' && (
        <div class="problem" role="alert">
          <strong>{it.title}</strong>
          <p>{it.detail}</p>
          <button type="button" onClick={() => (isStale || groups.value.length === 0 ? load() : more())}>
            Try again
          </button>
        </div>
      )}
      {busy.value === 'first' && (
        <p class="nothing" role="status">
          {hint.value || 'Looking for groups…'}
        </p>
      )}
      {groups.value.length > 0 && (
        <p class="help-line">
          <span>
            <kbd>j</kbd> <kbd>k</kbd> groups
          </span>
          <span>
            <kbd>←</kbd> <kbd>→</kbd> images
          </span>
          <span>
            <kbd>Space</kbd> stays or goes
          </span>
          <span>
            <kbd>x</kbd> leave out
          </span>
          <span>
            <kbd>Enter</kbd> side by side
          </span>
          <span>
            <kbd>?</kbd> all keys
          </span>
        </p>
      )}
    </>
  );
}

/** Asks for the next page before it comes into sight. */
function End() {
  const end = useRef<HTMLDivElement>(null);
  const isNear = useNear(end);
  const cursor = nextCursor.value;
  useEffect(() => {
    if (isNear && cursor !== null) void more();
  }, [isNear, cursor]);
  return (
    <div ref={end} class="end">
      {cursor !== null && (
        <button type="button" disabled={busy.value !== null} onClick={more}>
          {busy.value === 'more' ? hint.value || 'Loading…' : 'More groups'}
        </button>
      )}
      {unlisted.value > 0 && groups.value.length > 0 && (
        <button type="button" onClick={load}>
          {unlisted.value === 1 ? '1 more group has come' : `${whole(unlisted.value)} more groups have come`}: show them
        </button>
      )}
    </div>
  );
}

/** That there is nothing to review, where whoever has decided about the last group is not lost. */
function Nothing() {
  const isEmpty = busy.value === null && fault.value === null && groups.value.length === 0 && nextCursor.value === null;
  const sentence = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    const focused = document.activeElement;
    // A button that has been disabled has it until the next frame, and then nobody.
    if (isEmpty && (focused === document.body || focused?.matches(':disabled'))) sentence.current?.focus();
  }, [isEmpty]);
  if (!isEmpty || totals.value === null) return null;
  return (
    <p ref={sentence} class="nothing" tabIndex={-1}>
      <strong>Nothing to review.</strong>{' '}
      {waiting.value === 0 ? 'All images have been compared with each other.' : capitalised(`${waitingWords()}.`)}
    </p>
  );
}

const capitalised = (text: string) => `${text[0]?.toUpperCase()}${text.slice(1)}`;
