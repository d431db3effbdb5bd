import { batch, signal } from '@preact/signals';
import { ApiProblem, ServerUnreachable } from '#client';
import { apiKey, ask, type Schemas, type Trouble, troubleOf } from '../server.js';
import { count } from '../words.js';
import { type Group, type Member, sorted } from './groups.js';
import { currentGroup, goToGroup } from './moves.js';
import {
  change,
  groups,
  load,
  markGone,
  noteRefusal,
  putBack,
  refusal,
  ruleOfAll,
  settled,
  take,
} from './review-state.js';

export type Decision = Schemas['DecisionsAnswer']['decisions'][number];
type Kind = Schemas['DecisionBody']['decision'];

/** One that was made here. */
interface Made {
  readonly group: Group;
  /** Of the group, in the list. */
  readonly at: number;
  /** `null` of one that was not taken. */
  readonly id: Promise<string | null>;
}

/** What is deleted when it is confirmed. */
export interface Deletion {
  readonly group: Group;
  readonly stays: readonly Member[];
  readonly goes: readonly Member[];
}

const GIVE_UP_AFTER_MS = 5_000;
const LONGEST_WAIT_S = 20;

/** What was done last, for people, and whether a key takes it back. */
export const said = signal({ words: '', isUndoable: false });
/** What could not be done, and the group that it is about, where that is in the list again. */
export const failure = signal<{ readonly words: string; readonly sha256: string | null } | null>(null);
/** The last ones, the last first, without those that only take back another one. */
export const decisions = signal<readonly Decision[]>([]);
/** Before that, nobody knows whether there are any. */
export const areDecisionsRead = signal(false);
/** `null` while nothing is asked. */
export const toConfirm = signal<Deletion | null>(null);

/** What can be taken back by a key, the last one at the end. */
export const made = signal<readonly Made[]>([]);

export async function loadDecisions(): Promise<void> {
  try {
    const got = await ask((server) => server.get('/v1/duplicates/decisions', { params: { query: { limit: 20 } } }));
    decisions.value = got.decisions.filter(({ decision }) => decision !== 'undo');
    areDecisionsRead.value = true;
  } catch {
    // The list of groups, which is asked for at the same time, says what is wrong.
  }
}

/** That the images of the group are no copies of each other, or are to be kept. */
export function settle(kind: Exclude<Kind, 'resolve'>): void {
  const group = decidable();
  if (group === null) return;
  const images = group.members.filter(({ imageId }) => !group.leftOut.has(imageId));
  if (images.length < 2) {
    say('A decision needs two images at least: leave fewer out.');
    return;
  }
  const these = images.length === 2 ? 'both images' : `all ${images.length} images`;
  const words = kind === 'keep' ? `Kept ${these} of` : `No duplicates: ${these} with`;
  decide(group, { decision: kind, images: images.map(decided) }, `${words} ${images[0]?.imageId}.`);
}

/** Asks whether the others shall be deleted. */
export function askToDelete(): void {
  const group = decidable();
  if (group === null) return;
  const { stays, goes } = sorted(group, ruleOfAll.value);
  if (stays.length === 0) say('Nothing would stay: choose an image that stays.');
  else if (goes.length === 0) say('Nothing would go: all images stay or are left out.');
  else toConfirm.value = { group, stays, goes };
}

export function deleteOthers({ group, stays, goes }: Deletion): void {
  const kept = stays.length === 1 ? stays[0]?.imageId : count(stays.length, 'image');
  const words = `Kept ${kept}; ${goes.length === 1 ? '1 image is' : `${goes.length} images are`} deleted.`;
  const images = [...stays, ...goes].map(decided);
  const keepImages = stays.map(({ imageId }) => imageId);
  decide(group, { decision: 'resolve', images, keepImages, delete: true }, words);
}

/** Takes back what was decided here last. */
export async function undoLast(): Promise<void> {
  const last = made.value.at(-1);
  if (last === undefined) {
    say('Nothing was decided here yet. What was decided earlier is under Last decisions.');
    return;
  }
  forget(last);
  const id = await last.id;
  if (id !== null) await takeBack(id, last);
}

export async function undo(id: string): Promise<void> {
  const all = made.value;
  const ids = await Promise.all(all.map((it) => it.id));
  const own = all[ids.indexOf(id)];
  if (own !== undefined) forget(own);
  await takeBack(id, own);
}

function decidable(): Group | null {
  const group = currentGroup();
  if (group === null || group.isReturning) return null;
  if (refusal.value === null) return group;
  say('This key may not decide about duplicates.');
  return null;
}

/** The group goes at once, and comes back when the server does not take the decision. */
function decide(group: Group, body: Schemas['DecisionBody'], words: string): void {
  const at = groups.value.findIndex(({ sha256 }) => sha256 === group.sha256);
  if (at === -1) return;
  batch(() => {
    take(group);
    failure.value = null;
    said.value = { words, isUndoable: true };
    goToGroup(at);
  });
  made.value = [...made.value, { group, at, id: send(group, at, body) }];
}

async function send(group: Group, at: number, body: Schemas['DecisionBody']): Promise<string | null> {
  try {
    const retry = { giveUpAfterMs: GIVE_UP_AFTER_MS };
    const answer = await ask((server) => server.with({ retry }).post('/v1/duplicates/decisions', { body }));
    batch(() => {
      markGone(answer.removed, true);
      settled(group);
      decisions.value = [{ ...answer, isUndone: false }, ...decisions.value];
    });
    return answer.id;
  } catch (error) {
    noteRefusal(error);
    const trouble = troubleWithNames(error);
    batch(() => {
      const wasEmpty = groups.value.length === 0;
      putBack({ ...group, trouble }, at);
      if (wasEmpty) goToGroup(0);
      say('');
      failure.value = { words: `Not done, the group is back: ${sentence(trouble)}`, sha256: group.sha256 };
    });
    for (const it of made.value) if (it.group === group) forget(it);
    if (error instanceof ServerUnreachable) await readAgain();
    return null;
  }
}

/** After a lost answer, which may have been that all is done. */
async function readAgain(): Promise<void> {
  const words = 'The answer was lost, so the decision may have been made: see Last decisions.';
  failure.value = { words, sha256: null };
  await Promise.all([load(), loadDecisions()]);
}

/** @param own what is known of it where it was made here. */
async function takeBack(id: string, own: Made | undefined): Promise<void> {
  say('Taking it back…');
  let restored: Decision['kept'];
  try {
    const answer = await ask((server) =>
      server.post('/v1/duplicates/decisions/{id}/undo', { params: { path: { id } } }),
    );
    restored = answer.kept;
  } catch (error) {
    noteRefusal(error);
    if (own !== undefined && troubleOf(error).canRetry) made.value = [...made.value, own];
    batch(() => {
      say('');
      failure.value = { words: `Not taken back: ${sentence(troubleOf(error))}`, sha256: null };
    });
    return;
  }
  batch(() => {
    decisions.value = decisions.value.map((it) => (it.id === id ? { ...it, isUndone: true } : it));
    markGone(restored, false);
    failure.value = null;
    const again =
      restored.length === 0 ? '' : ` ${count(restored.length, 'image is', 'images are')} being added again.`;
    say(`Taken back.${again}`);
    if (own !== undefined) {
      putBack({ ...own.group, trouble: null, isReturning: restored.length > 0 }, own.at);
      goToGroup(own.at);
    }
  });
  await untilBack(restored);
  if (own === undefined) await load();
  else change(own.group.sha256, (it) => ({ ...it, isReturning: false }));
}

function forget(one: Made): void {
  made.value = made.value.filter((it) => it !== one);
}

function say(words: string): void {
  said.value = { words, isUndoable: false };
}

/** Until searches see them, or it takes so long that it is not waited for. */
async function untilBack(images: readonly Schemas['DecidedImage'][]): Promise<void> {
  const key = apiKey.value;
  for (const { imageId } of images) {
    if (key !== apiKey.value) return;
    const path = { imageId };
    try {
      const { version } = await ask((server) => server.get('/v1/images/{imageId}', { params: { path } }));
      const query = { minVersion: version ?? 0, wait: LONGEST_WAIT_S };
      await ask((server) =>
        server.waiting(LONGEST_WAIT_S * 1000).get('/v1/images/{imageId}', { params: { path, query } }),
      );
    } catch {
      // They are in the log; only their pictures are not shown yet.
      return;
    }
  }
}

/** With the images that have changed, where that is what went wrong. */
function troubleWithNames(error: unknown): Trouble {
  const trouble = troubleOf(error);
  const { imageIds } = error instanceof ApiProblem ? error.facts : {};
  return Array.isArray(imageIds)
    ? { ...trouble, detail: `${trouble.detail} Changed: ${imageIds.join(', ')}.` }
    : trouble;
}

const decided = ({ imageId, sha256 }: Member) => ({ imageId, sha256 });

const sentence = ({ title, detail }: Trouble): string => detail || title;
