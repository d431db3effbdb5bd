import { batch, computed, signal } from '@preact/signals';
import { ApiProblem } from '#client';
import { ask, type Schemas, type Trouble, troubleOf, WITHOUT_PATIENCE } from '../server.js';
import { type Group, groupOf, type KeepRule, type Member } from './groups.js';

export const order = signal<Schemas['GroupOrder']>('images');
/** How the image that stays is chosen where nobody has chosen in a group itself. */
export const ruleOfAll = signal<KeepRule>('resolution');
export const groups = signal<readonly Group[]>([]);
/** Of the whole collection, but for what was decided here since; `null` until they are known. */
export const totals = signal<Schemas['GroupTotals'] | null>(null);
/** Records still to be compared, at most; `null` while nobody knows. */
export const waiting = signal<number | null>(null);
export const nextCursor = signal<string | null>(null);
export const busy = signal<'first' | 'more' | null>(null);
/** Why an answer takes so long, as long as it does. */
export const hint = signal('');
export const fault = signal<Trouble | null>(null);
/** Why nothing can be decided with this key; `null` where it can. */
export const refusal = signal<string | null>(null);

/** Groups of the collection that are not in the list, though it is read to its end. */
export const unlisted = computed(() =>
  nextCursor.value === null && busy.value === null ? Math.max(0, (totals.value?.groups ?? 0) - groups.value.length) : 0,
);

/** Images that were deleted here: the server shows them until its stages have come so far. */
const gone = new Set<string>();
const goneKey = ({ imageId, sha256 }: Schemas['DecidedImage']) => `${sha256} ${imageId}`;
/** Groups by `sha256` that are being decided about. */
const underDecision = new Set<string>();
let underWay = new AbortController();

export function markGone(images: readonly Schemas['DecidedImage'][], isGone: boolean): void {
  for (const it of images) {
    if (isGone) gone.add(goneKey(it));
    else gone.delete(goneKey(it));
  }
}

/** Reads the list anew, from its beginning. */
export async function load(): Promise<void> {
  underWay.abort();
  underWay = new AbortController();
  batch(() => {
    [groups.value, nextCursor.value, fault.value, refusal.value] = [[], null, null, null];
    busy.value = 'first';
  });
  await page(null, underWay.signal);
  await askWhetherAllowed();
}

export async function more(): Promise<void> {
  if (nextCursor.value === null || busy.value !== null) return;
  busy.value = 'more';
  await page(nextCursor.value, underWay.signal);
}

export function stopLoading(): void {
  underWay.abort();
}

/** How the collection stands now. An empty list is read anew when there is something to review. */
export async function look(): Promise<void> {
  if (busy.value !== null || document.visibilityState !== 'visible') return;
  try {
    const got = await ask((server) =>
      server.with(WITHOUT_PATIENCE).get('/v1/duplicates', { params: { query: { limit: 1 } } }),
    );
    if (busy.value !== null) return;
    [totals.value, waiting.value] = [got.totals, got.waiting];
    if (groups.value.length === 0 && got.groups.some(reviewable)) await load();
  } catch {
    // Asked again soon; what cannot be asked at all, the list says.
  }
}

export function change(sha256: string, changed: (group: Group) => Group): void {
  groups.value = groups.value.map((it) => (it.sha256 === sha256 ? changed(it) : it));
}

/** Takes a group out of the list as long as it is being decided about. */
export function take(group: Group): void {
  underDecision.add(group.sha256);
  groups.value = without(group);
  count(group, -1);
}

export function putBack(group: Group, at: number): void {
  underDecision.delete(group.sha256);
  // What was left out of the decision may be in the list as a group by now.
  const rest = groups.value.find(({ sha256 }) => sha256 === group.sha256);
  if (rest !== undefined) count(rest, -1);
  groups.value = without(group).toSpliced(at, 0, group);
  count(group, 1);
}

const without = ({ sha256 }: Group) => groups.value.filter((it) => it.sha256 !== sha256);

export function settled({ sha256 }: Group): void {
  underDecision.delete(sha256);
}

function count({ images, savedBytes }: Group, sign: 1 | -1): void {
  const now = totals.value;
  if (now === null) return;
  totals.value = {
    groups: Math.max(0, now.groups + sign),
    images: Math.max(0, now.images + sign * images),
    savedBytes: Math.max(0, now.savedBytes + sign * savedBytes),
  };
}

async function page(cursor: string | null, stop: AbortSignal): Promise<void> {
  const query = { order: order.value, ...(cursor !== null && { cursor }) };
  try {
    const got = await ask(
      (server) => server.with({ retry: patience() }).get('/v1/duplicates', { params: { query } }),
      stop,
    );
    if (stop.aborted) return;
    batch(() => {
      const listed = new Set(groups.value.map(({ sha256 }) => sha256));
      const added = got.groups.flatMap((it) => reviewable(it) ?? []).filter((it) => !listed.has(it.sha256));
      groups.value = [...groups.value, ...added];
      [totals.value, waiting.value, nextCursor.value] = [got.totals, got.waiting, got.nextCursor];
    });
  } catch (error) {
    if (stop.aborted) return;
    fault.value = troubleOf(error);
  }
  batch(() => ([busy.value, hint.value] = [null, '']));
}

/** A server that reads its log or is away is waited for as long as somebody looks. */
function patience() {
  const onRetry = (error: Error, delayMs: number) => {
    const { title, detail } = troubleOf(error);
    const why = error instanceof ApiProblem ? detail || title : title;
    hint.value = `${why.replace(/\.$/, '')}. Asking again in ${Math.max(1, Math.round(delayMs / 1000))} s…`;
  };
  return { giveUpAfterMs: Number.POSITIVE_INFINITY, onRetry };
}

function reviewable(answer: Schemas['GroupAnswer']): Group | null {
  const group = groupOf(answer, (it: Member) => gone.has(goneKey(it)));
  return group === null || underDecision.has(group.sha256) ? null : group;
}

/** Asks what a decision would do, which does nothing: whether this key may decide is known before somebody tries. */
async function askWhetherAllowed(): Promise<void> {
  const [group] = groups.value;
  if (group === undefined) return;
  const [first, second] = group.members.map(({ imageId, sha256 }) => ({ imageId, sha256 }));
  if (first === undefined || second === undefined) return;
  const body = { decision: 'resolve' as const, images: [first, second], keepImages: [first.imageId] };
  await ask((server) => server.post('/v1/duplicates/decisions', { body })).catch(noteRefusal);
}

/** Remembers that this key may not decide, where that is what went wrong. */
export function noteRefusal(error: unknown): void {
  if (troubleOf(error).code !== 'scope-missing') return;
  refusal.value =
    'This key may look at duplicates and not decide about them. Give one with the scope publish: Change key.';
}
