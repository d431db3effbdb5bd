import { apiKey, keepApiKey, looksLikeKey } from './api-key.mjs';

const byId = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const form = /** @type {HTMLFormElement} */ (byId('key-form'));
const field = /** @type {HTMLInputElement} */ (byId('key'));
const fault = byId('key-fault');
const change = byId('change-key');

/** @param {() => void} onKey A key was given. */
export function setUpKeyForm(onKey) {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const key = field.value.trim();
    if (!looksLikeKey(key)) return say('A key begins with lk_ and has 46 characters.');
    keepApiKey(key);
    field.value = '';
    form.hidden = true;
    showChange();
    onKey();
  });
  change.addEventListener('click', () => {
    keepApiKey(null);
    askForKey();
  });
  showChange();
}

/** Also of a key that was given and is not taken. */
export function askForKey() {
  const had = apiKey() !== null;
  keepApiKey(null);
  showChange();
  if (had) say('The server does not take this key.');
  else if (form.hidden) say('');
  if (!form.hidden) return;
  form.hidden = false;
  field.focus();
}

/** @param {string} sentence */
function say(sentence) {
  fault.textContent = sentence;
  fault.hidden = sentence === '';
  field.setAttribute('aria-invalid', String(sentence !== ''));
}

function showChange() {
  change.hidden = apiKey() === null;
}
