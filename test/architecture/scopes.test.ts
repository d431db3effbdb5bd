import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '#testkit';
import { nameOf, ROUTES } from '../openapi/routes.js';

const routes = ROUTES.map(({ access, ...route }) => ({
  // As in docs/reference/rest.md.
  name: nameOf(route).replace('{imageId}', '{id}'),
  access: access === null ? 'nobody' : access === 'everybody' ? access : access.join(', '),
}));

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
