import openapiTypes, { astToString, type SchemaObject } from 'openapi-typescript';
import ts from 'typescript';
import type { Schema } from './schema.js';

export const CLIENT_TYPES_FILE = 'libs/client/src/api-types.ts';

const HEAD = '/* Written by scripts/write-openapi.mjs from docs/reference/openapi.json. */\n\n';
const BLOB = ts.factory.createTypeReferenceNode('Blob');

/** The types of the client, from the document. */
export async function clientTypes(document: Schema): Promise<string> {
  const nodes = await openapiTypes(structuredClone(document) as never, {
    // A field that has a default may be left out.
    defaultNonNullable: false,
    transform: ({ format }: SchemaObject) => (format === 'binary' ? BLOB : undefined),
  });
  return HEAD + astToString(nodes);
}
