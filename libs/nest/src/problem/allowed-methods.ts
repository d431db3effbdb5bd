import type { Request } from 'express';

interface Layer {
  readonly route?: { readonly methods: Readonly<Record<string, boolean>> };
  match(path: string): boolean;
}

/** Which methods the path has routes for. Nest answers 404 when only the method is wrong; we say 405 and which fit. */
export function allowedMethods(request: Request): readonly string[] {
  const { stack } = request.app.router as unknown as { stack: readonly Layer[] };
  const methods = new Set<string>();
  for (const { route, match } of routesOf(stack)) {
    // What takes every method, CONNECT too, is middleware and no answer.
    if (route.methods.connect || !match(request.path)) continue;
    for (const method of Object.keys(route.methods)) methods.add(method.toUpperCase());
  }
  if (methods.has('GET')) methods.add('HEAD');
  return [...methods].sort();
}

function routesOf(stack: readonly Layer[]) {
  return stack.flatMap((layer) => {
    const { route } = layer;
    return route === undefined ? [] : [{ route, match: (path: string) => matches(layer, path) }];
  });
}

/** A path that is not valid percent-encoding throws in the router; here it is just no match. */
function matches(layer: Layer, path: string): boolean {
  try {
    return layer.match(path);
  } catch {
    return false;
  }
}
