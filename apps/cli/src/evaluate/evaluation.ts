import { readFile } from 'node:fs/promises';
import { isTransient } from '#client';
import type { PictureEdit } from '#vision';
import type { ReindexPlan, SearchAnswer, StatusAnswer } from '../api/answers.js';
import type { ApiClient } from '../api/api-client.js';
import { ApiProblem } from '../api/errors.js';
import { Reasons } from '../import/tally.js';
import { readReason } from '../import/walk.js';
import { EditedSearches } from './edited-searches.js';
import { Load } from './load.js';
import { ModeComparison } from './mode-comparison.js';
import { isInCollection, type PictureQuery, type Queries, type Query } from './queries.js';
import { type EvaluationReport, MODES } from './report.js';

export interface EvaluationOptions {
  readonly queries: Queries;
  /** By imageId; null where no labels are given. */
  readonly labels: ReadonlyMap<string, string> | null;
  /** That search at the same time. */
  readonly clients: number;
  readonly edits: readonly PictureEdit[];
  /** Pictures that are edited. */
  readonly editedPictures: number;
  readonly signal: AbortSignal;
  readonly onProgress: (label: string, done: number, total: number) => void;
}

type Measured = Omit<EvaluationReport, 'sentAgain' | 'ended'>;

/** Measures what a collection finds. What it has come to can be asked for at any time, also after it has failed. */
export class Evaluation {
  readonly #comparison: ModeComparison;
  readonly #loads: Readonly<Record<(typeof MODES)[number], Load>>;
  readonly #edited: EditedSearches;
  readonly #refused = new Reasons();
  readonly #generations = new Set<string>();
  readonly #notes: string[] = [];
  #plan: ReindexPlan | null = null;
  #residentBytes: number | null = null;

  constructor(
    private readonly api: ApiClient,
    private readonly status: StatusAnswer,
    private readonly options: EvaluationOptions,
  ) {
    this.#comparison = new ModeComparison(this.#search, options.labels ?? new Map());
    this.#loads = {
      fast: new Load(this.#search, 'fast'),
      balanced: new Load(this.#search, 'balanced'),
      exact: new Load(this.#search, 'exact'),
    };
    this.#edited = new EditedSearches(this.#search);
  }

  /** @throws what ends it early: the reason of the signal, a server that is away. */
  async run(): Promise<void> {
    await this.#measureRoom();
    await this.#compareModes();
    await this.#load();
    await this.#searchByEdits();
  }

  report(): Measured {
    const { queries, clients, labels } = this.options;
    const [latest = this.status.generation] = [...this.#generations].reverse();
    const images = this.#plan?.images ?? null;
    const perImage = (bytes: number | null | undefined) => (bytes == null || !images ? null : bytes / images);
    const changed = `The collection went on to another generation meanwhile; figures are of ${[...this.#generations].join(' and ')}.`;
    return {
      encoder: this.status.encoder,
      generation: latest,
      profile: this.#plan?.live.profile ?? null,
      images: this.status.images?.ready ?? null,
      queries: { by: queries.by, drawn: queries.drawn.length, from: queries.from },
      clients,
      modes: MODES.map((mode) => ({
        mode,
        ...this.#comparison.figuresOf(mode),
        manyClients: this.#loads[mode].figures(),
      })),
      editedPictures: this.#edited.pictures,
      edits: this.#edited.figures(),
      room: {
        memoryBytesPerImage: perImage(this.#plan?.live.memoryBytes),
        diskBytesPerImage: perImage(this.#plan?.live.diskBytes),
        residentBytes: this.#residentBytes,
      },
      refused: this.#refused.list(),
      notes: [
        ...this.#notes,
        ...(this.#generations.size > 1 ? [changed] : []),
        ...(queries.isCut ? [`Queries were drawn from the first ${queries.from} images of the list.`] : []),
        ...(labels === null ? [] : [this.#labelled(labels)]),
      ],
    };
  }

  #labelled(labels: ReadonlyMap<string, string>): string {
    const { drawn } = this.options.queries;
    const known = drawn.filter(({ imageId }) => labels.has(imageId)).length;
    return `${known} of ${drawn.length} queries have a label, of ${labels.size} labels in the table; results without one are left out.`;
  }

  readonly #search: ApiClient['search'] = async (by, options): Promise<SearchAnswer> => {
    const answer = await this.api.search(by, options);
    this.#generations.add(answer.generation);
    return answer;
  };

  async #measureRoom(): Promise<void> {
    this.#plan = await this.#told('Memory and disk per image are not known', () => this.api.planReindex({}));
    this.#residentBytes = await this.#told('The memory of the server is not known', () => this.api.residentBytes());
  }

  /** What an operator's key is needed for, and what may be refused while a reindex goes on. */
  async #told<T>(missing: string, ask: () => Promise<T>): Promise<T | null> {
    try {
      return await ask();
    } catch (error) {
      if (!isRefusal(error)) throw error;
      this.#notes.push(`${missing}: ${error.message}`);
      return null;
    }
  }

  async #compareModes(): Promise<void> {
    const { drawn } = this.options.queries;
    for (const [at, query] of drawn.entries()) {
      await this.#attempt(query, () => this.#comparison.ask(query));
      this.options.onProgress('Comparing modes', at + 1, drawn.length);
    }
  }

  async #load(): Promise<void> {
    const { queries, clients, onProgress } = this.options;
    let done = 0;
    for (const mode of MODES) {
      await this.#loads[mode].run(queries.drawn, clients, async (query, work) => {
        await this.#attempt(query, work);
        done += 1;
        onProgress(`Searching with ${clients} clients`, done, queries.drawn.length * MODES.length);
      });
    }
  }

  async #searchByEdits(): Promise<void> {
    const { edits, editedPictures, onProgress, queries } = this.options;
    if (editedPictures === 0) return;
    if (queries.by === 'image') {
      this.#notes.push('Nothing was searched by edited pictures: that needs a folder of pictures.');
      return;
    }
    const originals = await this.#originals(editedPictures);
    if (originals.length === 0) {
      this.#notes.push(
        'Nothing was searched by edited pictures: no picture of the folder is in the collection under its path as its id.',
      );
    }
    let done = 0;
    for (const query of originals) {
      const picture = await readFile(query.path);
      for (const edit of edits) {
        await this.#attempt(query, () => this.#edited.ask(query, picture, edit));
        done += 1;
        onProgress('Searching by edited pictures', done, originals.length * edits.length);
      }
    }
  }

  async #originals(most: number): Promise<PictureQuery[]> {
    const originals: PictureQuery[] = [];
    for (const { imageId, path } of this.options.queries.drawn) {
      if (originals.length === most || path === null) break;
      const query = { imageId, path };
      await this.#attempt(query, async () => {
        if (await isInCollection(this.api, query)) originals.push(query);
      });
    }
    return originals;
  }

  /** A query that is refused is counted, and the others go on. */
  async #attempt({ imageId, path }: Query, work: () => Promise<void>): Promise<void> {
    this.options.signal.throwIfAborted();
    try {
      await work();
    } catch (error) {
      this.options.signal.throwIfAborted();
      const { code, message } = reasonOfOne(error, path);
      this.#refused.add(code, message, imageId);
    }
  }
}

/** Why one query could not be asked. @throws what concerns the others too */
function reasonOfOne(error: unknown, path: string | null): { readonly code: string; readonly message: string } {
  if (isRefusal(error)) return error;
  if (path === null || (error as NodeJS.ErrnoException).syscall === undefined) throw error;
  return { code: 'file-unreadable', message: `The file can't be read: ${readReason(error, path)}.` };
}

function isRefusal(error: unknown): error is ApiProblem {
  return error instanceof ApiProblem && !isTransient(error);
}
