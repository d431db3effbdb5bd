import { signal } from '@preact/signals';
import { ask, isNotServed, type Schemas, type Trouble, troubleOf, WITHOUT_PATIENCE } from './server.js';
import { isOperated } from './status.js';

export const reindex = signal<Schemas['ReindexAnswer'] | null>(null);
export const letters = signal<Schemas['LetterPage'] | null>(null);
/** Why this view could not be asked for. */
export const operationFault = signal<Trouble | null>(null);
/** Why the last action was not done: it stays while the view is asked for anew, until the next action. */
export const refusal = signal<Trouble | null>(null);

/** Asks anew for all that this view shows. */
export async function refreshOperations(): Promise<void> {
  try {
    const [generations, page] = await Promise.all([
      ask((server) => server.with(WITHOUT_PATIENCE).get('/v1/reindex')),
      ask((server) => server.with(WITHOUT_PATIENCE).get('/v1/dead-letters', { params: { query: { state: 'open' } } })),
    ]);
    [reindex.value, letters.value, operationFault.value] = [generations, page, null];
  } catch (error) {
    if (isNotServed(error)) isOperated.value = false;
    else operationFault.value = troubleOf(error);
  }
}

/** Does it and shows what came of it. */
export async function operate(call: Parameters<typeof ask<unknown>>[0]): Promise<void> {
  refusal.value = null;
  try {
    await ask(call);
    await refreshOperations();
  } catch (error) {
    refusal.value = troubleOf(error);
  }
}
