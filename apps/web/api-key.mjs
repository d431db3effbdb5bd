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

/** Only to this server. @param {string} path @param {RequestInit} [request] @returns {Promise<Response>} */
export async function fetchWithKey(path, request = {}) {
  const key = apiKey();
  const headers = new Headers(request.headers);
  if (key !== null) headers.set('authorization', `Bearer ${key}`);
  const response = await fetch(new URL(path, location.origin), { ...request, headers });
  // A key that was given while this was under way is not to blame.
  return response.status === 401 && key !== apiKey() ? fetchWithKey(path, request) : response;
}

/** What can be sent in a header; the server knows more. @param {string} text */
export function looksLikeKey(text) {
  return /^lk_[\w-]{43}$/.test(text);
}
