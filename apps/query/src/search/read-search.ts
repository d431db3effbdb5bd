import { checkRegion, parseFilter, parseImageId } from '#core';
import { bodyValidation, type FieldError, formFieldRule, invalidRequest } from '#nest';
import type { Example, SearchQuery } from '#search';
import { type ExampleBody, SearchBody } from './search-body.js';

export interface ReadSearch {
  readonly query: SearchQuery;
  readonly withAttributes: boolean;
  readonly withExplanation: boolean;
  readonly withLabels: boolean;
}

const VALIDATION = bodyValidation();

/** One path takes several kinds of bodies, so the class is known only when the request is. @throws `invalid-request`. */
export function readAs<T>(metatype: new () => T, body: unknown): Promise<T> {
  return VALIDATION.transform(body ?? {}, { type: 'body', metatype });
}

/** Fields of forms and parameters of paths that are JSON. */
const JSON_FIELDS: ReadonlySet<string> = new Set([
  'vector',
  'region',
  'positives',
  'negatives',
  'filter',
  'minScore',
  'diversity',
  'collapseDuplicates',
]);

/** Names with commas between; `[]`, as clients write an empty list of anything, is none. */
const LIST_FIELDS: ReadonlySet<string> = new Set(['include', 'attributes', 'fields', 'state']);

/** A search as texts by name, as forms and parameters of a path carry it. @throws `invalid-request`. */
export function bodyOfTexts(fields: object): object {
  const errors: FieldError[] = [];
  const body = Object.entries(fields).map(([field, value]) => {
    const rule = formFieldRule(field, value);
    if (rule !== null) errors.push({ field, rule });
    return [field, rule === null ? jsonOf(field, value, errors) : value] as const;
  });
  if (errors.length > 0) throw invalidRequest(errors);
  return Object.fromEntries(body);
}

/** Parameters of a path that names the image. @throws `invalid-request`, also for another one that is to be searched by. */
export function bodyOfParameters(parameters: object): object {
  const body = bodyOfTexts(parameters);
  const other = SUBJECTS.find((name) => name in body);
  if (other !== undefined)
    throw invalidRequest([{ field: other, rule: 'cannot stand here: the path names the image' }]);
  return body;
}

function jsonOf(field: string, text: string, errors: FieldError[]): unknown {
  if (field === 'limit') return /^\d{1,9}$/.test(text) ? Number(text) : text;
  if (LIST_FIELDS.has(field)) return text.split(',').filter((name) => name !== '' && name !== '[]');
  if (!JSON_FIELDS.has(field)) return text;
  try {
    return JSON.parse(text);
  } catch {
    errors.push({ field, rule: 'must be JSON' });
    return text;
  }
}

/** @param picture that came with it. @throws `invalid-request`, `invalid-filter`, `invalid-image-id`. */
export async function readSearch(body: unknown, picture?: Uint8Array): Promise<ReadSearch> {
  const read = await readAs(SearchBody, body);
  const { positives, negatives, filter, limit, cursor, mode, minScore, minMatch, diversity, include } = read;
  const { collapseDuplicates } = read;
  const main = mainExample(read, picture);
  return {
    query: {
      positives: [...main, ...positives.map((it, at) => exampleOf(it, `positives.${at}`))],
      negatives: negatives.map((it, at) => exampleOf(it, `negatives.${at}`)),
      ...(filter && { filter: parseFilter(filter) }),
      limit,
      ...(cursor !== undefined && { cursor }),
      mode,
      ...(minScore !== undefined && { minScore }),
      ...(minMatch !== undefined && { minMatch }),
      ...(diversity !== undefined && { diversity }),
      ...(collapseDuplicates !== undefined && { collapseDuplicates }),
      withVectors: include.includes('vectors'),
    },
    withAttributes: include.includes('attributes'),
    withExplanation: include.includes('explanation'),
    withLabels: include.includes('labels'),
  };
}

/** What stands at the top of a body, or comes as a file beside it. None where `positives` say it all. */
function mainExample(body: SearchBody, picture: Uint8Array | undefined): readonly Example[] {
  const { region, vectorName } = body;
  if (picture === undefined) {
    const isGiven =
      region !== undefined || vectorName !== undefined || given(body).length > 0 || body.positives.length === 0;
    return isGiven ? [exampleOf(body, null)] : [];
  }
  const other = [...SUBJECTS, 'vectorName' as const].find((name) => body[name] !== undefined);
  if (other !== undefined) throw invalidRequest([{ field: other, rule: 'cannot stand beside a file: use positives' }]);
  if (region !== undefined) checkRegion(region, 'region');
  return [{ by: 'picture', bytes: picture, ...(region && { region }) }];
}

const SUBJECTS = ['imageId', 'link', 'vector'] as const;

function given(body: ExampleBody): readonly (typeof SUBJECTS)[number][] {
  return SUBJECTS.filter((name) => body[name] !== undefined);
}

/** @param path of the example within the body; `null` for the body itself. */
function exampleOf(body: ExampleBody, path: string | null): Example {
  const at = (name: string) => (path === null ? name : `${path}.${name}`);
  const { imageId, link, vector, vectorName: name, region } = body;
  if (given(body).length !== 1) {
    const or = path === null ? ', or a file, or positives' : '';
    throw invalidRequest([{ field: at('imageId'), rule: `or link or vector must be given, one of them${or}` }]);
  }
  if (name !== undefined && vector === undefined) {
    throw invalidRequest([{ field: at('vectorName'), rule: 'is of a vector, which is not given' }]);
  }
  if (region !== undefined && vector === undefined) checkRegion(region, at('region'));
  if (imageId !== undefined) return { by: 'image', imageId: parseImageId(imageId), ...(region && { region }) };
  if (link !== undefined) return { by: 'link', uri: link, ...(region && { region }) };
  if (region !== undefined) throw invalidRequest([{ field: at('region'), rule: 'is of pictures; a vector has none' }]);
  return { by: 'vector', values: Float32Array.from(vector ?? []), ...(name !== undefined && { name }) };
}
