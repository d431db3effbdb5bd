import { tmpdir } from 'node:os';
import { Inject, Injectable, Optional } from '@nestjs/common';
import { type BlobStore, type EventLog, LookalikeError, type VectorIndex } from '#core';
import { BLOB_STORE, EVENT_LOG, Slots, VECTOR_INDEX } from '#nest';
import {
  type AuditReport,
  auditGeneration,
  type EmbeddedAgain,
  embedAgain,
  GenerationRepair,
  type Generations,
  type RepairReport,
} from '#pipeline';
import { PictureEmbedders } from '../picture-embedders.js';
import { GENERATIONS } from '../tokens.js';
import { type AuditBody, auditedGeneration, requireThere } from './audit-requests.js';

export interface Audited {
  readonly report: AuditReport;
  /** `null` when nobody asked for it. */
  readonly repair: RepairReport | null;
  /** What was embedded once more, its vectors being lost; `null` when nothing was, or when this process does not embed. */
  readonly embedded: EmbeddedAgain | null;
}

/** One at a time in a process: it reads all of the log and of the index. */
const AT_ONCE = 1;

@Injectable()
export class Audits {
  readonly #slots = new Slots(AT_ONCE, 'audits');

  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(VECTOR_INDEX) private readonly index: VectorIndex,
    @Inject(GENERATIONS) private readonly generations: Generations,
    // Only who embeds has them.
    @Optional() @Inject(BLOB_STORE) private readonly blobs: BlobStore | undefined,
    @Optional() @Inject(PictureEmbedders) private readonly embedders: PictureEmbedders | undefined,
  ) {}

  /** @throws `too-many-requests`, `generation-unknown`, `invalid-request`, faults of the ports, the signal's reason. */
  run(body: AuditBody, signal: AbortSignal): Promise<Audited> {
    return this.#slots.run(() => this.#run(body, signal));
  }

  async #run(body: AuditBody, signal: AbortSignal): Promise<Audited> {
    const { log, index } = this;
    const generation = auditedGeneration(await this.generations.current(), body.generation);
    await requireThere(index, generation);
    const ports = { log, index, generation, signal };
    const repair = body.repair ? new GenerationRepair(ports) : null;
    const store = this.#store(body);
    const vectors = body.allVectors ? 'all' : body.vectors;
    const report = await auditGeneration({
      ...ports,
      tempFolder: tmpdir(),
      ...(store !== null && { blobs: { store, verify: body.blobBytes ?? false } }),
      ...(vectors !== undefined && { vectors }),
      ...(body.waitSeconds !== undefined && { waitMs: body.waitSeconds * 1000 }),
      evenIfBehind: body.evenIfBehind ?? false,
      ...(repair !== null && { onFinding: (finding) => repair.add(finding) }),
    });
    const repaired = repair === null ? null : await repair.finish();
    const positions = repaired?.needsEmbedding.positions ?? [];
    if (positions.length === 0 || this.embedders === undefined) return { report, repair: repaired, embedded: null };
    const embedder = await this.embedders.of(generation.schema.encoder);
    return { report, repair: repaired, embedded: await embedAgain({ log, embedder, signal }, positions) };
  }

  #store({ blobs = false, blobBytes = false }: AuditBody): BlobStore | null {
    if (!blobs && !blobBytes) return null;
    if (this.blobs !== undefined) return this.blobs;
    throw new LookalikeError('invalid-request', 'This process has no pictures to look at: it does not embed.');
  }
}
