import { type ImageId, type Position, type StoredRecord, type VectorRecord } from '#core';
import type { AuditFinding } from './audit-report.js';
import { difference } from './difference.js';
import { type Remedy, type Unmendable, unmendable } from './remedy.js';
import type { AuditedPorts } from './spilled-sides.js';
import { storedRecords } from './stored-records.js';
import { recordsOfImages } from './vector-source.js';

export interface RepairOptions extends AuditedPorts {
  /**
   * Images whose records are looked for in one pass over the topic of the vectors, some 500 bytes each; default 10,000.
   */
  readonly imagesPerPass?: number;
  /** Of what cannot be mended, for each remedy; default 20. */
  readonly maxExamples?: number;
}

export interface RepairReport {
  /** Images that are now as the log has them. */
  readonly mended: number;
  readonly unmendable: Readonly<Record<Remedy, { readonly count: number; readonly examples: readonly Unmendable[] }>>;
  /**
   * Events whose vector records are lost, for `embedAgain`. At most 10,000 positions; the next audit finds the others.
   * Where most are lost, let the embed stage's group read the events from the start.
   */
  readonly needsEmbedding: { readonly count: number; readonly positions: readonly Position[] };
}

const DEFAULTS = { imagesPerPass: 10_000, maxExamples: 20 } as const;
const MAX_POSITIONS = 10_000;
/** What is applied at once, as the index stage does. */
const APPLY = { maxRecords: 128, maxBytes: 4 * 2 ** 20 } as const;

interface Wanted {
  readonly finding: AuditFinding;
  found: boolean;
  refused: string | null;
}

/**
 * Mends what an audit has found by putting the records of each image's last event through the index's guard once more,
 * from the topic of the vectors. It may run beside the stages and be repeated: the guard lets nothing older win.
 */
export class GenerationRepair {
  readonly #options: RepairOptions;
  readonly #unmendable = new Map<Remedy, { count: number; examples: Unmendable[] }>();
  readonly #positions: Position[] = [];
  #wanted = new Map<ImageId, Wanted>();
  #mended = 0;
  #lost = 0;

  constructor(options: RepairOptions) {
    this.#options = options;
    for (const remedy of ['reindex', 'bring-back-log', 'bring-back-blob', 'see-dead-letter'] as const) {
      this.#unmendable.set(remedy, { count: 0, examples: [] });
    }
  }

  /** Whoever audits may hand over each finding as it comes. @throws faults of the ports. */
  async add(finding: AuditFinding): Promise<void> {
    const not = unmendable(finding);
    if (not !== null) {
      this.#giveUp(not);
      return;
    }
    this.#wanted.set(finding.imageId, { finding, found: false, refused: null });
    if (this.#wanted.size >= (this.#options.imagesPerPass ?? DEFAULTS.imagesPerPass)) await this.#pass();
  }

  /** After the last finding. @throws faults of the ports. */
  async finish(): Promise<RepairReport> {
    await this.#pass();
    return {
      mended: this.#mended,
      unmendable: Object.fromEntries(this.#unmendable) as unknown as RepairReport['unmendable'],
      needsEmbedding: { count: this.#lost, positions: this.#positions },
    };
  }

  async #pass(): Promise<void> {
    const wanted = this.#wanted;
    if (wanted.size === 0) return;
    this.#wanted = new Map();
    await this.#applyRecords(wanted);
    const stored = await this.#fetch([...wanted.keys()]);
    for (const [imageId, it] of wanted) this.#settle(it, stored.get(imageId) ?? null);
  }

  async #applyRecords(wanted: ReadonlyMap<ImageId, Wanted>): Promise<void> {
    const { index, generation } = this.#options;
    let batch: VectorRecord[] = [];
    let sizeBytes = 0;
    const apply = async () => {
      if (batch.length > 0) await index.apply(generation.name, batch);
      [batch, sizeBytes] = [[], 0];
    };
    for await (const found of recordsOfImages(this.#options, wanted)) {
      const it = wanted.get(found.imageId);
      if (it === undefined) continue;
      if ('refused' in found) {
        it.refused = found.refused;
        continue;
      }
      if (!isOfLastEvent(found.record, it.finding)) continue;
      it.found = true;
      batch.push(found.record);
      sizeBytes += found.sizeBytes;
      if (batch.length >= APPLY.maxRecords || sizeBytes >= APPLY.maxBytes) await apply();
    }
    await apply();
  }

  async #fetch(ids: readonly ImageId[]): Promise<ReadonlyMap<ImageId, StoredRecord>> {
    const stored = new Map<ImageId, StoredRecord>();
    for await (const record of storedRecords(this.#options, ids)) stored.set(record.imageId, record);
    return stored;
  }

  #settle({ finding, found, refused }: Wanted, stored: StoredRecord | null): void {
    const { logged, partition } = finding;
    if (logged === null) return;
    // A greater version is of an event that came since.
    const isRight = stored !== null && (stored.version > logged.version || difference(logged, stored, 0) === null);
    if (isRight) this.#mended += 1;
    else if (found) this.#giveUp({ finding, remedy: 'reindex', why: 'Its record did not win against the one there.' });
    else if (refused !== null) this.#giveUp({ finding, remedy: 'see-dead-letter', why: refused });
    else this.#needsEmbedding({ partition, offset: logged.version });
  }

  #needsEmbedding(position: Position): void {
    this.#lost += 1;
    if (this.#positions.length < MAX_POSITIONS) this.#positions.push(position);
  }

  #giveUp(not: Unmendable): void {
    const tally = this.#unmendable.get(not.remedy);
    if (tally === undefined) return;
    tally.count += 1;
    if (tally.examples.length < (this.#options.maxExamples ?? DEFAULTS.maxExamples)) tally.examples.push(not);
  }
}

/** An older one, of an image whose last record is lost, might bring back what was deleted. */
function isOfLastEvent({ version, state }: VectorRecord, { logged }: AuditFinding): boolean {
  if (logged === null || version < logged.version) return false;
  return version > logged.version || (state === 'deleted') === logged.deleted;
}
