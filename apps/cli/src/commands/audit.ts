import type { AuditAnswer } from '../api/answers.js';
import { type ClientOptions, type Context, createClient } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { renderAudit } from '../render/audit.js';
import { whileWorking } from '../terminal/progress.js';

export interface AuditCommandOptions extends ClientOptions {
  readonly generation?: string;
  readonly vectors?: number | 'all';
  readonly blobs: boolean;
  readonly blobBytes: boolean;
  readonly repair: boolean;
  /** Seconds. */
  readonly wait?: number;
  readonly evenIfBehind: boolean;
  readonly json: boolean;
}

export async function auditCommand(context: Context, options: AuditCommandOptions): Promise<ExitCode> {
  const { generation, vectors, blobs, blobBytes, repair, wait, evenIfBehind, json } = options;
  const client = createClient(context, options);
  const request = {
    ...(generation !== undefined && { generation }),
    ...(vectors === 'all' ? { allVectors: true } : vectors !== undefined && { vectors }),
    ...(wait !== undefined && { waitSeconds: wait }),
    blobs,
    blobBytes,
    repair,
    evenIfBehind,
  };
  const answer = await whileWorking('Auditing', (onWorking) => client.audit(request, onWorking));
  context.print(json ? `${JSON.stringify(answer)}\n` : renderAudit(answer, context.style));
  return exitCodeOf(answer);
}

function exitCodeOf({ report, repair }: AuditAnswer): ExitCode {
  if (report.verdict === 'clean') return EXIT.fine;
  if (repair === null || report.verdict === 'behind') return EXIT.refused;
  const left = Object.values(repair.unmendable).reduce((sum, { count }) => sum + count, repair.needsEmbedding.count);
  return left === 0 ? EXIT.fine : EXIT.refused;
}
