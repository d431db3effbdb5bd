import { join } from 'node:path';
import { Piscina } from 'piscina';
import { type Generation, LookalikeError, searchPaths, type VectorIndex } from '#core';
import type { SecondLooks } from '../match/index.js';
import { TurnedHashes } from '../second-look/index.js';
import type { Calibration } from './calibration.js';
import { type AmongOriginals, alignmentsOf, copiesAmong } from './copies-among.js';
import { type EditedPicture, EditedPictures, type EditedPicturesOptions } from './edited-pictures.js';
import { EvidenceTable } from './evidence-table.js';
import type { FitTask, Fitted } from './fit-task.js';
import { cosines, nearest } from './nearest.js';
import { type Original, takeSample } from './sample.js';

/** Fewer pictures say too little of strangers: of 30 there are 25,000 pairs. */
export const LEAST_SAMPLE = 30;
/** Strangers that an edited picture is compared with by hash and alignment: as many as a search for copies has candidates. */
const STRANGERS = 50;
/** For all vectors: six minutes of one core. Of larger samples each picture has fewer, the nearest by cosine, so the tail of that stays what is measured. */
const MOST_LOOKS = 300_000;

export interface MeasureOptions extends Omit<EditedPicturesOptions, 'onDone'> {
  readonly index: Pick<VectorIndex, 'scan' | 'fetch' | 'count'>;
  /** Its encoder is `running`. */
  readonly generation: Generation;
  /** Taken off the main thread, one after the other. */
  readonly looks: Pick<SecondLooks, 'look'>;
  /** Images taken at random. */
  readonly sample: number;
  /** Wanted of what is called the same picture, below 1. */
  readonly precision: number;
  /** Pairs that are compared by hash and alignment, those among the originals too; of larger samples each picture has fewer. */
  readonly mostLooks?: number;
  /** Told of originals that were compared with each other, and of edited pictures: those that are done, and all. */
  readonly onProgress?: (done: number, total: number) => void;
}

export type MeasuredMatches = Pick<Calibration, 'fingerprint' | 'models' | 'measured'>;

/** What is known of the pairs of one vector, while they are compared. */
interface Pairs {
  readonly vector: string;
  readonly copies: EvidenceTable;
  readonly editOfCopy: number[];
  readonly strangers: EvidenceTable;
}

/**
 * Measures on images of the collection itself how copies differ from strangers: edits of each are compared with all originals by
 * their vectors, with the nearest ones by hash and alignment too, and a model of matches is fitted for each vector that the
 * generation is searched by. Keeps numbers only: one edited picture at a time in each of a few lanes.
 * @throws `sample-too-small`, faults that do not pass within about a minute, those of the index at once, what the signal is aborted with.
 */
export async function measureMatches(options: MeasureOptions): Promise<MeasuredMatches> {
  const { index, generation, edits, looks, signal, onProgress } = options;
  const originals = await takeSample(index, generation, options.sample, signal);
  requireEnough(originals.length, {});
  const total = originals.length * (1 + edits.length);
  let done = 0;
  const advance = (pictures: number) => {
    done += pictures;
    onProgress?.(done, total);
  };
  const among = await copiesAmong(originals, { generation, looks, signal, onCompared: () => advance(1) });
  const comparison = new Comparison(originals, among, options);
  const pictures = new EditedPictures({ ...options, onDone: advance });
  await pictures.each(originals, (edited) => comparison.compare(edited));
  const unusable = {
    pictures: Object.fromEntries(pictures.unusable.pictures),
    edits: Object.fromEntries(pictures.unusable.edits),
  };
  requireEnough(comparison.images, unusable);
  const { ready } = await index.count({ generation: generation.name });
  const fitted = await comparison.fitted(ready);
  return {
    fingerprint: generation.schema.encoder.fingerprint,
    models: Object.fromEntries(fitted.map(({ model, measure }) => [measure.vector, model])),
    measured: {
      images: comparison.images,
      edits: edits.length,
      pairs: comparison.pairs,
      copiesAmongSample: among.copies.reduce((sum, it) => sum + it.size, 0) / 2,
      unusable,
      vectors: fitted.map(({ measure }) => measure),
    },
  };
}

function requireEnough(images: number, unusable: object): void {
  if (images >= LEAST_SAMPLE) return;
  throw new LookalikeError(
    'sample-too-small',
    `Only ${images} images could be measured, and it takes ${LEAST_SAMPLE} to tell copies from strangers.`,
    { facts: { images, least: LEAST_SAMPLE, ...unusable } },
  );
}

/** Edited pictures against the originals. */
class Comparison {
  pairs = 0;
  readonly #compared = new Set<number>();
  readonly #all: readonly Pairs[];
  readonly #strangers: number;

  constructor(
    private readonly originals: readonly Original[],
    private readonly among: AmongOriginals,
    private readonly options: MeasureOptions,
  ) {
    const vectors = [...new Set(searchPaths(options.generation.schema).map(({ scored }) => scored.name))];
    this.#all = vectors.map((vector) => ({
      vector,
      copies: new EvidenceTable(),
      editOfCopy: [],
      strangers: new EvidenceTable(),
    }));
    const left = (options.mostLooks ?? MOST_LOOKS) - among.looks;
    // Each edited picture is compared with its own original too.
    const ofPicture = left / (originals.length * options.edits.length) - 1;
    this.#strangers = Math.max(1, Math.min(STRANGERS, Math.floor(ofPicture / vectors.length)));
  }

  /** Images of which at least one edit was compared. */
  get images(): number {
    return this.#compared.size;
  }

  async compare({ original, edit, vectors, perceptualHash, greyCopy }: EditedPicture): Promise<void> {
    const { originals, options } = this;
    const known = new Set([original, ...(this.among.copies[original] ?? [])]);
    const seen = this.#all.map((pairs) => {
      const values = cosines(originals, pairs.vector, vectors[pairs.vector] ?? new Float32Array());
      return { pairs, values, strangers: nearest(values, this.#strangers, known) };
    });
    const looked = [...new Set([original, ...seen.flatMap(({ strangers }) => strangers)])];
    const alignments = await alignmentsOf({ greyCopy }, looked, originals, options.looks, options.signal);
    const hashes = new TurnedHashes(perceptualHash, greyCopy);
    for (const { pairs, values, strangers } of seen) {
      const evidence = (at: number) => ({
        cosine: values[at] ?? null,
        hashBits: hashes.distanceTo(originals[at]?.perceptualHash ?? '')?.bits ?? null,
        alignment: alignments.get(at) ?? null,
      });
      pairs.copies.add(evidence(original));
      pairs.editOfCopy.push(edit);
      for (const at of strangers) pairs.strangers.add(evidence(at));
    }
    this.#compared.add(original);
    this.pairs += originals.length - known.size;
  }

  async fitted(images: number): Promise<readonly Fitted[]> {
    const { edits, precision, signal } = this.options;
    const pool = new Piscina<FitTask, Fitted>({ filename: join(__dirname, 'fit-task.js'), maxThreads: 1 });
    try {
      const named = edits.map(({ name, kind }) => ({ name, kind }));
      const tasks = this.#all.map(({ vector, copies, editOfCopy, strangers }): FitTask => {
        const tables = { copies: copies.numbers(), strangers: strangers.numbers() };
        return { vector, ...tables, editOfCopy, edits: named, pairs: this.pairs, images, precision };
      });
      return await Promise.all(tasks.map((it) => pool.run(it, { signal })));
    } finally {
      await pool.destroy();
    }
  }
}
