/** Of this tab alone: gone when it is closed, and not given to other tabs. */
const PLACE = 'lookalike-api-key';

/** @returns {string | null} */
export function apiKey() {
  return sessionStorage.getItem(PLACE);
}

/** @param {string | null} key */
export function keepApiKey(key) {
  if (key === null) sessionStorage.removeItem(PLACE);
  else sessionStorage.setItem(PLACE, key);
}

/** Only to this server. @param {string} path @param {RequestInit} [request] */
export function fetchWithKey(path, request = {}) {
  const key = apiKey();
  const headers = new Headers(request.headers);
  if (key !== null) headers.set('authorization', `Bearer ${key}`);
  return fetch(new URL(path, location.origin), { ...request, headers, credentials: 'omit' });
}

/** What can be sent in a header; the server knows more. @param {string} text */
export function looksLikeKey(text) {
  return /^lk_[\w-]{43}$/.test(text);
}
