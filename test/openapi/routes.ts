import { RequestMethod } from '@nestjs/common';
import { HTTP_CODE_METADATA, METHOD_METADATA, MODULE_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { ROLES } from '#config';
import { type Access, ApiDocumentModule, accessOf, type Described, describedBy, MetricsModule } from '#nest';
import { EmbedderModule } from '../../apps/embedder/src/index.js';
import { IngestModule } from '../../apps/ingest/src/index.js';
import { QueryModule } from '../../apps/query/src/index.js';

// biome-ignore lint/complexity/noBannedTypes: what Nest calls a controller or a module
type Class = Function;

/** What an application is for, as the document groups its endpoints. */
export const PARTS = {
  publishing: 'Images are added, changed and deleted (ingest).',
  searching: 'Images are found, and looked at (query).',
  operating: 'Stages, generations of the index, dead letters (embedder).',
  serving: 'Of every application.',
} as const;
export type Part = keyof typeof PARTS;

/** An endpoint as its decorators say it. */
export interface Route {
  readonly part: Part;
  readonly method: string;
  /** With names of parameters in braces: `/v1/images/{imageId}`. */
  readonly path: string;
  /** Of the answer, when all is well. */
  readonly status: number;
  /** `null`: it declares none. */
  readonly access: Access | null;
  /** `null` of what is no part of the API. */
  readonly described: Described | null;
}

const NOTHING = {} as never;
const EMBEDDER = EmbedderModule.serving({ generations: NOTHING, followed: NOTHING, stages: NOTHING, roles: ROLES });

/** All endpoints of the applications. */
export const ROUTES: readonly Route[] = [
  ...routesOfModule(IngestModule, 'publishing'),
  ...routesOfModule(QueryModule, 'searching'),
  ...(EMBEDDER.controllers ?? []).flatMap((it) => routesOf(it, 'operating')),
  // What every module imports is the health of its application.
  ...importsOf(QueryModule).flatMap((it) => routesOfModule(it, 'serving')),
  ...routesOfModule(MetricsModule, 'serving'),
  ...routesOfModule(ApiDocumentModule, 'serving'),
];

/** `GET /v1/images/{imageId}`. */
export function nameOf({ method, path }: Pick<Route, 'method' | 'path'>): string {
  return `${method} ${path}`;
}

/** Of the paths of a controller and a method of it, as Nest writes them. */
export function pathOf(controller: string, method: string): string {
  const parts = [controller, method].map((it) => it.replaceAll(/^\/|\/$/g, '')).filter((it) => it !== '');
  return `/${parts.join('/')}`.replaceAll(/:(\w+)/g, '{$1}');
}

function importsOf(module: Class): readonly Class[] {
  return Reflect.getMetadata(MODULE_METADATA.IMPORTS, module) ?? [];
}

function routesOfModule(module: Class, part: Part): Route[] {
  const controllers: readonly Class[] = Reflect.getMetadata(MODULE_METADATA.CONTROLLERS, module) ?? [];
  return controllers.flatMap((it) => routesOf(it, part));
}

function routesOf(controller: Class, part: Part): Route[] {
  return Object.getOwnPropertyNames(controller.prototype).flatMap((name) => {
    const handler: object = controller.prototype[name];
    const verb = Reflect.getMetadata(METHOD_METADATA, handler);
    if (verb === undefined) return [];
    const method = RequestMethod[verb] as string;
    const path = pathOf(Reflect.getMetadata(PATH_METADATA, controller), Reflect.getMetadata(PATH_METADATA, handler));
    const status = Reflect.getMetadata(HTTP_CODE_METADATA, handler) ?? (method === 'POST' ? 201 : 200);
    const access = accessOf(handler, controller);
    return [{ part, method, path, status, access, described: describedBy(handler, controller) }];
  });
}
