import {
  type EventLog,
  type ImageId,
  isLookalikeError,
  type LookalikeError,
  Reservoir,
  type StateCounts,
  type VectorIndex,
  type VerificationCheck,
  type VerificationReport,
} from '#core';
import { type AuditReport, auditGeneration, FINDING_KINDS } from '../audit/index.js';
import { answerChecks } from './answer-checks.js';
import type { KnownGeneration } from './generations-state.js';
import type { Verify } from './reindex-driver.js';

export interface VerificationOptions {
  readonly log: EventLog;
  readonly index: VectorIndex;
  /** An existing folder for temporary files of the audit. */
  readonly tempFolder: string;
}

/** Searches whose answers are compared. */
const SEARCHES = 100;
const COMPARED_VECTORS = 1_000;
/** How long the stages may take to come to where the log ends when it begins, in milliseconds. */
const WAIT_MS = 600_000;
/** More failures than the live generation has that are no reason to stop, as a share of all images. */
const MORE_FAILURES = 0.01;
/** The same where there is no live one to compare with: then only what is plainly wrong is told. */
const MOST_FAILURES = 0.5;
const MAX_EXAMPLES = 5;

/**
 * Compares a generation with the fold of the log, a sample of its vectors with what the log holds, its failures with those of the
 * live one, and its answers with exact ones and with those of the live one. It passes when none of the checks fails.
 */
export function verification({ log, index, tempFolder }: VerificationOptions): Verify {
  return async (next, live, signal) => {
    const audit = await auditGeneration({
      log,
      index,
      generation: next,
      tempFolder,
      vectors: COMPARED_VECTORS,
      waitMs: WAIT_MS,
      maxExamples: MAX_EXAMPLES,
      signal,
    });
    const counts = await index.count({ generation: next.name });
    const sample = await sampleOf(index, next, signal);
    const beside = async (other: KnownGeneration | null): Promise<readonly VerificationCheck[]> => {
      const before = other === null ? null : await index.count({ generation: other.name });
      return [failuresCheck(audit, counts, before), ...(await answerChecks(index, next, other, sample))];
    };
    const compared = await beside(live).catch(async (error: unknown) => {
      // A damaged one is what the next is built in place of.
      if (live === null || !isLookalikeError(error) || error.code !== 'index-damaged') throw error;
      return [...(await beside(null)), notCompared(error)];
    });
    return reportOf(audit, counts, [recordsCheck(audit), vectorsCheck(audit), ...compared]);
  };
}

function reportOf(audit: AuditReport, counts: StateCounts, checks: readonly VerificationCheck[]): VerificationReport {
  return {
    passed: checks.every(({ passed }) => passed !== false),
    atMs: Date.now(),
    positions: audit.watermarks,
    counts,
    checks,
  };
}

async function sampleOf(
  index: VectorIndex,
  { name }: KnownGeneration,
  signal: AbortSignal,
): Promise<readonly ImageId[]> {
  const sample = new Reservoir<ImageId>(SEARCHES);
  for await (const batch of index.scan({ generation: name })) {
    signal.throwIfAborted();
    for (const { imageId, state } of batch) if (state === 'ready') sample.offer(imageId);
  }
  return sample.kept;
}

function notCompared({ message }: LookalikeError): VerificationCheck {
  const found = `The live generation cannot be compared with: ${message}`;
  return { name: 'overlap', passed: null, found, facts: {} };
}

/** Every image at its last version, and nothing else. */
function recordsCheck({ verdict, behind, comparison }: AuditReport): VerificationCheck {
  if (comparison === null) {
    const records = behind.embed + behind.index;
    return {
      name: 'records',
      passed: false,
      found: `Its stages did not come to where the log ended in time: they were ${records} records behind.`,
      facts: { ...behind },
    };
  }
  const kinds = FINDING_KINDS.filter((it) => it !== 'wrong-vector').map(
    (kind) => [kind, comparison.findings[kind]] as const,
  );
  const wrong = kinds.filter(([, { count }]) => count > 0);
  const images = comparison.log.present + comparison.log.deleted;
  const passed = wrong.length === 0 && verdict !== 'behind';
  return {
    name: 'records',
    passed,
    found: passed
      ? `All ${images} images of the log are in it at their last versions, and no others.`
      : `Of ${images} images of the log: ${wrong.map(([kind, { count }]) => `${count} ${kind}`).join(', ')}.`,
    facts: {
      images,
      digests: comparison.digests,
      findings: Object.fromEntries(wrong.map(([kind, { count, examples }]) => [kind, { count, examples }])),
    },
  };
}

function vectorsCheck({ comparison }: AuditReport): VerificationCheck {
  const compared = comparison?.vectorsCompared ?? 0;
  const { count = 0, examples = [] } = comparison?.findings['wrong-vector'] ?? {};
  return {
    name: 'vectors',
    passed: count === 0,
    found: `Of ${compared} vectors taken at random ${count} are others than the log has.`,
    facts: { compared, wrong: count, examples },
  };
}

/** An encoder that fails on what the one before could read is not what anybody wants. */
function failuresCheck(
  { comparison }: AuditReport,
  counts: StateCounts,
  before: StateCounts | null,
): VerificationCheck {
  const { failed, ready } = counts;
  const all = ready + failed;
  const most = before === null ? Math.floor(MOST_FAILURES * all) : before.failed + Math.ceil(MORE_FAILURES * all);
  const compared = before === null ? '' : `; in the live generation ${before.failed} have`;
  return {
    name: 'failures',
    passed: failed <= most,
    found: `${failed} of ${all} images have failed${compared}.`,
    facts: { failed, live: before?.failed ?? null, most, byReason: comparison?.failed.byReason ?? {} },
  };
}
