import { type ImageId, isErrorCode, type Version } from '#core';
import {
  type AuditFinding,
  type Comparison,
  type FailedImage,
  FINDING_KINDS,
  type FindingKind,
} from './audit-report.js';

export interface FindingsOptions {
  /** Of each kind. */
  readonly maxExamples: number;
  /** Told of every finding; it may take its time, in which the audit goes no further. */
  readonly onFinding?: ((finding: AuditFinding) => void | Promise<void>) | undefined;
}

interface Tally<T> {
  count: number;
  readonly examples: T[];
}

/** Counts everything and keeps examples, so that its memory does not depend on how much is found. */
export class Findings {
  readonly #tallies = new Map<FindingKind, Tally<AuditFinding>>(
    FINDING_KINDS.map((kind) => [kind, { count: 0, examples: [] }]),
  );
  readonly #failed: Tally<FailedImage> = { count: 0, examples: [] };
  readonly #reasons = new Map<string, number>();

  constructor(private readonly options: FindingsOptions) {}

  get count(): number {
    return [...this.#tallies.values()].reduce((sum, { count }) => sum + count, 0);
  }

  async add(finding: AuditFinding): Promise<void> {
    const tally = this.#tallies.get(finding.kind);
    if (tally !== undefined) this.#count(tally, finding);
    await this.options.onFinding?.(finding);
  }

  addFailed(imageId: ImageId, version: Version, reason: string): void {
    // Codes are a closed list, so there are only so many; all that another version of this program knows are one.
    const known = isErrorCode(reason) ? reason : 'unknown';
    this.#reasons.set(known, (this.#reasons.get(known) ?? 0) + 1);
    this.#count(this.#failed, { imageId, version, reason });
  }

  report(): Pick<Comparison, 'findings' | 'failed'> {
    return {
      findings: Object.fromEntries(this.#tallies) as unknown as Comparison['findings'],
      failed: { ...this.#failed, byReason: Object.fromEntries(this.#reasons) },
    };
  }

  #count<T>(tally: Tally<T>, example: T): void {
    tally.count += 1;
    if (tally.examples.length < this.options.maxExamples) tally.examples.push(example);
  }
}
