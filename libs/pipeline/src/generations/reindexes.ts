import {
  type AttributeType,
  type EncoderInfo,
  type EventLog,
  type GenerationSchema,
  type GenerationSource,
  type GenerationStep,
  IMAGE_EVENTS_TOPIC,
  imageVectorsTopic,
  isLookalikeError,
  LookalikeError,
  partitionOf,
  refusedField,
  unlessUnknown,
  type VectorIndex,
  type Watermarks,
} from '#core';
import { endOf } from '../stage-progress.js';
import { ensureVectorsTopic } from '../vectors-lost.js';
import { lagOf } from './catch-up.js';
import { encoderRefusal, generationsAt } from './decided-state.js';
import type { Generations } from './generations.js';
import {
  type GenerationRole,
  type GenerationsState,
  inRole,
  type KnownGeneration,
  roomRefusal,
} from './generations-state.js';
import { newGenerationName, schemaOf } from './live-generation.js';
import { type Profile, vectorsIn } from './profiles.js';

export interface ReindexRequest {
  /** `null`: the one of the live generation, whose vectors are there already. */
  readonly encoder: EncoderInfo | null;
  /** Default: as the live generation has it, with its projection; where an encoder is named, `literal`. */
  readonly profile?: Profile;
  readonly attributes: Readonly<Record<string, AttributeType>>;
  /** Numbers of the engine that are not its defaults. */
  readonly settings: Readonly<Record<string, number>>;
  /** As soon as it is verified, without being asked again. */
  readonly switchWhenVerified: boolean;
}

export interface PreparedReindex {
  /** The name of the generation. */
  readonly generation: string;
  readonly live: KnownGeneration;
  readonly schema: GenerationSchema;
  /** Whether the vectors are there, or have to be made. */
  readonly source: GenerationSource;
  /** The index has not got the live one any more. */
  readonly isLost: boolean;
}

export interface ReindexesOptions {
  readonly log: EventLog;
  readonly index: VectorIndex;
  readonly generations: Generations;
  /** Of the topic of a new encoder's vectors. */
  readonly partitions: number;
}

/** Images named in the refusal of a log that has lost its beginning. */
const MAX_NAMED = 20;
/** A generation that is no further behind has all that the log has lost: what it still lacks are the latest events. */
const UP_TO_DATE_RECORDS = 100;

/** What operators decide: a new generation beside the live one, and what becomes of it. */
export class Reindexes {
  readonly #options: ReindexesOptions;

  constructor(options: ReindexesOptions) {
    this.#options = options;
  }

  /**
   * Begins to fill a new generation. Where the index has lost the live one, searches go to it as soon as it is verified.
   * @throws `reindex-under-way`, `generation-kept`, `no-live-generation`, `vectors-being-dropped`, `fingerprint-clash`, `invalid-setting`; `log-incomplete` when the log cannot
   * give all of it.
   */
  async start(request: ReindexRequest, by: string | null): Promise<KnownGeneration> {
    const { log, generations, partitions } = this.#options;
    const { generation, schema, source, isLost } = await this.prepare(request);
    const { fingerprint } = schema.encoder;
    await ensureVectorsTopic(log, fingerprint, partitions);
    // Before it is decided: what comes later reaches the new generation by its stages anyway.
    const marks = await endOf(log, source === 'events' ? IMAGE_EVENTS_TOPIC : imageVectorsTopic(fingerprint));
    const switchWhenVerified = request.switchWhenVerified || isLost;
    const state = await generations.decide({
      kind: 'started',
      generation,
      schema,
      source,
      marks,
      switchWhenVerified,
      by,
    });
    return known(state, generation);
  }

  /** What would be started, though nothing is. @throws what keeps it from being started. */
  async prepare(request: ReindexRequest): Promise<PreparedReindex> {
    const { index, generations } = this.#options;
    const decided = await generations.decided();
    const state = generationsAt(decided, generations.place);
    const refusal = roomRefusal(state);
    if (refusal !== null) throw refusal;
    const live = required(state, 'live');
    index.checkSettings(request.settings);
    const generation = newGenerationName((request.encoder ?? live.schema.encoder).fingerprint);
    const schema = schemaFor(request, live, generation);
    const refused = encoderRefusal(decided, schema.encoder);
    if (refused !== null) throw refused;
    const source = schema.encoder.fingerprint === live.schema.encoder.fingerprint ? 'vectors' : 'events';
    const isLost = !(await index.generations()).some(({ name }) => name === live.name);
    if (source === 'events' && request.profile?.kind === 'lean') throw nothingToFitTo();
    if (source === 'events') await this.#requireAllEvents(isLost ? null : live);
    return { generation, live, schema, source, isLost };
  }

  async pause(by: string | null): Promise<KnownGeneration> {
    return this.#decideOf('next', { kind: 'paused' }, by);
  }

  async resume(by: string | null): Promise<KnownGeneration> {
    return this.#decideOf('next', { kind: 'resumed' }, by);
  }

  async verify(by: string | null): Promise<KnownGeneration> {
    return this.#decideOf('next', { kind: 'verification-asked' }, by);
  }

  /** What was filled so far is dropped. */
  async cancel(by: string | null): Promise<KnownGeneration> {
    return this.#decideOf('next', { kind: 'cancelled', reason: null }, by);
  }

  /** @throws `not-verified` unless it has passed its verification, or `force`. */
  async switch(force: boolean, by: string | null): Promise<KnownGeneration> {
    return this.#decideOf('next', { kind: 'switch-asked', force }, by);
  }

  /** Back to what was live before, which was kept up to date. */
  async rollback(by: string | null): Promise<KnownGeneration> {
    return this.#decideOf('previous', { kind: 'rollback-asked' }, by);
  }

  /** There is no step back afterwards. */
  async drop(by: string | null): Promise<KnownGeneration> {
    return this.#decideOf('previous', { kind: 'drop-asked' }, by);
  }

  /**
   * The vectors of an encoder that no generation uses any more go from the log, as soon as no embedder works with it; used again, it
   * embeds every image anew. Asked again meanwhile it changes nothing. @throws `vectors-unknown`, `vectors-in-use`.
   */
  async dropVectors(fingerprint: string, by: string | null): Promise<void> {
    const { log, generations } = this.#options;
    const topicId = await unlessUnknown(log.topicId(imageVectorsTopic(fingerprint)));
    try {
      await generations.decide({ kind: 'vectors-drop-asked', fingerprint, topicId, by });
    } catch (error) {
      if (!isLookalikeError(error) || error.code !== 'vectors-being-dropped') throw error;
    }
  }

  async #decideOf(role: GenerationRole, step: GenerationStep, by: string | null): Promise<KnownGeneration> {
    const { generations } = this.#options;
    const { name } = required(await generations.current(), role);
    return known(await generations.decide({ ...step, generation: name, by }), name);
  }

  /**
   * An image whose last event is gone could not be embedded again: it would be missing, and nobody would know.
   * @param known the generation that has all images; `null` where it is lost, and nothing tells which they are.
   */
  async #requireAllEvents(known: KnownGeneration | null): Promise<void> {
    const { log, index } = this.#options;
    const marks = await log.watermarks(IMAGE_EVENTS_TOPIC);
    if (marks.every(({ low }) => low === 0)) return;
    if (known === null) {
      throw new LookalikeError(
        'log-incomplete',
        'The log has lost its beginning, and the index is lost too, so nothing tells which images another encoder would not ' +
          'know. Build the index from the vectors of its own encoder first.',
        { facts: { partitions: marks.filter(({ low }) => low > 0) } },
      );
    }
    if ((await lagOf(log, known)) > UP_TO_DATE_RECORDS) {
      throw new LookalikeError(
        'log-incomplete',
        'The log has lost its beginning, and the live generation does not have all that is left of it yet, so it cannot tell ' +
          'which images another encoder would not know. Start again once it is up to date.',
        { facts: { generation: known.name } },
      );
    }
    const lost = await imagesBefore(marks, index, known.name);
    if (lost.count === 0) return;
    throw new LookalikeError(
      'log-incomplete',
      `The log has lost its beginning, and with it the last events of ${lost.count} images: another encoder would not know ` +
        `them. Publish them again, or delete them, then start anew. Some of them: ${lost.named.join(', ')}.`,
      { facts: { images: lost.count, examples: lost.named, partitions: marks.filter(({ low }) => low > 0) } },
    );
  }
}

function schemaFor(
  { encoder, profile, attributes, settings }: ReindexRequest,
  { schema: live }: Pick<KnownGeneration, 'schema'>,
  generation: string,
): GenerationSchema {
  const schema =
    encoder === null ? { ...live, attributes, settings } : schemaOf(live.log, { encoder, attributes, settings });
  return profile === undefined ? schema : { ...schema, vectors: vectorsIn(profile, schema, generation) };
}

function nothingToFitTo(): LookalikeError {
  return refusedField(
    'profile',
    'can be lean once the vectors of the encoder are there: reindex with the encoder first',
  );
}

async function imagesBefore(marks: readonly Watermarks[], index: VectorIndex, generation: string) {
  let count = 0;
  const named: string[] = [];
  for await (const batch of index.scan({ generation })) {
    for (const { imageId, version, state } of batch) {
      const { low = 0 } = marks[partitionOf(imageId, marks.length)] ?? {};
      if (state === 'deleted' || version >= low) continue;
      count += 1;
      if (named.length < MAX_NAMED) named.push(imageId);
    }
  }
  return { count, named };
}

function required(state: GenerationsState, role: GenerationRole): KnownGeneration {
  const found = inRole(state, role);
  if (found !== null) return found;
  if (role === 'live') throw new LookalikeError('no-live-generation', 'Nothing is live yet.');
  const what = role === 'next' ? 'No generation is being built.' : 'No generation is kept for a step back.';
  throw new LookalikeError('generation-unknown', what, { facts: { role } });
}

/** What was decided of it may have ended it already. */
function known(state: GenerationsState, name: string): KnownGeneration {
  const found = state.get(name);
  if (found === undefined) throw new LookalikeError('generation-unknown', `There is no generation ${name}.`);
  return found;
}
