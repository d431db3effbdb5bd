import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PROJECT_ROOT } from '#testkit';
import { samplePath, samplePicture } from '../query/sample-pictures.js';
import { Collection } from './collection.js';
import { type ServerProcess, Workplace } from './server-process.js';

jest.setTimeout(180_000);

const run = promisify(execFile);
const IMAGES = [
  ['holiday/a cat.jpg', 'locomotion-house-cat', 'pets'],
  ['boats', 'nagasaki-boats', 'trips'],
  ['canyon', 'black-canyon', 'trips'],
  ['flower', 'allium-oreophilum', 'plants'],
] as const;
const [[CAT]] = IMAGES;

describe('the examples search', () => {
  const workplace = new Workplace();
  // Where packages are found from, and Git does not look.
  const folder = join(PROJECT_ROOT, '.cache', `search-example-${process.pid}`);
  let server: ServerProcess;
  let pictures: Server;

  beforeAll(async () => {
    const cat = await samplePicture('locomotion-house-cat');
    pictures = createServer((_request, response) => response.end(cat));
    await new Promise<void>((resolve) => pictures.listen(0, '127.0.0.1', resolve));
    server = await workplace.start({
      LOOKALIKE_ATTRIBUTES: 'album:string',
      LOOKALIKE_LINK_HTTP_PORTS: String(port()),
      LOOKALIKE_LINK_ALLOWED_NETWORKS: '127.0.0.1/32',
    });
    const collection = new Collection(() => server.url);
    for (const [imageId, name, album] of IMAGES) {
      await collection.visible(await collection.add(imageId, await samplePicture(name), { album }));
    }
  });
  afterAll(async () => {
    pictures?.close();
    await workplace.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const port = () => (pictures.address() as AddressInfo).port;
  const given = () => [
    server.url,
    samplePath('locomotion-house-cat'),
    `http://127.0.0.1:${port()}/cat.jpg`,
    CAT,
    'trips',
  ];

  /** All print the same. */
  function expectFound(stdout: string): void {
    const lines = stdout.trim().split('\n');
    const idsOf = (what: string) =>
      lines.filter((it) => it.startsWith(`${what}: `)).map((it) => it.slice(what.length + 2));
    for (const what of ['upload', 'link', 'vector']) expect(idsOf(what)[0]).toMatch(new RegExp(`^${CAT} \\w+$`));
    // What is searched by is not among the results.
    expect(idsOf('id')[0]?.split(' ')).toHaveLength(2);
    expect(idsOf('similar')).toEqual(idsOf('id'));
    expect(idsOf('filter')[0]?.split(' ').sort()).toEqual(['boats', 'canyon']);
    expect(idsOf('page').map((it) => it.split(' ').length)).toEqual([2, 1]);
    expect(idsOf('page')[0]).toBe(idsOf('id')[0]);
    expect(lines.at(-1)).toContain('image-unknown');
  }

  test('with curl', async () => {
    const { stdout } = await run(join(PROJECT_ROOT, 'examples/search-curl/search.sh'), given());
    expectFound(stdout);
  });

  test('with TypeScript and the package of the client, whose types it is held against', async () => {
    const own = join(folder, 'node_modules', 'lookalike-client');
    mkdirSync(own, { recursive: true });
    cpSync(join(PROJECT_ROOT, 'examples/search-typescript'), folder, { recursive: true });
    await run('npm', ['run', 'pack:client', '--', folder], { cwd: PROJECT_ROOT });
    const { dependencies, scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    // As npm would, which would want the packages of the package from a registry.
    const packed = join(folder, dependencies['lookalike-client'].replace('file:', ''));
    await run('tar', ['-xzf', packed, '-C', own, '--strip-components', '1']);
    const PATH = `${join(PROJECT_ROOT, 'node_modules/.bin')}:${process.env.PATH}`;
    await run('sh', ['-c', scripts.build], { cwd: folder, env: { ...process.env, PATH } });
    const { stdout } = await run(process.execPath, ['search.js', ...given()], { cwd: folder });
    expectFound(stdout);
  });

  test('with the versions of packages that the client is tested with', () => {
    const versions = (path: string) => JSON.parse(readFileSync(join(PROJECT_ROOT, path), 'utf8'));
    const { dependencies, devDependencies } = versions('package.json');
    expect({ ...devDependencies, ...dependencies }).toMatchObject(versions('libs/client/package.json').dependencies);
  });
});
