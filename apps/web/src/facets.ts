import { type Choice, chosen, filterOf, keyOf, type Subject } from './query.js';
import { ask, type Schemas } from './server.js';

export type Facet = Schemas['FacetsAnswerBody']['facets'][number];

/** Of each facet, the commonest. */
const VALUES = 12;

/**
 * What there is of each attribute and field among the images that all `choices` hold for. A chosen one is counted without its own choice,
 * by a request of its own, so that more of its values can be chosen.
 * @throws ApiProblem, ServerUnreachable, the reason of `stop`.
 */
export async function facetsWith(choices: readonly Choice[], stop: AbortSignal): Promise<readonly Facet[]> {
  const [all, ...others] = await Promise.all([
    facetsOf(choices, null, stop),
    ...choices.map(({ of }) => facetsOf(chosen(choices, of, null), of, stop)),
  ]);
  const open = new Map(others.flat().map((it) => [keyOf(it), it]));
  return all.map((it) => {
    const choice = choices.find(({ of }) => keyOf(of) === keyOf(it));
    return withChosen(open.get(keyOf(it)) ?? it, it, choice?.values ?? []);
  });
}

/** @param subject alone; `null` counts all. */
async function facetsOf(
  choices: readonly Choice[],
  subject: Subject | null,
  stop: AbortSignal,
): Promise<readonly Facet[]> {
  const filter = filterOf(choices);
  const names =
    subject === null ? {} : 'attribute' in subject ? { attributes: subject.attribute } : { fields: subject.field };
  const query = { limit: VALUES, ...names, ...(filter && { filter: JSON.stringify(filter) }) };
  return (await ask((server) => server.get('/v1/facets', { params: { query } }), stop)).facets;
}

/** `open` and those of the chosen values that are too rare to be among its own: `narrowed` has as many images of them. */
function withChosen(open: Facet, narrowed: Facet, values: readonly string[]): Facet {
  if (!('values' in open && 'values' in narrowed)) return open;
  const counted = new Set(open.values.map(({ value }) => value));
  const rare = narrowed.values.filter(({ value }) => values.includes(String(value)) && !counted.has(value));
  return { ...open, values: [...open.values, ...rare] };
}
