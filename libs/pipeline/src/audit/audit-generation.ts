import { IMAGE_EVENTS_TOPIC, type ImageId, type Watermarks } from '#core';
import { endsIn } from '../stage-progress.js';
import type { AuditFinding, AuditReport, Comparison } from './audit-report.js';
import { type AuditedBlobs, suspectBlobs } from './blob-check.js';
import type { VisitEntry } from './bucket-files.js';
import { Findings } from './findings.js';
import { FoldComparison } from './fold-comparison.js';
import { bucketsFor, joinBucket } from './joined-images.js';
import { SpilledFiles } from './spilled-files.js';
import { type AuditedPorts, spillBacklog, spillEvents, spillIndex } from './spilled-sides.js';
import { type StagePositions, stagePositions } from './stage-positions.js';
import { Stopwatch } from './stopwatch.js';
import { compareVectors } from './vector-check.js';

/** The generation's log must be `log`: versions of two logs cannot be compared. */
export interface AuditOptions extends AuditedPorts {
  /**
   * An existing folder for temporary files, some 100 bytes for each event and record; what is made there is removed
   * again. A process that is killed leaves a folder `audit-…` there.
   */
  readonly tempFolder: string;
  /** Absent: nobody asks whether the pictures are there. */
  readonly blobs?: AuditedBlobs;
  /** Images whose vectors are compared, taken at random; `all` reads the whole topic of the vectors. Default 1,000. */
  readonly vectors?: number | 'all';
  /** How long the stages are waited for, in milliseconds; default 60,000. */
  readonly waitMs?: number;
  /**
   * Whether it is compared in any case, if they are still behind then; what waits for them is no finding. Default
   * false.
   */
  readonly evenIfBehind?: boolean;
  /** Of each kind of finding; default 20. */
  readonly maxExamples?: number;
  /** Told of every finding; may take its time, in which the audit goes no further. */
  readonly onFinding?: (finding: AuditFinding) => void | Promise<void>;
  /** Memory for the images that are joined at once; default 64 MiB. */
  readonly bucketBytes?: number;
}

const DEFAULTS = { vectors: 1_000, waitMs: 60_000, maxExamples: 20, bucketBytes: 64 * 2 ** 20 } as const;

/**
 * Compares a generation of the index with the fold of the log up to where it ends now, which others may go on writing
 * to meanwhile. Memory does not grow with the number of images.
 * @throws `topic-unknown`, `generation-unknown`, `storage-unavailable`, faults of the ports, the signal's reason.
 */
export async function auditGeneration(options: AuditOptions): Promise<AuditReport> {
  const { log, generation, waitMs = DEFAULTS.waitMs, evenIfBehind = false } = options;
  const clock = new Stopwatch();
  const watermarks = await log.watermarks(IMAGE_EVENTS_TOPIC);
  const marks = endsIn(watermarks);
  const stages = await stagePositions({ log, generation, waitMs, signal: options.signal }, marks);
  clock.lap('wait');
  const { behind } = stages;
  const isBehind = behind.embed + behind.index > 0;
  const comparison = isBehind && !evenIfBehind ? null : await compareSides(options, watermarks, stages, clock);
  const found = Object.values(comparison?.findings ?? {}).some(({ count }) => count > 0);
  const verdict = found ? 'damaged' : isBehind ? 'behind' : 'clean';
  return {
    generation: generation.name,
    verdict,
    watermarks: marks,
    behind,
    comparison,
    durationsMs: clock.durations(),
  };
}

async function compareSides(
  options: AuditOptions,
  watermarks: readonly Watermarks[],
  stages: StagePositions,
  clock: Stopwatch,
): Promise<Comparison> {
  const { index, generation, tempFolder, maxExamples = DEFAULTS.maxExamples, onFinding } = options;
  const inIndex = await index.count({ generation: generation.name });
  const events = watermarks.reduce((sum, { low, high }) => sum + high - low, 0);
  const most = events + inIndex.ready + inIndex.failed + inIndex.deleted + stages.behind.index;
  const buckets = bucketsFor(most, options.bucketBytes ?? DEFAULTS.bucketBytes);
  return SpilledFiles.within(tempFolder, { name: 'audit', buckets, partitions: watermarks.length }, async (files) => {
    const findings = new Findings({ maxExamples, onFinding });
    const work = { options, watermarks, stages, findings, files, clock };
    const folded = await compareFolds(work);
    const vectorsCompared = await checkVectors(work);
    return { ...folded, ...findings.report(), vectorsCompared };
  });
}

interface Work {
  readonly options: AuditOptions;
  readonly watermarks: readonly Watermarks[];
  readonly stages: StagePositions;
  readonly findings: Findings;
  readonly files: SpilledFiles;
  readonly clock: Stopwatch;
}

async function compareFolds({ options, watermarks, stages, findings, files, clock }: Work) {
  const { embedded, indexed, vectorsEnd, behind } = stages;
  const backlog = behind.index > 0 ? files.side('backlog') : null;
  const sides = { logged: files.side('logged'), indexed: files.side('indexed'), backlog, embedded };
  const events = await spillEvents(options, watermarks, options.blobs !== undefined, sides.logged);
  clock.lap('foldLog');
  if (backlog !== null) await spillBacklog(options, indexed, vectorsEnd, backlog);
  const index = await spillIndex(options, sides.indexed);
  clock.lap('scanIndex');
  const comparison = new FoldComparison(options, watermarks, findings);
  let blobsChecked = 0;
  for (let bucket = 0; bucket < files.buckets; bucket++) {
    const images = await joinBucket(sides, bucket, options.signal);
    await comparison.compare(images.values());
    if (options.blobs === undefined) continue;
    const { checked, suspicions } = await suspectBlobs(options.blobs, images.values(), options.signal);
    blobsChecked += checked;
    for (const { image, finding } of suspicions) await comparison.suspectBlob(image, finding);
  }
  const { present, deleted, ...compared } = await comparison.finish();
  clock.lap('compare');
  return { ...compared, log: { ...events, present, deleted }, index, blobsChecked };
}

/** An image may be found more than once, so what is found is spilled, and each is told of once. */
async function checkVectors({ options, stages, findings, files, clock }: Work): Promise<number> {
  const { vectors = DEFAULTS.vectors, signal } = options;
  if (vectors === 0) return 0;
  const wrong = files.side('wrong-vectors');
  const compared = await compareVectors({
    ...options,
    vectors,
    vectorsEnd: stages.vectorsEnd,
    onWrong: async (imageId, version, cosine) => {
      await wrong.add(imageId, { version, state: 'ready', detail: String(cosine) });
    },
  });
  await wrong.finish();
  for (let bucket = 0; bucket < files.buckets; bucket++) {
    const found = new Map<ImageId, AuditFinding>();
    const visit: VisitEntry = (imageId, partition, { version, detail }) => {
      const indexed = { version, state: 'ready' } as const;
      const cosine = detail === 'NaN' ? null : Number(detail);
      found.set(imageId, { kind: 'wrong-vector', imageId, partition, logged: null, indexed, cosine });
    };
    await wrong.read(bucket, visit, signal);
    for (const finding of found.values()) await findings.add(finding);
  }
  clock.lap('compareVectors');
  return compared;
}
