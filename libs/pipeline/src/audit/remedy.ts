import type { AuditFinding } from './audit-report.js';

/**
 * What helps where putting a record through again does not. `reindex`: build another generation; of a few images,
 * publishing their last state again (of an `extra` one, its deletion) helps too, since a new event has a new version.
 * `bring-back-log`: the newer log, if there still is one, else `reindex`. `bring-back-blob`: put the bytes into the
 * blob store again. `see-dead-letter`: the generation cannot take the record, and the index stage has set it aside with
 * the reason.
 */
export type Remedy = 'reindex' | 'bring-back-log' | 'bring-back-blob' | 'see-dead-letter';

export interface Unmendable {
  readonly finding: AuditFinding;
  readonly remedy: Remedy;
  /** A sentence for people. */
  readonly why: string;
}

/** Why no write that the guard takes mends it; `null` of what a record of the image's last event mends. */
export function unmendable(finding: AuditFinding): Unmendable | null {
  const { kind, logged, indexed } = finding;
  const because = (remedy: Remedy, why: string) => ({ finding, remedy, why });
  switch (kind) {
    case 'missing':
    case 'stale':
      return null;
    case 'resurrected':
      // At the same version a deletion wins against a failure, and against nothing else.
      return logged === null || indexed?.version !== logged.version || indexed.state === 'failed'
        ? null
        : because('reindex', 'The index takes no other record of the same version.');
    case 'wrong-state':
    case 'wrong-vector':
      return because('reindex', 'The index takes no other record of the same version.');
    case 'extra':
      return because('reindex', 'The log has no event whose record would win against it.');
    case 'duplicated':
      return because('reindex', 'A write replaces a record; it does not remove a second one.');
    case 'ahead':
      return because('bring-back-log', 'Whatever the log has of it is older and loses.');
    case 'blob-missing':
    case 'blob-changed':
      return because('bring-back-blob', 'The bytes are in the blob store or nowhere.');
  }
}
