import { createHash } from 'node:crypto';

/** Which calls of a method a rule is for: by number, counted from 1, or each with a chance from 0 to 1. */
type When = { readonly on: number | readonly number[] } | { readonly chance: number };

type What =
  /** Rejects; nothing has happened. Default error: the port's own fault, which may be tried again. */
  | { readonly fault: 'fail'; readonly error?: Error }
  /** Everything happens, and then the call rejects all the same. */
  | { readonly fault: 'lost-acknowledgement'; readonly error?: Error }
  | { readonly fault: 'slow'; readonly ms: number };

export type FaultRule = When & What;

export interface InjectedFault {
  readonly method: string;
  readonly call: number;
  readonly fault: string;
}

/** `{ seed: 7, rules: { apply: [{ on: 3, fault: 'fail' }, { chance: 0.1, fault: 'lost-acknowledgement' }] } }` */
export interface FaultPlan<Method extends string> {
  readonly seed: number;
  readonly rules: Partial<Record<Method, readonly FaultRule[]>>;
  /** Told of each fault, so that a test can see that its plan did something. */
  readonly onFault?: (fault: InjectedFault) => void;
}

/** Whether a rule strikes. Depends on nothing but its arguments: a seed replays whatever order calls of others have. */
export function strikes(when: When, seed: number, method: string, call: number, rule: number): boolean {
  if ('on' in when) return [when.on].flat().includes(call);
  const digest = createHash('sha256').update(`${seed}/${method}/${call}/${rule}`).digest();
  return digest.readUInt32BE() / 2 ** 32 < when.chance;
}
