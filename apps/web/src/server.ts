import { signal } from '@preact/signals';
import { ApiProblem, Client, type components, ServerUnreachable } from '#client';

export type Schemas = components['schemas'];
export type Found = Schemas['FoundAnswer'];

/** Of this tab alone: gone when it is closed, and not given to other tabs. */
const PLACE = 'lookalike-api-key';

export const apiKey = signal(sessionStorage.getItem(PLACE));
/** What to say of the key that is asked for; `null` while none is. */
export const keyWanted = signal<string | null>(null);

export function keepApiKey(key: string | null): void {
  apiKey.value = key;
  if (key === null) sessionStorage.removeItem(PLACE);
  else sessionStorage.setItem(PLACE, key);
}

/** What can be sent in a header; the server knows more. */
export function looksLikeKey(text: string): boolean {
  return /^lk_[\w-]{43}$/.test(text);
}

/** For who asks again by itself every few seconds: a server that is away is told of at once. */
export const WITHOUT_PATIENCE = { retry: { giveUpAfterMs: 0 } };

/**
 * Asks this server with the key that is kept. Refusals that will pass are waited out for as long as the server says, 20 s in all.
 * @param onWait is told when a busy or silent server is asked again, and why.
 * @throws ApiProblem, ServerUnreachable, the reason of `stop`.
 */
export async function ask<T>(
  call: (server: Client) => Promise<T>,
  stop = new AbortController().signal,
  onWait: (words: string) => void = () => {},
): Promise<T> {
  const key = apiKey.value;
  const onRetry = (error: Error, delayMs: number) => {
    const why = error instanceof ApiProblem ? error.problem.title : 'No answer from the server';
    onWait(`${why}. Asking again in ${Math.max(1, Math.round(delayMs / 1000))} s…`);
  };
  const retry = { giveUpAfterMs: navigator.onLine ? 20_000 : 0, onRetry };
  try {
    return await call(new Client({ url: location.origin, apiKey: key, signal: stop, retry }));
  } catch (error) {
    if (!(error instanceof ApiProblem && error.status === 401)) throw error;
    // A key that was given while this was under way is not to blame.
    if (key !== apiKey.value) return ask(call, stop, onWait);
    askForKey();
    throw error;
  }
}

function askForKey(): void {
  const had = apiKey.value !== null;
  keepApiKey(null);
  if (had) keyWanted.value = 'The server does not take this key.';
  else keyWanted.value ??= '';
}

/** What went wrong, for people. */
export interface Trouble {
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly canRetry: boolean;
  readonly rules: readonly string[];
}

export function troubleOf(error: unknown): Trouble {
  if (error instanceof ApiProblem) {
    const { title, detail, canRetry, errors } = error.problem;
    // One broken rule is what the detail says already.
    const rules = errors.length > 1 ? errors.map(({ field, rule }) => `${field} ${rule}`) : [];
    return { code: error.code, title, detail, canRetry, rules };
  }
  if (error instanceof ServerUnreachable) {
    const detail = navigator.onLine
      ? 'It may be stopped or restarting, or it may have refused a picture that is too large.'
      : 'This device has no network.';
    return { code: 'unreachable', title: 'No answer from the server', detail, canRetry: true, rules: [] };
  }
  return { code: 'page', title: 'The page failed', detail: String(error), canRetry: true, rules: [] };
}

/** Whether this address has no such path, by the application's word or by that of a proxy before it. */
export const isNotServed = (error: unknown): boolean =>
  error instanceof ApiProblem && ['route-unknown', 'http-404'].includes(error.code);
