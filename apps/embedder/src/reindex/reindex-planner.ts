import { Inject, Injectable, Optional } from '@nestjs/common';
import {
  type EncoderInfo,
  type EncoderReference,
  type Encoders,
  type FailureReason,
  type GenerationSchema,
  type ImageEncoder,
  isLookalikeError,
  type VectorIndex,
} from '#core';
import { ENCODERS, VECTOR_INDEX } from '#nest';
import { type Profile, profileOf, Reindexes, type ReindexRequest } from '#pipeline';

/** What a reindex would cost; estimates. */
export interface ReindexPlan {
  readonly encoder: Omit<EncoderReference, 'manifest'>;
  readonly profile: Profile;
  readonly source: 'vectors' | 'events';
  /** In the live generation, ready and failed; `null` when the index has lost it, and with that how many there are. */
  readonly images: number | null;
  /** Pictures to fetch, decode and embed. */
  readonly toEmbed: number | null;
  /** Of the model alone, measured just now in this process; `null` where it has none, or nothing is to be embedded. */
  readonly picturesPerSecond: number | null;
  /** Why its model does not open in this process; `null` when it does, or was not tried. */
  readonly modelFault: FailureReason | null;
  readonly embedSeconds: number | null;
  /** Beside what the live generation takes, until that is dropped. */
  readonly memoryBytes: number | null;
  readonly diskBytes: number | null;
  /** What the live generation takes by the same reckoning, and gives back then. */
  readonly live: { readonly profile: Profile; readonly memoryBytes: number | null; readonly diskBytes: number | null };
}

/** Links of the graph and what belongs to them, for each image. */
const GRAPH_BYTES = 200;
/** State, attributes and thumbnail's name, for each image. */
const PAYLOAD_BYTES = 1_500;
/** Long enough to fill the model's batches a few times. */
const MEASURED_PICTURES = 16;

@Injectable()
export class ReindexPlanner {
  constructor(
    @Inject(VECTOR_INDEX) private readonly index: VectorIndex,
    @Inject(Reindexes) private readonly reindexes: Reindexes,
    // Only who embeds has them.
    @Optional() @Inject(ENCODERS) private readonly encoders: Encoders | undefined,
  ) {}

  /** @throws what would keep it from starting. */
  async plan(request: ReindexRequest): Promise<ReindexPlan> {
    const { live, schema, source, isLost } = await this.reindexes.prepare(request);
    const images = isLost ? null : await this.#imagesOf(live.name);
    const toEmbed = source === 'events' ? images : 0;
    const { picturesPerSecond, modelFault } =
      toEmbed !== 0 && request.encoder !== null ? await this.#measured(request.encoder) : NOT_MEASURED;
    const { name, fingerprint, trained } = schema.encoder;
    return {
      encoder: { name, fingerprint, trained },
      profile: profileOf(schema),
      source,
      images,
      toEmbed,
      picturesPerSecond,
      modelFault,
      embedSeconds: picturesPerSecond === null || toEmbed === null ? null : toEmbed / picturesPerSecond,
      ...roomFor(images, schema),
      live: { profile: profileOf(live.schema), ...roomFor(images, live.schema) },
    };
  }

  async #imagesOf(generation: string): Promise<number> {
    const { ready, failed } = await this.index.count({ generation });
    return ready + failed;
  }

  /** Opens the encoder, which fetches its model if it is not there. */
  async #measured(info: EncoderInfo): Promise<typeof NOT_MEASURED> {
    if (this.encoders === undefined) return NOT_MEASURED;
    try {
      const { encoder } = await this.encoders.running(info);
      return { picturesPerSecond: await rateOf(encoder), modelFault: null };
    } catch (error) {
      if (!isLookalikeError(error)) throw error;
      return { picturesPerSecond: null, modelFault: { code: error.code, message: error.message } };
    }
  }
}

const NOT_MEASURED: Pick<ReindexPlan, 'picturesPerSecond' | 'modelFault'> = {
  picturesPerSecond: null,
  modelFault: null,
};

async function rateOf(encoder: ImageEncoder): Promise<number> {
  const { info } = encoder;
  const size = info.inputWidth * info.inputHeight * 3;
  const inputs = Array.from({ length: MEASURED_PICTURES }, () => ({ pixels: new Uint8Array(size).fill(128) }));
  const startMs = performance.now();
  await encoder.encode(inputs);
  return (MEASURED_PICTURES * 1000) / (performance.now() - startMs);
}

function roomFor(images: number | null, schema: GenerationSchema): Pick<ReindexPlan, 'memoryBytes' | 'diskBytes'> {
  if (images === null) return { memoryBytes: null, diskBytes: null };
  return { memoryBytes: images * memoryOf(schema), diskBytes: images * diskOf(schema) };
}

/** What is searched is in memory as a byte per number. */
function memoryOf({ vectors }: GenerationSchema): number {
  return vectors.reduce((sum, it) => sum + (it.role === 'searched' ? it.size + GRAPH_BYTES : 0), 0);
}

/** Originals, and what is in memory too. */
function diskOf(schema: GenerationSchema): number {
  const originals = schema.vectors.reduce((sum, it) => sum + it.size * (it.datatype === 'float16' ? 2 : 4), 0);
  return originals + memoryOf(schema) + PAYLOAD_BYTES;
}
