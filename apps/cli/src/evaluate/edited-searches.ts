import type { PictureEdit } from '#vision';
import type { ApiClient } from '../api/api-client.js';
import { COMPARED, INCLUDED } from './quality.js';
import type { Query } from './queries.js';
import type { EditReport } from './report.js';
import { mean, shareOf } from './statistics.js';

/** What a search by one edited picture came to; shares are 0 or 1. */
interface Outcome {
  readonly picture: string;
  readonly edit: Pick<PictureEdit, 'name' | 'kind'>;
  readonly first: number;
  readonly amongTen: number;
  readonly samePicture: number;
  readonly othersCalledSame: number;
}

type Figure = 'first' | 'amongTen' | 'samePicture';

/** Searches by what people make of pictures, and looks for the originals. */
export class EditedSearches {
  readonly #outcomes: Outcome[] = [];

  constructor(private readonly search: ApiClient['search']) {}

  async ask({ imageId }: Query, picture: Buffer, edit: PictureEdit): Promise<void> {
    const edited = { picture: await edit.apply(picture) };
    const near = (await this.search(edited, { limit: COMPARED, include: INCLUDED })).results;
    const same = (
      await this.search(edited, {
        limit: COMPARED,
        include: INCLUDED,
        minMatch: 'same-picture',
      })
    ).results;
    const isFound = same.some((it) => it.imageId === imageId);
    this.#outcomes.push({
      picture: imageId,
      edit,
      first: Number(near[0]?.imageId === imageId),
      amongTen: Number(near.some((it) => it.imageId === imageId)),
      samePicture: Number(isFound),
      othersCalledSame: same.length - Number(isFound),
    });
  }

  /** Of pictures at least one edit of which was searched by. */
  get pictures(): number {
    return new Set(this.#outcomes.map(({ picture }) => picture)).size;
  }

  figures(): EditReport[] {
    if (this.#outcomes.length === 0) return [];
    const names = [...new Set(this.#outcomes.map(({ edit }) => edit.name))];
    return [
      ...(['easy', 'hard'] as const).map((kind) =>
        reportOf(
          `all ${kind} edits`,
          kind,
          this.#outcomes.filter(({ edit }) => edit.kind === kind),
        ),
      ),
      ...names.map((name) => {
        const outcomes = this.#outcomes.filter(({ edit }) => edit.name === name);
        return reportOf(name, outcomes[0]?.edit.kind ?? 'easy', outcomes);
      }),
    ];
  }
}

function reportOf(name: string, kind: EditReport['kind'], outcomes: readonly Outcome[]): EditReport {
  // Edits of one picture succeed and fail together, so a picture counts once.
  const pictures = [...new Set(outcomes.map(({ picture }) => picture))];
  const byPicture = pictures.map((picture) => outcomes.filter((it) => it.picture === picture));
  const share = (figure: Figure) => shareOf(byPicture.map((of) => mean(of.map((it) => it[figure]))));
  const [first, amongTen, samePicture] = [share('first'), share('amongTen'), share('samePicture')];
  const othersCalledSame = outcomes.length === 0 ? null : mean(outcomes.map((it) => it.othersCalledSame));
  return { name, kind, first, amongTen, samePicture, othersCalledSame };
}
