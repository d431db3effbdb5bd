import { askForKey, setUpKeyForm } from './key-form.mjs';
import { showPlaces, showResults, thumbnailOf } from './results.mjs';
import { SearchProblem, search, status } from './search-api.mjs';
import { showPicture } from './thumbnail.mjs';
import { count, duration } from './words.mjs';

/** @typedef {import('./search-api.mjs').Query} Query */
/** @typedef {import('./search-api.mjs').Answer} Answer */

const STATUS_EVERY_MS = 10_000;
/** Pictures searched by stay in memory for the browser's Back button. */
const MAX_REMEMBERED = 20;

const byId = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const file = /** @type {HTMLInputElement} */ (byId('file'));
const limit = /** @type {HTMLSelectElement} */ (byId('limit'));
const searchedPicture = /** @type {HTMLImageElement} */ (byId('searched-picture'));
const grid = byId('grid');

/** @type {Map<number, Query>} */
const remembered = new Map();
let lastKey = 0;
/** @type {Query | null} */
let current = null;
let underWay = new AbortController();

/** @param {Query} query */
function begin(query) {
  remembered.set(++lastKey, query);
  const oldest = lastKey - MAX_REMEMBERED;
  forget(oldest);
  history.pushState({ key: lastKey }, '', query.kind === 'image' ? `#image=${encodeURIComponent(query.name)}` : '#');
  void run(query);
}

/** @param {Query} query */
async function run(query) {
  underWay.abort();
  underWay = new AbortController();
  const { signal } = underWay;
  current = query;
  showQuery(query);
  setBusy(true);
  try {
    const answer = await search(query, Number(limit.value), signal);
    if (!signal.aborted) showAnswer(answer);
  } catch (error) {
    if (!signal.aborted) showProblem(error);
  } finally {
    if (!signal.aborted) setBusy(false);
  }
}

/** @param {Query} query */
function showQuery(query) {
  byId('query').classList.add('used');
  byId('searched').hidden = false;
  byId('searched-name').textContent = query.name;
  byId('choose').textContent = 'Choose another picture';
  searchedPicture.hidden = false;
  void showPicture(searchedPicture, query.preview);
  document.title = `${query.name} – lookalike`;
}

/** @param {boolean} busy */
function setBusy(busy) {
  byId('results').setAttribute('aria-busy', String(busy));
  if (!busy) return;
  byId('problem').hidden = true;
  byId('nothing').hidden = true;
  byId('summary').textContent = 'Searching…';
  if (grid.childElementCount === 0) showPlaces(grid, 10);
}

/** @param {Answer} answer */
function showAnswer({ results, encoder, generation, tookMs }) {
  showResults(grid, results, (result) => begin({ kind: 'image', name: result.imageId, preview: thumbnailOf(result) }));
  const found = results.length > 0;
  byId('summary').textContent = found
    ? `${count(results.length, 'picture')}, most alike first, in ${duration(tookMs)}`
    : 'Nothing found';
  byId('meaning').hidden = !found;
  byId('made-by').textContent =
    `Made by encoder ${encoder.name} (${encoder.fingerprint}) from generation ${generation} of the index.`;
  byId('untrained').hidden = encoder.trained;
  byId('nothing').hidden = found;
  if (!found) sayEmpty('There is no other picture in the collection yet.');
}

/** @param {unknown} error */
function showProblem(error) {
  const { title, detail, code, canRetry, errors = [] } = problemOf(error);
  grid.replaceChildren();
  byId('summary').textContent = '';
  byId('meaning').hidden = true;
  if (code === 'unauthenticated') return askForKey();
  byId('problem-title').textContent = title;
  byId('problem-detail').textContent = detail;
  const rules = errors.map(({ field, rule }) => {
    const item = document.createElement('li');
    item.textContent = `${field} ${rule}`;
    return item;
  });
  // One broken rule is what the detail says already.
  byId('problem-errors').replaceChildren(...(rules.length > 1 ? rules : []));
  byId('again').hidden = !canRetry;
  byId('problem').hidden = false;
}

/** @param {unknown} error @returns {import('./search-api.mjs').Problem} */
function problemOf(error) {
  if (error instanceof SearchProblem) return error.problem;
  return { title: 'The page failed', detail: String(error), canRetry: true };
}

/** @param {string} sentence */
function sayEmpty(sentence) {
  const command = document.createElement('code');
  command.textContent = 'lookalike import <folder>';
  byId('nothing').replaceChildren(`${sentence} Add some with `, command, '.');
  byId('nothing').hidden = false;
}

async function showCollection() {
  const known = document.visibilityState === 'visible' ? await status() : null;
  if (known === null) return;
  if (known === 'unauthenticated') return askForKey();
  const { images, stages, encoder } = known;
  const waiting = stages.reduce((sum, stage) => sum + stage.lag, 0);
  const parts = [count(images.ready, 'picture')];
  if (waiting > 0) parts.push(`${count(waiting, 'change')} on the way`);
  if (images.failed > 0) parts.push(`${images.failed} could not be read`);
  byId('collection').textContent = parts.join(' · ');
  byId('collection').hidden = false;
  byId('untrained').hidden = encoder.trained;
  if (current !== null) return;
  if (images.ready === 0) sayEmpty('The collection is empty.');
  else byId('nothing').hidden = true;
}

/** @param {File | null | undefined} picture */
function searchByFile(picture) {
  if (!picture) return;
  const name = picture.name || 'Pasted picture';
  begin({ kind: 'picture', name, picture, preview: URL.createObjectURL(picture) });
}

/** @param {number} key */
function forget(key) {
  const query = remembered.get(key);
  if (query?.kind === 'picture') URL.revokeObjectURL(query.preview);
  remembered.delete(key);
}

/** What the address or the Back button asks for. */
function follow() {
  const query = remembered.get(history.state?.key) ?? queryOfAddress();
  if (query !== null) void run(query);
  else if (current !== null) location.reload();
}

/** @returns {Query | null} */
function queryOfAddress() {
  const imageId = new URLSearchParams(location.hash.slice(1)).get('image');
  if (!imageId) return null;
  return { kind: 'image', name: imageId, preview: `/v1/images/${encodeURIComponent(imageId)}/thumbnail` };
}

function acceptDrops() {
  const setDragging = (/** @type {boolean} */ on) => document.body.classList.toggle('dragging', on);
  addEventListener('dragover', (event) => {
    event.preventDefault();
    setDragging(event.dataTransfer?.types.includes('Files') ?? false);
  });
  addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) setDragging(false);
  });
  addEventListener('drop', (event) => {
    event.preventDefault();
    setDragging(false);
    searchByFile(event.dataTransfer?.files[0]);
  });
}

byId('choose').addEventListener('click', () => file.click());
file.addEventListener('change', () => {
  searchByFile(file.files?.[0]);
  // So that choosing the same file again is a change.
  file.value = '';
});
limit.addEventListener('change', () => {
  if (current !== null) void run(current);
});
byId('again').addEventListener('click', () => {
  if (current !== null) void run(current);
});
searchedPicture.addEventListener('error', () => {
  searchedPicture.hidden = true;
});
addEventListener('paste', (event) => searchByFile(event.clipboardData?.files[0]));
addEventListener('popstate', follow);
setUpKeyForm(() => {
  if (current !== null) void run(current);
  void showCollection();
});
acceptDrops();
follow();
void showCollection();
setInterval(showCollection, STATUS_EVERY_MS);
