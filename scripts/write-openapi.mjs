// Writes docs/reference/openapi.json from the sources of the applications, and from it the types of the client; into another
// folder when one is named. Needs the build.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import types from '../dist/test/openapi/client-types.js';
import openapi from '../dist/test/openapi/document.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = process.argv[2] ?? root;
const document = openapi.apiDocument();
write(openapi.DOCUMENT_FILE, openapi.documentText(document));
write(types.CLIENT_TYPES_FILE, await types.clientTypes(document));
// The one that servers have.
if (folder === root) write(join('dist', openapi.DOCUMENT_FILE), openapi.documentText(document));

function write(file, text) {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}
