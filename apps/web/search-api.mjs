import { fetchWithKey } from './api-key.mjs';

/**
 * @typedef {{imageId: string, score: number, version: number, attributes: Record<string, unknown>, thumbnail: string}} Result
 * @typedef {{name: string, fingerprint: string, trained: boolean}} Encoder
 * @typedef {{results: Result[], encoder: Encoder, generation: string, mode: string, tookMs: number}} Answer
 * @typedef {{encoder: Encoder, images: {ready: number, failed: number}, stages: {lag: number}[]}} Status
 * @typedef {{title: string, detail: string, code?: string, canRetry: boolean, errors?: {field: string, rule: string}[]}} Problem
 * @typedef {{kind: 'picture', name: string, picture: Blob, preview: string} | {kind: 'image', name: string, preview: string}} Query
 */

/** What the server said was wrong, or that it said nothing. */
export class SearchProblem extends Error {
  /** @param {Problem} problem */
  constructor(problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** @param {Query} query @param {number} limit @param {AbortSignal} signal @returns {Promise<Answer>} */
export async function search(query, limit, signal) {
  const response = await reach('/v1/search', { method: 'POST', signal, ...bodyOf(query, limit) });
  if (!response.ok) throw new SearchProblem(await problemOf(response));
  return response.json();
}

/** `null` where this server does not tell, `'unauthenticated'` where it asks for a key. @returns {Promise<Status | 'unauthenticated' | null>} */
export async function status() {
  try {
    const response = await fetchWithKey('/v1/status');
    if (response.status === 401) return 'unauthenticated';
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

/** @param {Query} query @param {number} limit @returns {RequestInit} */
function bodyOf(query, limit) {
  if (query.kind === 'image') {
    return { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ imageId: query.name, limit }) };
  }
  const body = new FormData();
  body.append('limit', String(limit));
  body.append('file', query.picture, query.name);
  return { body };
}

/** @param {string} path @param {RequestInit} request */
async function reach(path, request) {
  try {
    return await fetchWithKey(path, request);
  } catch (cause) {
    if (request.signal?.aborted) throw cause;
    throw new SearchProblem({
      title: 'No answer from the server',
      detail: 'It may be stopped or restarting, or it may have refused a picture that is too large.',
      canRetry: true,
    });
  }
}

/** @param {Response} response @returns {Promise<Problem>} */
async function problemOf(response) {
  const json = response.headers.get('content-type')?.startsWith('application/problem+json');
  if (json) return response.json();
  return { title: 'The search failed', detail: `The server answered ${response.status}.`, canRetry: true };
}
