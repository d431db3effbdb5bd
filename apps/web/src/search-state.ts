import { batch, computed, signal } from '@preact/signals';
import { addressOf, type Place, placeOf } from './address.js';
import { asksAboutOne, bodyOf, nameOf, type Query, queryBy } from './query.js';
import { ask, type Found, type Schemas, type Trouble, troubleOf } from './server.js';

const PAGE = 24;
/** As many as a search for copies looks at. */
const MAX_COPIES = 50;
/** Pictures searched by stay in memory for the browser's Back button. */
const MAX_REMEMBERED = 20;
const SLOW_MS = 3_000;

export const place = signal<Place>(placeOf(location.hash));
export const query = signal<Query | null>(null);
export const found = signal<readonly Found[]>([]);
/** Of the first page; `null` until there is one. */
export const answer = signal<Schemas['SearchAnswer'] | null>(null);
export const nextCursor = signal<string | null>(null);
export const busy = signal<'first' | 'more' | null>(null);
export const isSlow = signal(false);
export const trouble = signal<Trouble | null>(null);
/** When a busy or silent server is asked again for results or copies, and why; `null` while none is waited for. */
export const waitingFor = signal<string | null>(null);
/** The result that is compared with what was searched by, by its image; `null` while none is. */
export const compared = signal<string | null>(null);
/** Somebody points at the results of the last search, or has scrolled: they are not to be moved. */
export const isHandled = signal(false);

/** What a search for copies of the one picture has come to, beside the one for what looks alike. */
export type Copies =
  | { readonly state: 'unasked' | 'looking' }
  | { readonly state: 'failed'; readonly trouble: Trouble }
  | { readonly state: 'found'; readonly results: readonly Found[]; readonly isShown: boolean };

export const copies = signal<Copies>({ state: 'unasked' });

/** The copies that stand before what looks alike. */
export const shownCopies = computed((): readonly Found[] =>
  copies.value.state === 'found' && copies.value.isShown ? copies.value.results : [],
);

/** What looks alike, without the copies that stand before it. */
export const alike = computed(() => {
  const others = new Set(shownCopies.value.map(({ imageId }) => imageId));
  return found.value.filter(({ imageId }) => !others.has(imageId));
});

/** All results in the order in which they are shown. */
export const shown = computed(() => [...shownCopies.value, ...alike.value]);

/** Queries of the steps of the history, the oldest first. */
const remembered = new Map<string, Query>();
let underWay = new AbortController();

/** Searches, as a step that Back leads out of. */
export function search(next: Query): void {
  const key = newKey();
  remembered.set(key, next);
  forgetOldest();
  history.pushState({ key }, '', addressOf(next));
  follow();
}

/** None comes twice: the history outlives the page. `randomUUID` is not there over plain HTTP. */
const newKey = () => crypto.getRandomValues(new Uint32Array(4)).join('-');

/** The same query with something else wanted. */
export function refine(change: Partial<Query>): void {
  if (query.value !== null) search({ ...query.value, ...change });
}

export function searchByFile(picture: File | null | undefined): void {
  if (!picture) return;
  const name = picture.name || 'Pasted picture';
  search(queryBy({ kind: 'picture', name, picture, preview: URL.createObjectURL(picture) }, query.value ?? undefined));
}

/** From wherever the image was chosen, its results begin at the top. */
export function searchByImage(imageId: string): void {
  scrollTo(0, 0);
  search(queryBy({ kind: 'image', imageId }, query.value ?? undefined));
}

/** What the address or the Back button asks for. */
export function follow(): void {
  const next = placeOf(location.hash);
  const wanted = remembered.get(history.state?.key) ?? next.query;
  batch(() => {
    [place.value, compared.value] = [next, null];
    document.title = wanted === null || next.view !== 'search' ? 'lookalike' : `${nameOf(wanted.source)} – lookalike`;
    if (next.view !== 'search' || wanted === query.value) return;
    query.value = wanted;
    void run();
  });
}

export async function run(): Promise<void> {
  underWay.abort();
  const stop = new AbortController();
  underWay = stop;
  batch(() => {
    [trouble.value, nextCursor.value, isSlow.value, waitingFor.value, compared.value] = [null, null, false, null, null];
    busy.value = query.value === null ? null : 'first';
    if (query.value === null) [found.value, answer.value, copies.value] = [[], null, { state: 'unasked' }];
  });
  const of = query.value;
  if (of === null) return;
  await page(of, null, stop);
  if (!stop.signal.aborted) await lookForCopies(of, stop);
}

/** After the results of the ordinary search, which it would hold up: in all its turns a picture takes the encoder eight times. */
async function lookForCopies(of: Query, { signal: stop }: AbortController): Promise<void> {
  if (copies.value.state !== 'looking') return;
  try {
    const { results } = await askAloud(bodyOf({ ...of, copiesOnly: true }, MAX_COPIES, null), stop);
    if (!stop.aborted) copies.value = { state: 'found', results, isShown: !isHandled.value };
  } catch (error) {
    if (!stop.aborted) copies.value = { state: 'failed', trouble: troubleOf(error) };
  }
}

export async function lookForCopiesAgain(): Promise<void> {
  if (query.value === null) return;
  [copies.value, isHandled.value] = [{ state: 'looking' }, false];
  await lookForCopies(query.value, underWay);
}

export function showCopies(): void {
  if (copies.value.state === 'found') copies.value = { ...copies.value, isShown: true };
}

/** None are looked for where the query itself was refused, or nobody answers. */
function copiesOfFirstPage(of: Query): Copies {
  const isAnswered = trouble.value === null || (trouble.value.canRetry && trouble.value.code !== 'unreachable');
  const isWanted = asksAboutOne(of) && !of.copiesOnly && isAnswered;
  return { state: isWanted ? 'looking' : 'unasked' };
}

export async function more(): Promise<void> {
  if (query.value === null || nextCursor.value === null || busy.value !== null) return;
  busy.value = 'more';
  trouble.value = null;
  await page(query.value, nextCursor.value, underWay);
}

async function page(of: Query, cursor: string | null, { signal: stop }: AbortController): Promise<void> {
  const slow = setTimeout(() => {
    if (!stop.aborted) isSlow.value = true;
  }, SLOW_MS);
  try {
    const got = await (cursor === null ? askAloud : askForResults)(bodyOf(of, PAGE, cursor), stop);
    if (stop.aborted) return;
    batch(() => {
      found.value = cursor === null ? got.results : joined(found.value, got.results);
      nextCursor.value = got.nextCursor;
      if (cursor === null) [answer.value, copies.value, isHandled.value] = [got, copiesOfFirstPage(of), false];
    });
  } catch (error) {
    if (stop.aborted) return;
    batch(() => {
      trouble.value = troubleOf(error);
      if (cursor === null) {
        [found.value, answer.value, copies.value, isHandled.value] = [[], null, copiesOfFirstPage(of), false];
      }
    });
  } finally {
    clearTimeout(slow);
    if (!stop.aborted) batch(() => ([busy.value, isSlow.value] = [null, false]));
  }
}

type Body = ReturnType<typeof bodyOf>;

const askForResults = (body: Body, stop: AbortSignal, onWait?: (words: string) => void) =>
  ask((server) => server.post('/v1/search', { body }), stop, onWait);

/** What is waited for is said, until there is an answer. */
async function askAloud(body: Body, stop: AbortSignal): Promise<Schemas['SearchAnswer']> {
  try {
    return await askForResults(body, stop, (words) => {
      waitingFor.value = words;
    });
  } finally {
    if (!stop.aborted) waitingFor.value = null;
  }
}

/** Pages of a collection that changes may overlap. */
function joined(before: readonly Found[], next: readonly Found[]): Found[] {
  const shownIds = new Set(before.map(({ imageId }) => imageId));
  return [...before, ...next.filter(({ imageId }) => !shownIds.has(imageId))];
}

function forgetOldest(): void {
  const [oldest] = remembered;
  if (oldest === undefined || remembered.size <= MAX_REMEMBERED) return;
  const [key, { source }] = oldest;
  remembered.delete(key);
  const isUsed = [...remembered.values()].some((it) => it.source === source);
  if (source.kind === 'picture' && !isUsed) URL.revokeObjectURL(source.preview);
}
