import { type GenerationsState, inRole, type KnownGeneration, mayBeSwitchedTo } from './generations-state.js';
import { isFitted } from './profiles.js';

/** What the index has. */
export interface IndexView {
  readonly names: ReadonlySet<string>;
  readonly live: string | null;
}

/**
 * `make-live`: the index does not follow the log yet. `fit`: a projection to the vectors of the log. `create`: it has the generation not yet. `give-up`: it has
 * lost it. `load`: as soon as it has caught up, build its graph. `ask-switch`: the index
 * has lost the live one. `switch`: as soon as it is close enough to the log.
 * `drop`: out of the index. `forget`: it is gone. `let-go`: a generation that is kept was lost.
 */
export interface DriverStep {
  readonly kind:
    | 'make-live'
    | 'fit'
    | 'create'
    | 'give-up'
    | 'load'
    | 'verify'
    | 'ask-switch'
    | 'switch'
    | 'drop'
    | 'forget'
    | 'let-go';
  readonly generation: KnownGeneration;
}

/** What was done, and to which generation or which encoder's vectors. */
export type DoneStep =
  | { readonly kind: DriverStep['kind']; readonly generation: string }
  | { readonly kind: 'drop-vectors'; readonly fingerprint: string };

/** What is to be done now, most urgent first; each brings the index closer to what the log says. */
export function dueSteps(state: GenerationsState, { names, live }: IndexView): readonly DriverStep[] {
  const steps: DriverStep[] = [];
  const due = (kind: DriverStep['kind'], generation: KnownGeneration) => steps.push({ kind, generation });
  const current = inRole(state, 'live');
  const isLost = current !== null && !names.has(current.name);
  if (current !== null && names.has(current.name) && live !== current.name) due('make-live', current);
  for (const it of state.values()) {
    const kind = stepOf(it, names.has(it.name), isLost);
    if (kind !== null) due(kind, it);
  }
  return steps;
}

function stepOf(it: KnownGeneration, isThere: boolean, isLiveLost: boolean): DriverStep['kind'] | null {
  switch (it.role) {
    case 'retired':
      return isThere ? 'drop' : 'forget';
    case 'previous':
      if (!isThere) return 'let-go';
      return mayBeSwitchedTo(it) ? 'switch' : null;
    case 'next':
      return nextStep(it, isThere, isLiveLost);
    case 'live':
      return null;
  }
}

function nextStep(next: KnownGeneration, isThere: boolean, isLiveLost: boolean): DriverStep['kind'] | null {
  // Paused or not: it would keep the place of another.
  if (!isThere && next.created) return 'give-up';
  if (next.paused) return null;
  if (!isFitted(next.schema)) return 'fit';
  if (!isThere) return 'create';
  if (!next.created) return 'create';
  if (!next.loaded) return 'load';
  // Whoever wants it in any case need not wait for what is found.
  if (mayBeSwitchedTo(next)) return 'switch';
  if (next.report === null) return 'verify';
  // Searches find nothing at all, so nobody is asked any more.
  return isLiveLost && next.report.passed ? 'ask-switch' : null;
}
