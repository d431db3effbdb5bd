/**
 * Imports go one way: apps → nest, config → adapters → durable-files → core; pipeline and search → core only; an adapter
 * never imports another. `#name` resolves to the build of libs/name, hence `(dist/)?` in the patterns.
 */
const LIB = '^(dist/)?libs/';
const TESTS = '(\\.test\\.ts$|^(apps|libs)/[^/]+/test/)';

const only = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: `^libs/${from}/`, pathNot: TESTS },
  to: { path: [LIB, '^(dist/)?apps/'], pathNot: `${LIB}(${allowed})/` },
});

const appOnly = (app, libs, apps = app) => ({
  name: `app-${app}-imports`,
  severity: 'error',
  from: { path: `^apps/${app}/`, pathNot: TESTS },
  to: { path: [LIB, '^(dist/)?apps/'], pathNot: [`${LIB}(${libs})/`, `^(dist/)?apps/(${apps})/`] },
});

const packageOnlyIn = (pkg, where) => ({
  name: `${pkg.replaceAll(/[^a-z0-9]/g, '-')}-only-in-${where.replaceAll(/[^a-z0-9]+/g, '-')}`,
  severity: 'error',
  from: { pathNot: [`^libs/(${where})/`, TESTS, '^test/', '^libs/testkit/'] },
  to: { path: `node_modules/${pkg}(/|$)` },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-dev-packages-in-product',
      severity: 'error',
      // What the page uses is in the script that the build makes of it.
      from: { path: '^(apps|libs)/', pathNot: [TESTS, '^libs/testkit/', '^apps/web/'] },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'core-has-no-packages',
      severity: 'error',
      from: { path: '^libs/core/', pathNot: TESTS },
      to: { path: 'node_modules' },
    },
    only('core-imports-itself', 'core', 'core'),
    only('pipeline-imports-core', 'pipeline', 'pipeline|core'),
    only('search-imports-core', 'search', 'search|core'),
    only('durable-files-imports-core', 'durable-files', 'durable-files|core'),
    ...['vision', 'log-sqlite', 'index-lancedb', 'blobs-folder'].map((it) =>
      only(`${it}-imports-core-and-durable-files`, it, `${it}|core|durable-files`),
    ),
    ...['log-kafka', 'index-qdrant', 'blobs-s3', 'safe-fetch'].map((it) =>
      only(`${it}-imports-core`, it, `${it}|core`),
    ),
    only('config-imports-core', 'config', 'config|core'),
    only('client-imports-itself', 'client', 'client'),
    {
      name: 'client-runs-in-browsers',
      severity: 'error',
      from: { path: '^libs/client/', pathNot: TESTS },
      to: { dependencyTypes: ['core'] },
    },
    only(
      'bootstrap-imports-what-runs-apart',
      'bootstrap',
      'bootstrap|config|core|nest|pipeline|vision|durable-files|log-kafka|index-qdrant|blobs-folder|blobs-s3|safe-fetch',
    ),
    only('nest-imports-core-and-pipeline', 'nest', 'nest|core|pipeline'),
    only('testkit-imports-core', 'testkit', 'testkit|core'),
    {
      name: 'product-does-not-import-testkit',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: [TESTS, '^libs/testkit/'] },
      to: { path: `${LIB}testkit/` },
    },
    {
      name: 'apps-do-not-import-apps',
      severity: 'error',
      from: { path: '^apps/([^/]+)/', pathNot: [TESTS, '^apps/standalone/'] },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    // No adapter in sight: `bootstrap` opens them.
    ...['embedder', 'query'].map((it) => appOnly(it, 'bootstrap|nest|config|core|pipeline|search|vision')),
    // Of its uploads it asks query whether they are in the collection.
    appOnly('ingest', 'bootstrap|nest|config|core|pipeline|search|vision|client'),
    appOnly('transfer', 'bootstrap|config|core|pipeline|durable-files|log-sqlite'),
    appOnly('web', 'client'),
    appOnly('cli', 'client|config|core|vision'),
    packageOnlyIn('better-sqlite3', 'log-sqlite|search'),
    packageOnlyIn('kafkajs', 'log-kafka'),
    packageOnlyIn('@qdrant/js-client-rest', 'index-qdrant'),
    packageOnlyIn('@aws-sdk/client-s3', 'blobs-s3'),
    packageOnlyIn('@lancedb/lancedb', 'index-lancedb'),
    packageOnlyIn('apache-arrow', 'index-lancedb'),
    packageOnlyIn('sharp', 'vision'),
    packageOnlyIn('onnxruntime-node', 'vision'),
    packageOnlyIn('undici', 'safe-fetch'),
    packageOnlyIn('helmet', 'nest'),
    packageOnlyIn('rate-limiter-flexible', 'nest'),
    packageOnlyIn('ipaddr.js', 'safe-fetch'),
    packageOnlyIn('prom-client', 'nest'),
    packageOnlyIn('swagger-ui-dist', 'nest'),
    packageOnlyIn('openapi-fetch', 'client'),
    {
      name: 'nest-only-in-nest-and-apps',
      severity: 'error',
      from: { path: '^libs/', pathNot: ['^libs/(nest|bootstrap)/', TESTS] },
      to: { path: 'node_modules/@nestjs/' },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '^dist/'] },
    exclude: { path: '^dist/.*\\.map$' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default'] },
  },
};
