import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '#testkit';

/** Where the wall clock is right: for times that people are shown, that records carry, or that came from elsewhere. */
const BY_THE_WALL_CLOCK = [
  // Of an event.
  'apps/ingest/src/image-writer.ts',
  // Of a record.
  'libs/log-sqlite/src/record-store.ts',
  // Since when something is broken.
  'libs/nest/src/health/checked-part.ts',
  'libs/pipeline/src/batch-consumer.ts',
  // When somebody acted, and what came of it.
  'libs/pipeline/src/dead-letters/dead-letters.ts',
  'libs/pipeline/src/dead-letters/redrive-stage.ts',
  'libs/pipeline/src/duplicates/duplicate-decisions.ts',
  'libs/pipeline/src/erasure/erase-image.ts',
  // How old a record or an event is.
  'apps/query/src/image-answer.ts',
  'libs/pipeline/src/stage-watch.ts',
  'libs/nest/src/transport/stage-observer.ts',
  // A date that another server names.
  'libs/client/src/transport.ts',
  'libs/safe-fetch/src/ask.ts',
  // Times of files.
  'libs/blobs-folder/src/temp-files.ts',
  'libs/index-lancedb/src/maintenance.ts',
  'libs/pipeline/src/generations/generations.ts',
  // In a name that people read.
  'libs/pipeline/src/generations/live-generation.ts',
  // When something was exported or imported.
  'libs/pipeline/src/transfer/export-plan.ts',
  'libs/pipeline/src/transfer/import-marker.ts',
  // When it was measured.
  'apps/embedder/src/calibration/calibration-runs.ts',
  // When it was verified.
  'libs/pipeline/src/generations/verification.ts',
  // From one process to another.
  'apps/cli/src/quickstart/main.ts',
  'apps/cli/src/quickstart/quickstart.ts',
];

test('durations are counted by the monotonic clock, which nobody sets', () => {
  const found = ['apps', 'libs'].flatMap((folder) =>
    readdirSync(join(PROJECT_ROOT, folder), { recursive: true, encoding: 'utf8' })
      .map((it) => join(folder, it))
      .filter((it) => it.endsWith('.ts') && !/\.test\.ts$|\/test\/|^libs\/testkit\//.test(it))
      .filter((it) => /\bDate\.now\b|\bnew Date\(\)/.test(readFileSync(join(PROJECT_ROOT, it), 'utf8'))),
  );
  expect(found.sort()).toEqual([...BY_THE_WALL_CLOCK].sort());
});
