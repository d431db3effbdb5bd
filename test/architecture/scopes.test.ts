import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, MODULE_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { ROLES } from '#config';
import { accessOf } from '#nest';
import { PROJECT_ROOT } from '#testkit';
import { EmbedderModule } from '../../apps/embedder/src/index.js';
import { IngestModule } from '../../apps/ingest/src/index.js';
import { QueryModule } from '../../apps/query/src/index.js';

// biome-ignore lint/complexity/noBannedTypes: what Nest calls a controller or a module
type Class = Function;
interface Route {
  readonly name: string;
  /** As in docs/reference/rest.md. */
  readonly access: string;
}

const NOTHING = {} as never;
const embedder = EmbedderModule.serving({ generations: NOTHING, followed: NOTHING, stages: NOTHING, roles: ROLES });
const controllers = new Set([IngestModule, QueryModule, EmbedderModule].flatMap(controllersOf));
for (const it of embedder.controllers ?? []) controllers.add(it);
const routes = [...controllers].flatMap(routesOf);

function controllersOf(module: Class): Class[] {
  const own: Class[] = Reflect.getMetadata(MODULE_METADATA.CONTROLLERS, module) ?? [];
  const imports: Class[] = Reflect.getMetadata(MODULE_METADATA.IMPORTS, module) ?? [];
  return [...own, ...imports.flatMap(controllersOf)];
}

function routesOf(controller: Class): Route[] {
  const base = trimmed(Reflect.getMetadata(PATH_METADATA, controller));
  return Object.getOwnPropertyNames(controller.prototype).flatMap((name) => {
    const method: object = controller.prototype[name];
    const verb = Reflect.getMetadata(METHOD_METADATA, method);
    if (verb === undefined) return [];
    const path = [base, trimmed(Reflect.getMetadata(PATH_METADATA, method))].filter((it) => it !== '').join('/');
    const access = accessOf(method, controller);
    const text = access === null ? 'nobody' : access === 'everybody' ? access : access.join(', ');
    return [
      {
        name: `${RequestMethod[verb]} /${path.replaceAll(/:(\w+)/g, (_, it) => `{${it === 'imageId' ? 'id' : it}}`)}`,
        access: text,
      },
    ];
  });
}

function trimmed(path: string): string {
  return path.replaceAll(/^\/|\/$/g, '');
}

const [, chapter = ''] = readFileSync(join(PROJECT_ROOT, 'docs/reference/rest.md'), 'utf8').split(
  /^## Keys and scopes$/m,
);
const [table = ''] = chapter.split(/^## /m);
const documented = new Map(
  [...table.matchAll(/^\| (`.*`) \| (.*) \|$/gm)].flatMap(([, names = '', access = '']) => {
    const words = access.replaceAll('`', '');
    return [...names.matchAll(/`([A-Z]+ [^`]*)`/g)].map(([, name = '']) => [name, words] as const);
  }),
);

test('the applications have endpoints', () => {
  expect(routes.length).toBeGreaterThan(10);
});

test.each(routes)('$name declares who may ask for it: $access', ({ access }) => {
  expect(access).not.toBe('nobody');
});

test.each(routes)('$name needs the scope that the reference says', ({ name, access }) => {
  expect(documented.get(name)).toBe(access);
});
