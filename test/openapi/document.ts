import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type ts from 'typescript';
import { PROJECT_ROOT } from '#testkit';
import { type Handler, type HandlerParameter, handlersOf, sourceProgram } from './handlers.js';
import { problemAnswers, SHARED_ANSWERS, securityOf } from './problem-answers.js';
import { nameOf, PARTS, ROUTES, type Route } from './routes.js';
import type { Schema } from './schema.js';
import { TypeSchemas } from './type-schemas.js';

export const DOCUMENT_FILE = 'docs/reference/openapi.json';

const INFO = {
  title: 'lookalike',
  summary: 'Image search over a collection that changes all day.',
  description:
    'What the endpoints mean is said in docs/reference/rest.md. Errors are problems (RFC 9457): programs read their `code`, ' +
    'which never changes its meaning, and `canRetry`.',
  license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
};

const API_KEY = {
  type: 'http',
  scheme: 'bearer',
  description: 'A key as `lk_…`, with one of the scopes beside the endpoint. A server without keys asks for none.',
};

const PATH_PARAMETERS: Readonly<Record<string, string>> = {
  imageId: "The publisher's own name of the image, percent-encoded.",
  id: 'Of a dead letter its place: its partition and offset, with a hyphen between; of a decision its `id`.',
};

const NOT_CHANGED = { description: 'The caller has it already (`If-None-Match`).' };

/** The document of the REST API: OpenAPI 3.1, from the sources of the applications. @throws what keeps an endpoint from being told. */
export function apiDocument(): Schema {
  const program = sourceProgram();
  const handlers = handlersOf(program);
  const schemas = new TypeSchemas(program);
  const refusals = new Map<string, Schema>();
  const paths: Record<string, Record<string, Schema>> = {};
  for (const route of ROUTES.filter(({ described }) => described !== null)) {
    const handler = handlers.get(nameOf(route))?.();
    if (handler === undefined) throw new Error(`There is no source of ${nameOf(route)}.`);
    paths[route.path] = {
      ...paths[route.path],
      [route.method.toLowerCase()]: operationOf(route, handler, schemas, refusals),
    };
  }
  const { version } = JSON.parse(readFileSync(join(PROJECT_ROOT, 'package.json'), 'utf8'));
  return {
    openapi: '3.1.0',
    info: { ...INFO, version },
    servers: [{ url: '/' }],
    tags: Object.entries(PARTS).map(([name, description]) => ({ name, description })),
    paths: sorted(paths),
    components: {
      securitySchemes: { apiKey: API_KEY },
      responses: { ...SHARED_ANSWERS, ...sorted(Object.fromEntries(refusals)) },
      schemas: sorted(Object.fromEntries(schemas.components)),
    },
  };
}

/** As it is checked in. */
export function documentText(document: Schema): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

function operationOf(
  route: Route,
  { description, parameters, bodies, answers }: Handler,
  schemas: TypeSchemas,
  refusals: Map<string, Schema>,
): Schema {
  if (description === '') throw new Error(`A comment has to say what ${nameOf(route)} is for.`);
  const { also = [], unchanged = false, headers = [] } = route.described ?? {};
  const [summary] = description.split(/(?<=\.) |[;:] /);
  const answer = {
    description: route.status === 202 ? 'It is accepted, and will be done.' : 'What was asked for.',
    content: contentOf(answers, (type) => ({ schema: schemas.of(type) })),
  };
  const reads = { body: bodies.size > 0, query: parameters.some((it) => it.in === 'query') };
  return {
    operationId: operationIdOf(route),
    tags: [route.part],
    summary: summary?.replace(/\.$/, ''),
    description,
    security: securityOf(route),
    parameters: [
      ...parameters.flatMap((it) => parametersOf(it, schemas)),
      ...headers.map((it) => ({ ...it, in: 'header', schema: { type: 'string' } })),
    ],
    ...(bodies.size > 0 && { requestBody: requestBodyOf(bodies, schemas) }),
    responses: {
      ...problemAnswers(route, reads, refusals),
      ...Object.fromEntries([route.status, ...also].map((status) => [status, answer])),
      ...(unchanged && { 304: NOT_CHANGED }),
    },
  };
}

/** `postV1ImagesImageIdErase`: what a generator calls it, so it stays while its path does. */
function operationIdOf({ method, path }: Route): string {
  const words = path.match(/\w+/g) ?? [];
  return method.toLowerCase() + words.map((it) => it.charAt(0).toUpperCase() + it.slice(1)).join('');
}

function parametersOf({ in: place, name, type }: HandlerParameter, schemas: TypeSchemas): readonly Schema[] {
  if (place === 'path') {
    return [{ name, in: place, required: true, description: PATH_PARAMETERS[name ?? ''], schema: { type: 'string' } }];
  }
  if (name !== null) return [{ name, in: place, required: false, schema: { type: 'string' } }];
  return schemas.properties(type).map(({ name, schema: { description, ...schema }, isRequired }) => ({
    name,
    in: place,
    required: isRequired,
    ...(description !== undefined && { description }),
    ...inText(schema, schemas),
  }));
}

/** Lists of names have commas between; other lists and objects are JSON. */
function inText(schema: Schema, schemas: TypeSchemas): Schema {
  if (isListOfNames(schema, schemas)) return { style: 'form', explode: false, schema };
  return isStructure(schema, schemas) ? { content: { 'application/json': { schema } } } : { schema };
}

function requestBodyOf(bodies: ReadonlyMap<string, ts.Type>, schemas: TypeSchemas): Schema {
  const isNeeded = [...bodies.values()].some((type) => schemas.properties(type).some((it) => it.isRequired));
  const content = contentOf(bodies, (type, mediaType) => ({
    schema: schemas.of(type),
    ...(mediaType === 'multipart/form-data' && { encoding: encodingOf(type, schemas) }),
  }));
  return { required: isNeeded || bodies.has('application/x-ndjson'), content };
}

function encodingOf(type: ts.Type, schemas: TypeSchemas): Schema {
  const fields = schemas.properties(type).map(({ name, schema }): [string, Schema] => {
    if (isListOfNames(schema, schemas)) return [name, { style: 'form', explode: false }];
    return [name, isStructure(schema, schemas) ? { contentType: 'application/json' } : {}];
  });
  return Object.fromEntries(fields.filter(([, encoding]) => Object.keys(encoding).length > 0));
}

function isListOfNames({ type, items }: Schema, schemas: TypeSchemas): boolean {
  return type === 'array' && schemas.resolved(items as Schema).enum !== undefined;
}

function isStructure(schema: Schema, schemas: TypeSchemas): boolean {
  const { type, anyOf } = schemas.resolved(schema);
  return type === 'object' || type === 'array' || anyOf !== undefined;
}

function contentOf(types: ReadonlyMap<string, ts.Type>, of: (type: ts.Type, mediaType: string) => Schema): Schema {
  return Object.fromEntries([...types].map(([mediaType, type]) => [mediaType, of(type, mediaType)]));
}

function sorted(value: Readonly<Record<string, unknown>>): Schema {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
