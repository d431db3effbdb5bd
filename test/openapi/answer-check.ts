import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { PROJECT_ROOT } from '#testkit';
import type { Schema } from './schema.js';

interface Operation {
  readonly security: readonly { readonly apiKey: readonly string[] }[];
  readonly responses: Readonly<
    Record<string, { readonly $ref?: string; readonly content?: Readonly<Record<string, unknown>> }>
  >;
}

interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly responses: Operation['responses'];
    readonly schemas: Readonly<Record<string, Schema>>;
  };
}

export const DOCUMENT_TEXT = readFileSync(join(PROJECT_ROOT, 'docs/reference/openapi.json'), 'utf8');
export const DOCUMENT: ApiDocument = JSON.parse(DOCUMENT_TEXT);

/** `GET /v1/images/{imageId}` and so on. */
export const OPERATIONS: readonly string[] = Object.entries(DOCUMENT.paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
);

/** Holds answers against the document: the status, the media type, and the body, which may have nothing that is not told of. */
export class AnswerCheck {
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });
  readonly #validators = new Map<string, ValidateFunction>();

  constructor() {
    addFormats.default(this.#ajv);
    this.#ajv.addSchema({ $id: 'api', components: { schemas: closed(DOCUMENT.components.schemas) } });
  }

  /** @param operation one of `OPERATIONS`. @throws of what the document does not say. */
  async check(operation: string, response: Response): Promise<void> {
    const at = `${operation} ${response.status}`;
    const answer = answerOf(operation, response.status);
    if (answer === null) throw new Error(`${at}: not told of; it answered ${await response.text()}`);
    if (answer.content === undefined) return;
    const mediaType = (response.headers.get('content-type') ?? '').split(';')[0] ?? '';
    if (!Object.hasOwn(answer.content, mediaType)) throw new Error(`${at}: ${mediaType} is not told of`);
    for (const body of await bodiesOf(response, mediaType)) {
      const validator = this.#validatorOf(operation, response.status, mediaType, answer.content[mediaType] as object);
      if (!validator(body)) {
        throw new Error(`${at}: ${this.#ajv.errorsText(validator.errors)} in ${JSON.stringify(body)}`);
      }
    }
  }

  #validatorOf(operation: string, status: number, mediaType: string, content: object): ValidateFunction {
    const key = `${operation} ${status} ${mediaType}`;
    const { schema } = content as { schema: Schema };
    const known = this.#validators.get(key) ?? this.#ajv.compile(closed(schema));
    this.#validators.set(key, known);
    return known;
  }
}

function answerOf(operation: string, status: number) {
  const [method = '', path = ''] = operation.split(' ');
  const answer = DOCUMENT.paths[path]?.[method.toLowerCase()]?.responses[status];
  const shared = answer?.$ref?.split('/').at(-1);
  return (shared === undefined ? answer : DOCUMENT.components.responses[shared]) ?? null;
}

/** None of bytes and texts, of which the document says nothing more. */
async function bodiesOf(response: Response, mediaType: string): Promise<unknown[]> {
  const text = await response.text();
  if (mediaType.endsWith('json')) {
    return mediaType === 'application/x-ndjson'
      ? text.split('\n').flatMap((it) => (it === '' ? [] : [JSON.parse(it)]))
      : [JSON.parse(text)];
  }
  if (text === '') throw new Error('The answer is empty.');
  return [];
}

/** The same, with objects that have nothing but their properties; and with references that lead to where ajv knows the components. */
function closed<T>(schema: T, isPart = false): T {
  if (Array.isArray(schema)) return schema.map((it) => closed(it, isPart)) as T;
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema).map(([name, value]): [string, unknown] => [
    name,
    name === '$ref' ? `api${String(value)}` : closed(value, name === 'allOf'),
  ]);
  const isOpen = !isPart && 'properties' in schema && 'type' in schema && !('additionalProperties' in schema);
  return Object.fromEntries([...entries, ...(isOpen ? [['additionalProperties', false]] : [])]) as T;
}
