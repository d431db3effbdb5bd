import { type EncoderReference, type GenerationEvent, isVectorsEvent, LookalikeError, type VectorsEvent } from '#core';
import { afterEvent, type GenerationsState, NO_GENERATIONS, refusalOf } from './generations-state.js';
import { fittedFor } from './profiles.js';

/** Vectors that the log has of an encoder. */
export interface KnownVectors {
  readonly fingerprint: string;
  /** The encoder's name. */
  readonly encoder: string;
  /** Of the encoder; `null` where it is not known. */
  readonly digest: string | null;
  /** Somebody wants them dropped: which topic; `null` while nobody does. */
  readonly drop: { readonly topicId: string | null } | null;
}

/** The last reindex that ended although nobody wanted it to, and why; until another one begins. */
export interface GivenUp {
  readonly generation: string;
  readonly reason: string;
}

/** What holds in the log: the fold of all that was decided in it. */
export interface DecidedState {
  /** By which of the indexes that are filled from this log. */
  readonly places: ReadonlyMap<string, GenerationsState>;
  /** By fingerprint: of every encoder that a generation was ever begun with, until they are dropped. The indexes share them. */
  readonly vectors: ReadonlyMap<string, KnownVectors>;
  /** By the index that it was for. */
  readonly givenUp: ReadonlyMap<string, GivenUp>;
}

export const NOTHING_DECIDED: DecidedState = { places: new Map(), vectors: new Map(), givenUp: new Map() };

export function generationsAt({ places }: DecidedState, place: string): GenerationsState {
  return places.get(place) ?? NO_GENERATIONS;
}

/** Of the encoders of all generations of all indexes, until the index has them no longer. */
export function usedFingerprints(state: DecidedState): readonly string[] {
  return [...state.vectors.keys()].filter((it) => usersOf(state, it).length > 0);
}

/** What no generation of any index uses: it is kept so that its encoder need not make it again. */
export function unusedVectors(state: DecidedState): readonly KnownVectors[] {
  return [...state.vectors.values()].filter(({ fingerprint }) => usersOf(state, fingerprint).length === 0);
}

/** Why an event has no effect, as `refusalOf`; `null` when it has one. */
export function decisionRefusal(
  state: DecidedState,
  place: string,
  event: GenerationEvent | VectorsEvent,
): LookalikeError | null {
  if (isVectorsEvent(event)) return vectorsRefusal(state, event);
  return refusalOf(generationsAt(state, place), event) ?? beginningRefusal(state, event);
}

/** The state after an event; the same one when the event is refused. */
export function afterDecision(state: DecidedState, place: string, event: GenerationEvent | VectorsEvent): DecidedState {
  if (decisionRefusal(state, place, event) !== null) return state;
  const vectors = new Map(state.vectors);
  if (isVectorsEvent(event)) {
    const known = state.vectors.get(event.fingerprint);
    if (event.kind === 'vectors-dropped') vectors.delete(event.fingerprint);
    else if (known !== undefined) vectors.set(event.fingerprint, { ...known, drop: { topicId: event.topicId } });
    return { ...state, vectors };
  }
  if (event.kind === 'established' || event.kind === 'started') {
    const { fingerprint, name: encoder } = event.schema.encoder;
    const digest = event.schema.encoder.digest ?? vectors.get(fingerprint)?.digest ?? null;
    vectors.set(fingerprint, { fingerprint, encoder, digest, drop: null });
  }
  const generations = afterEvent(generationsAt(state, place), event);
  const places = new Map(state.places).set(place, generations);
  return { places, vectors, givenUp: givenUpAfter(state, place, event) };
}

function givenUpAfter({ givenUp }: DecidedState, place: string, event: GenerationEvent): ReadonlyMap<string, GivenUp> {
  const after = new Map(givenUp);
  if (event.kind === 'started') after.delete(place);
  if (event.kind !== 'cancelled' || event.reason === null) return after;
  return after.set(place, { generation: event.generation, reason: event.reason });
}

/** A generation that begins needs a topic that stays; and one that is filled from vectors needs those. */
function beginningRefusal(state: DecidedState, event: GenerationEvent): LookalikeError | null {
  if (event.kind !== 'established' && event.kind !== 'started') return null;
  const { fingerprint } = event.schema.encoder;
  const needsVectors = event.kind === 'started' && event.source === 'vectors';
  if (needsVectors && !state.vectors.has(fingerprint)) return unknownVectors(fingerprint);
  return encoderRefusal(state, event.schema.encoder);
}

/** Why the encoder cannot be used, or not now. */
export function encoderRefusal(
  state: DecidedState,
  { fingerprint, digest, name }: Pick<EncoderReference, 'fingerprint' | 'digest' | 'name'>,
): LookalikeError | null {
  const known = state.vectors.get(fingerprint);
  if (known === undefined || known.digest === null || digest === undefined || known.digest === digest) {
    return droppingRefusal(state, fingerprint);
  }
  const message = `Encoders ${name} and ${known.encoder} are two, and have one fingerprint: their vectors would be taken for each other's.`;
  return new LookalikeError('fingerprint-clash', message, { facts: { fingerprint, encoder: known.encoder } });
}

function droppingRefusal({ vectors }: DecidedState, fingerprint: string): LookalikeError | null {
  const known = vectors.get(fingerprint) ?? null;
  if (known === null || known.drop === null) return null;
  return vectorsBeingDropped(fingerprint, known.encoder);
}

export function vectorsBeingDropped(fingerprint: string, encoder: string, cause?: unknown): LookalikeError {
  const message = `The vectors of ${encoder} are being dropped. It can be used again once they are gone.`;
  return new LookalikeError('vectors-being-dropped', message, { facts: { fingerprint }, cause });
}

function vectorsRefusal(state: DecidedState, { kind, fingerprint }: VectorsEvent): LookalikeError | null {
  const known = state.vectors.get(fingerprint);
  if (known === undefined) return unknownVectors(fingerprint);
  if (kind === 'vectors-dropped') return known.drop === null ? notAsked(fingerprint) : null;
  const generations = usersOf(state, fingerprint);
  if (generations.length === 0) return droppingRefusal(state, fingerprint);
  const message = `The vectors of ${known.encoder} are used by ${generations.join(', ')}. Drop what is not needed any more first.`;
  return new LookalikeError('vectors-in-use', message, { facts: { fingerprint, generations } });
}

function usersOf({ places }: DecidedState, fingerprint: string): readonly string[] {
  const known = [...places.values()].flatMap((it) => [...it.values()]);
  return known.filter(({ schema }) => schema.encoder.fingerprint === fingerprint).map(({ name }) => name);
}

/** The generations of any index whose schemas name a projection that was fitted for that one. */
export function projectionUsers({ places }: DecidedState, generation: string): readonly string[] {
  const known = [...places.values()].flatMap((it) => [...it.values()]);
  return known.filter(({ schema }) => fittedFor(schema).includes(generation)).map(({ name }) => name);
}

function unknownVectors(fingerprint: string): LookalikeError {
  return new LookalikeError('vectors-unknown', `The log has no vectors of an encoder ${fingerprint}.`, {
    facts: { fingerprint },
  });
}

function notAsked(fingerprint: string): LookalikeError {
  return new LookalikeError('vectors-in-use', `Nobody has asked to drop the vectors of ${fingerprint}.`, {
    facts: { fingerprint },
  });
}
