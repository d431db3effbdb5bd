import {
  type FittedProjection,
  type GenerationEvent,
  type GenerationSchema,
  type GenerationSource,
  LookalikeError,
  type Position,
  type VerificationReport,
} from '#core';
import { isFitted, withFitted } from './profiles.js';

/**
 * `live`: searches go to it. `previous`: it was live before, and is kept up to date for a step back. `next`: it is being
 * built. `retired`: nobody needs it any more; it goes as soon as the index lets it go.
 */
export type GenerationRole = 'live' | 'previous' | 'next' | 'retired';

export interface KnownGeneration {
  readonly name: string;
  readonly schema: GenerationSchema;
  readonly role: GenerationRole;
  readonly source: GenerationSource;
  readonly marks: readonly Position[];
  readonly startedAtMs: number;
  readonly by: string | null;
  readonly paused: boolean;
  /** What was fitted for it. One that uses another's has none. */
  readonly fitted: readonly FittedProjection[];
  /** The index has it; where it has not, it has lost it. */
  readonly created: boolean;
  /** It has everything below its marks, and its graph is built. */
  readonly loaded: boolean;
  /** `null` until it is verified, and again once that is asked for anew. */
  readonly report: VerificationReport | null;
  /** Whether somebody wants it live, and in what case. */
  readonly wanted: 'no' | 'when-verified' | 'in-any-case';
}

/** What holds of the generations of one index: the fold of their events. */
export type GenerationsState = ReadonlyMap<string, KnownGeneration>;

export const NO_GENERATIONS: GenerationsState = new Map();

/** The one in that role. There may be several that are retired: any of them. */
export function inRole(state: GenerationsState, role: GenerationRole): KnownGeneration | null {
  for (const it of state.values()) if (it.role === role) return it;
  return null;
}

/** What is kept up to date with the log. */
export function maintained(state: GenerationsState): readonly KnownGeneration[] {
  return [...state.values()].filter(({ role, created, paused }) => role !== 'retired' && created && !paused);
}

/** Whether it may become live as far as can be told from what was decided. */
export function mayBeSwitchedTo({ role, paused, loaded, wanted, report }: KnownGeneration): boolean {
  if (wanted === 'no' || paused) return false;
  if (role === 'previous') return true;
  return role === 'next' && loaded && (wanted === 'in-any-case' || report?.passed === true);
}

/**
 * Why an event has no effect; `null` when it has one. Everybody who reads the log comes to the same answer, so what was
 * written in ignorance of an earlier event changes nothing, whoever wrote it.
 */
export function refusalOf(state: GenerationsState, event: GenerationEvent): LookalikeError | null {
  const { kind, generation } = event;
  const known = state.get(generation);
  if (kind === 'established') {
    const live = inRole(state, 'live')?.name ?? null;
    if (live === event.replaces && known === undefined) return null;
    return refused('generation-exists', `Generation ${live} is live already.`, { generation });
  }
  if (kind === 'started') {
    if (!state.has(generation)) return roomRefusal(state);
    return refused('generation-exists', `There is a generation ${generation} already.`, { generation });
  }
  return known === undefined
    ? refused('generation-unknown', `There is no generation ${generation}.`, { generation })
    : refusalFor(known, event);
}

function refusalFor(known: KnownGeneration, event: GenerationEvent): LookalikeError | null {
  switch (event.kind) {
    case 'rollback-asked':
      return known.role === 'previous' ? null : notKept(known);
    case 'drop-asked':
      return known.role === 'previous' || known.role === 'retired' ? null : notKept(known);
    case 'dropped':
      return known.role === 'retired' ? null : notThat(known, 'still needed');
    case 'switched':
      return mayBeSwitchedTo(known) ? null : notThat(known, 'not wanted live');
    case 'switch-asked':
      return known.role === 'next' ? switchRefusal(known, event.force) : notThat(known, 'not being built');
    case 'verified':
    case 'verification-asked':
      return known.role === 'next' && known.loaded ? null : notThat(known, 'not ready to be verified');
    case 'fitted':
      return known.role === 'next' && !isFitted(known.schema) ? null : notThat(known, 'not waiting for a projection');
    default:
      return known.role === 'next' ? null : notThat(known, 'not being built');
  }
}

/** Why no other generation can be built now. */
export function roomRefusal(state: GenerationsState): LookalikeError | null {
  const [next, previous] = [inRole(state, 'next'), inRole(state, 'previous')];
  if (next !== null) {
    const message = `Generation ${next.name} is being built already. Wait for it, or cancel it.`;
    return refused('reindex-under-way', message, { generation: next.name });
  }
  if (previous !== null) {
    const message = `Generation ${previous.name} is kept for a step back, beside the live one. Drop it to make room for another.`;
    return refused('generation-kept', message, { generation: previous.name });
  }
  return inRole(state, 'live') === null ? refused('no-live-generation', 'Nothing is live yet.', {}) : null;
}

function switchRefusal({ name, report, loaded }: KnownGeneration, force: boolean): LookalikeError | null {
  if (!loaded) return refused('not-verified', `Generation ${name} is still being filled.`, { generation: name });
  if (force || report?.passed === true) return null;
  const why = report === null ? 'is not verified yet' : 'did not pass its verification';
  const failed = report?.checks.filter(({ passed }) => passed === false).map((it) => it.name) ?? [];
  return refused('not-verified', `Generation ${name} ${why}.`, { generation: name, failed });
}

function notKept(known: KnownGeneration): LookalikeError {
  if (known.role !== 'live') return notThat(known, 'not kept for a step back');
  return refused('generation-live', `Generation ${known.name} is live.`, { generation: known.name });
}

function notThat({ name, role }: KnownGeneration, what: string): LookalikeError {
  return refused('generation-unknown', `Generation ${name} is ${role}: it is ${what}.`, { generation: name, role });
}

function refused(
  code:
    | 'generation-unknown'
    | 'generation-exists'
    | 'generation-live'
    | 'generation-kept'
    | 'reindex-under-way'
    | 'not-verified'
    | 'no-live-generation',
  message: string,
  facts: Readonly<Record<string, unknown>>,
): LookalikeError {
  return new LookalikeError(code, message, { facts });
}

/** The state after an event; the same one when the event is refused. */
export function afterEvent(state: GenerationsState, event: GenerationEvent): GenerationsState {
  if (refusalOf(state, event) !== null) return state;
  const next = new Map(state);
  const { generation: name, kind } = event;
  const known = state.get(name);
  const set = (changes: Partial<KnownGeneration>) => {
    if (known !== undefined) next.set(name, { ...known, ...changes });
  };
  switch (kind) {
    case 'established':
      retire(next, 'live');
      next.set(name, { ...fresh(event), source: 'vectors', marks: [], role: 'live', created: true, loaded: true });
      break;
    case 'started': {
      const { source, marks, switchWhenVerified } = event;
      const wanted = switchWhenVerified ? 'when-verified' : 'no';
      next.set(name, { ...fresh(event), source, marks, role: 'next', wanted });
      break;
    }
    case 'fitted':
      if (known !== undefined) {
        set({ fitted: event.projections, schema: withFitted(known.schema, event.projections) });
      }
      break;
    case 'created':
      set({ created: true });
      break;
    case 'paused':
      set({ paused: true });
      break;
    case 'resumed':
      set({ paused: false });
      break;
    case 'loaded':
      set({ loaded: true });
      break;
    case 'verification-asked':
      set({ report: null });
      break;
    case 'verified':
      set({ report: event.report });
      break;
    case 'switch-asked':
      set({ wanted: event.force ? 'in-any-case' : 'when-verified' });
      break;
    case 'rollback-asked':
      set({ wanted: 'in-any-case' });
      break;
    case 'switched':
      // A step back is a switch too: what it steps back from is kept in its place.
      for (const it of state.values()) if (it.role === 'live') next.set(it.name, { ...it, role: 'previous' });
      set({ role: 'live', wanted: 'no' });
      break;
    case 'cancelled':
    case 'drop-asked':
      set({ role: 'retired', paused: false, wanted: 'no' });
      break;
    case 'dropped':
      next.delete(name);
      break;
  }
  return next;
}

function fresh({ generation, by, atMs, schema }: GenerationEvent & { readonly schema: GenerationSchema }) {
  return {
    name: generation,
    schema,
    startedAtMs: atMs,
    by,
    paused: false,
    fitted: [],
    created: false,
    loaded: false,
    report: null,
    wanted: 'no',
  } as const;
}

function retire(state: Map<string, KnownGeneration>, role: GenerationRole): void {
  for (const it of state.values()) if (it.role === role) state.set(it.name, { ...it, role: 'retired', wanted: 'no' });
}
